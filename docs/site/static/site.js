// What scrolls can be reached and scrolled with the keyboard too: code, formulas and tables that are
// wider than the page.
//
// And what the theme leaves out for those who hear the page: levels of headings, names of regions.
"use strict";

{
  const update = () => {
    for (const box of document.querySelectorAll("pre, .table-wrapper, .formula")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  update();
  addEventListener("resize", update);

  for (const heading of document.querySelectorAll('[role="heading"]:not([aria-level])')) heading.ariaLevel = 2;
  document.querySelector(".sidebar-drawer")?.setAttribute("aria-label", "All pages");
  document.querySelector(".toc-drawer")?.setAttribute("aria-label", "On this page");
}
