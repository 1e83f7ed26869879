// A list of tabs, as in the ARIA Authoring Practices: arrow keys, Home and End choose.

/** Calls `chosen` with the part of the tab's id after "tab-". */
export function setUpTabs(list, chosen) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];

  function choose(tab) {
    for (const other of tabs) {
      const selected = other === tab;
      other.setAttribute("aria-selected", selected);
      other.tabIndex = selected ? 0 : -1;
      document.getElementById(other.getAttribute("aria-controls")).hidden = !selected;
    }
    chosen(tab.id.slice("tab-".length));
  }

  for (const tab of tabs) tab.addEventListener("click", () => choose(tab));
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement), last = tabs.length - 1;
    const next = { ArrowLeft: at ? at - 1 : last, ArrowRight: at < last ? at + 1 : 0, Home: 0, End: last };
    if (!(event.key in next)) return;
    event.preventDefault();
    tabs[next[event.key]].focus();
    choose(tabs[next[event.key]]);
  });
  return (name) => choose(document.getElementById(`tab-${name}`));
}
