// Which label the pictures are asked for: a button for each class, or a list where there are many, and a
// slider for each attribute. Names come from the data and are text whatever they say.

const MAX_BUTTONS = 12;
const MIXED = "mixed"; // each seed has a label of its own

function make(tag, values = {}, ...children) {
  const element = Object.assign(document.createElement(tag), values);
  element.append(...children);
  return element;
}

/** Fills #labels. Returns a function that is called with the name of the tab that is open. */
export function setUpLabels(context) {
  const { state, labels } = context;
  const box = document.getElementById("labels");
  const keeps = document.getElementById("keeps-labels");
  if (!labels.width) return () => {};
  document.getElementById("sum-label").hidden = false;
  let tab = "one";

  /** The visitor's choice, which counts for what is shown: also for pictures that came with a label. */
  function choose(label) {
    state.change({ label, keepsLabels: label === null || (state.keepsLabels && tab === "one") });
  }

  const kinds = { attributes: sliders, classes: labels.width > MAX_BUTTONS ? list : buttons };
  const show = kinds[labels.kind](box, context, choose);
  keeps.addEventListener("change", () => state.change({ keepsLabels: keeps.checked }));

  function update() {
    show(state.label);
    keeps.checked = state.keepsLabels;
    keeps.parentElement.hidden = tab === "one" || state.label === null;
  }
  state.addEventListener("change", update);
  return (opened) => {
    tab = opened;
    update();
  };
}

function buttons(box, { labels }, choose) {
  const inputs = [null, ...labels.names.keys()].map((at) => {
    const label = at === null ? null : String(at);
    const input = make("input", { type: "radio", name: "label", value: label ?? MIXED });
    input.addEventListener("change", () => choose(label));
    const name = at === null ? "Mixed" : labels.shown(at);
    return [label, input, make("label", { className: "choice", title: name }, input, make("span", {}, name))];
  });
  const group = make("div", { className: "choices" }, ...inputs.map(([, , choice]) => choice));
  group.setAttribute("role", "radiogroup");
  group.setAttribute("aria-label", "Label");
  box.append(group);
  return (chosen) => {
    for (const [label, input] of inputs) input.checked = label === chosen;
  };
}

function list(box, { labels }, choose) {
  const select = make("select", { id: "label-list" });
  select.append(new Option("Mixed", MIXED), ...labels.names.map((name, at) => new Option(name, String(at))));
  select.addEventListener("change", () => choose(select.value === MIXED ? null : select.value));
  box.append(make("div", { className: "field" }, make("label", { htmlFor: select.id }, "Label"), select));
  return (chosen) => {
    select.value = chosen ?? MIXED;
  };
}

function sliders(box, { state, labels }, choose) {
  const mixed = make("button", { type: "button", id: "label-mixed" }, "Mixed");
  const negative = make("input", { type: "checkbox", id: "label-negative" });
  const rows = labels.names.map((name, at) => {
    const input = make("input", { type: "range", max: 1, step: 0.05, id: `label-${at}` });
    const value = make("output", {});
    value.htmlFor.add(input.id);
    input.addEventListener("input", () => choose(labels.ofValues(rows.map((row) => Number(row.input.value)))));
    const label = make("label", { htmlFor: input.id, title: name }, labels.shown(at));
    return { input, value, element: make("div", { className: "field" }, label, input, value) };
  });
  mixed.addEventListener("click", () => {
    choose(state.label === null ? state.pictureOf(state.seed).label : null);
  });
  negative.addEventListener("change", () => {
    setRange(negative.checked);
    if (negative.checked || state.label === null) return;
    choose(labels.ofValues(labels.valuesOf(state.label).map((value) => Math.max(value, 0))));
  });
  box.append(
    make("div", { className: "row" }, mixed, make("label", { className: "check" }, negative, " From −1")),
    make("div", { className: "sliders" }, ...rows.map(({ element }) => element)),
  );

  function setRange(wide) {
    negative.checked = wide;
    for (const { input } of rows) input.min = wide ? -1 : 0;
  }
  setRange(false);
  return (chosen) => {
    const values = labels.valuesOf(chosen ?? state.pictureOf(state.seed).label);
    if (values.some((value) => value < 0)) setRange(true);
    mixed.setAttribute("aria-pressed", chosen === null);
    rows.forEach(({ input, value }, at) => {
      input.value = values[at];
      value.textContent = values[at].toFixed(2).replace("-", "−");
    });
  };
}
