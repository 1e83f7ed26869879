// The live transposed convolution: connects its controls to the arithmetic and its pictures.
"use strict";

{
  const TICK_MS = 500; // between two positions while it plays

  const root = document.getElementById("live-transposed_convolution");
  if (root) setUp(root);

  function setUp(root) {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    const number = (name) => Number(part(name).value);
    let convolution, timer = null;

    const stamping = () => part("view").value === "stamps";
    const positions = () => (stamping() ? convolution.i : convolution.outputSize) ** 2;

    function readSizes() {
      const p = part("p");
      p.max = number("k") - 1;
      const sizes = { i: number("i"), k: number("k"), s: number("s"), p: number("p") };
      for (const [name, size] of Object.entries(sizes)) part(`${name}-value`).textContent = size;
      convolution = new kerasgan.TransposedConvolution(sizes);
    }

    function showFormulas() {
      const { i, k, s, p, zerosBetween, outerPadding, outputSize } = convolution;
      part("between").textContent = `z = s − 1 = ${zerosBetween}`;
      part("around").textContent = `p′ = k − p − 1 = ${outerPadding}`;
      part("size").textContent = `o = (i − 1) · s + k − 2p = (${i} − 1) · ${s} + ${k} − 2 · ${p} = ${outputSize}`;
      part("keras").textContent = convolution.inKeras();
    }

    function show() {
      readSizes();
      showFormulas();
      const empty = convolution.outputSize < 1;
      part("drawing").hidden = empty;
      part("empty").hidden = !empty;
      if (empty) return;
      part("all").parentElement.hidden = stamping();
      const position = part("position");
      position.max = positions() - 1;
      draw(Number(position.value));
    }

    function draw(position) {
      const { i, k, outputSize } = convolution;
      const inputs = kerasgan.square(i, (y, x) => (part("inputs").value === "ones" ? 1 : y * i + x + 1));
      const kernel = kerasgan.square(k, () => 1);
      const perRow = stamping() ? i : outputSize;
      const [row, column] = [Math.floor(position / perRow), position % perRow];
      const whole = convolution.apply(inputs, kernel), highest = Math.max(...whole.flat());
      const done = stamping() ? convolution.stamp(inputs, kernel, position + 1) : whole;
      const current = (y, x) => (stamping() ? inStamp(y, x, row, column) : y === row && x === column);
      const future = (y, x) => !part("all").checked && !stamping() && y * outputSize + x > position;
      const outputs = done.map((values, y) => values.map((value, x) => {
        if (future(y, x) || (stamping() && value === 0)) return { value: null, kind: "future" };
        return { value, kind: current(y, x) ? "current" : "done", shade: value / highest };
      }));
      drawInputs(inputs, row, column);
      const value = whole[row][column];
      const what = stamping()
        ? `Input ${position + 1} of ${i * i}, the ${inputs[row][column]}, stamps the kernel into the output.`
        : `Output pixel row ${row + 1}, column ${column + 1}: the sum under the kernel is ${value}.`;
      kerasgan.drawCells(part("output"), outputs, null, `Output, ${outputSize} by ${outputSize}. ${what}`);
      part("caption").textContent = what;
      part("position-value").textContent = `${position + 1} of ${positions()}`;
      part("position").setAttribute("aria-valuetext", what);
    }

    const inStamp = (y, x, row, column) => {
      const { k, s, p } = convolution;
      const [top, left] = [row * s - p, column * s - p];
      return y >= top && y < top + k && x >= left && x < left + k;
    };

    function drawInputs(inputs, row, column) {
      const { i, k, zerosBetween, outerPadding } = convolution;
      part("left-title").textContent = stamping() ? `Input, ${i} × ${i}` : `Input with zeros`;
      if (stamping()) {
        const cells = inputs.map((values) => values.map((value) => ({ value, kind: "input" })));
        kerasgan.drawCells(part("input"), cells, { row, column, size: 1 }, `Input, ${i} by ${i}`);
        return;
      }
      const cells = convolution.spread(inputs).map((cellsOfRow, y) => cellsOfRow.map(({ value, from }, x) => {
        const under = y >= row && y < row + k && x >= column && x < column + k;
        return { value, kind: under ? `${from} under` : from };
      }));
      const description = `Input, ${i} by ${i}, with ${zerosBetween} zeros between neighbours and ` +
        `${outerPadding} around; the kernel lies over ${k} by ${k} of them`;
      kerasgan.drawCells(part("input"), cells, { row, column, size: k }, description);
    }

    function move(by) {
      const position = part("position"), count = positions();
      position.value = (Number(position.value) + by + count) % count;
      show();
    }

    function play(on) {
      clearInterval(timer);
      timer = on ? setInterval(() => move(1), TICK_MS) : null;
      part("play").textContent = on ? "Pause" : "Play";
      part("caption").ariaLive = on ? "off" : "polite";
    }

    for (const name of ["i", "k", "s", "p", "view", "inputs", "all"]) {
      part(name).addEventListener("input", () => {
        play(false);
        part("position").value = 0;
        show();
      });
    }
    part("position").addEventListener("input", () => {
      play(false);
      show();
    });
    part("play").addEventListener("click", () => play(!timer));
    part("back").addEventListener("click", () => move(-1));
    part("next").addEventListener("click", () => move(1));
    // The kernel follows the hand over the output, or over the input that stamps.
    for (const name of ["output", "input"]) {
      part(name).addEventListener("pointerdown", ({ target }) => {
        const { row, column } = target.dataset;
        if (row === undefined || (name === "input") !== stamping()) return;
        play(false);
        part("position").value = Number(row) * (stamping() ? convolution.i : convolution.outputSize) + Number(column);
        show();
      });
    }

    root.classList.add("ready");
    show();
  }
}
