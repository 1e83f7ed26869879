// Draws square images of numbers as SVG: cells with a class each, and frames around some of them.
"use strict";
globalThis.kerasgan ??= {};

{
  const CELL = 10; // units of a side
  const SVG = "http://www.w3.org/2000/svg";

  function make(name, attributes, parent) {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    parent.append(element);
    return element;
  }

  /**
   * @param svg what is drawn into
   * @param cells rows of { value, kind, shade }: a number or null, a class, and how dark from 0 to 1
   * @param frame { row, column, size } of cells to frame, whose kernel lies over them; or null
   */
  kerasgan.drawCells = (svg, cells, frame, description) => {
    const side = cells.length;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `-1 -1 ${side * CELL + 2} ${side * CELL + 2}`);
    svg.setAttribute("aria-label", description);
    cells.forEach((row, y) => row.forEach(({ value, kind, shade }, x) => {
      const square = { x: x * CELL, y: y * CELL, width: CELL, height: CELL };
      const cell = make("rect", { ...square, class: `cell ${kind}`, "data-row": y, "data-column": x }, svg);
      if (shade !== undefined) cell.style.setProperty("--shade", `${Math.round(100 * shade)}%`);
      if (value === null) return;
      const text = { x: (x + 0.5) * CELL, y: (y + 0.5) * CELL, class: `number ${kind}` };
      const number = make("text", text, svg);
      number.textContent = value;
      if (String(value).length > 2) number.classList.add("long");
    }));
    if (!frame) return;
    const { row, column, size } = frame;
    make("rect", { x: column * CELL, y: row * CELL, width: size * CELL, height: size * CELL, class: "frame" }, svg);
  };
}
