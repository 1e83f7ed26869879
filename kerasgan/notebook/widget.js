// A generator to play with in a notebook's cell. Python paints: see widget.py next to this file. What
// comes from the data, such as names of labels, is only ever put in as text.

const STYLE = `
.kerasgan { display: grid; gap: 10px; max-width: 900px; font: 14px/1.4 system-ui, "DejaVu Sans", sans-serif; }
.kerasgan p { margin: 0; min-height: 1.4em; overflow-wrap: anywhere; }
.kerasgan canvas { display: block; width: 100%; height: 100%; image-rendering: auto; border-radius: inherit; }
.kerasgan .top { display: flex; flex-wrap: wrap; gap: 16px; }
.kerasgan .top > * { flex: 1 1 280px; min-width: 0; }
.kerasgan .top > :first-child { flex-grow: 0; }
.kerasgan.transparent canvas { background: repeating-conic-gradient(#ccc 0 25%, #fff 0 50%) 0 0 / 25% 25%; }
.kerasgan .picture { width: min(100%, 280px); border-radius: 12px; }
.kerasgan .controls, .kerasgan .sliders { display: grid; gap: 6px; align-content: start; }
/* Fades out at the lower edge, where more sliders may follow. */
.kerasgan .sliders {
  max-height: 230px; overflow-y: auto; padding: 3px 3px 18px; margin: -3px;
  mask-image: linear-gradient(#000 calc(100% - 18px), transparent);
}
.kerasgan .sliders:empty { display: none; }
.kerasgan .field { display: grid; grid-template-columns: 8em minmax(0, 1fr) 3em; gap: 8px; align-items: center; }
.kerasgan .field > span:first-child { overflow-wrap: anywhere; }
.kerasgan .sliders .field > span::first-letter { text-transform: uppercase; }
.kerasgan .row { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; }
.kerasgan .faces { display: grid; grid-template-columns: repeat(auto-fill, minmax(56px, 1fr)); gap: 6px; }
.kerasgan button, .kerasgan select, .kerasgan input[type="number"] {
  min-height: 28px; padding: 2px 10px; border: 1px solid color-mix(in srgb, currentColor 35%, transparent);
  border-radius: 8px; background: transparent; color: inherit; font: inherit;
}
.kerasgan select option { color: CanvasText; background: Canvas; }
.kerasgan input[type="number"] { width: 8em; }
.kerasgan input[type="range"], .kerasgan select { width: 100%; min-width: 0; margin: 0; }
.kerasgan button.face { padding: 0; border: 0; border-radius: 8px; cursor: pointer; }
.kerasgan button.face[aria-pressed="true"] { outline: 3px solid #4f62e8; outline-offset: 1px; }
.kerasgan button:focus-visible { outline: 3px solid #8794ff; outline-offset: 1px; }
`;

function make(tag, values = {}, ...children) {
  const element = Object.assign(document.createElement(tag), values);
  element.append(...children);
  return element;
}

/** Draws grey levels, a DataView of image after image [height, width, channels], on a canvas each. */
function draw(canvases, bytes, [height, width, channels]) {
  const levels = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = height * width;
  canvases.forEach((canvas, number) => {
    const image = new ImageData(width, height);
    for (let pixel = 0; pixel < size; pixel++) {
      const from = (number * size + pixel) * channels;
      for (let channel = 0; channel < 3; channel++) {
        image.data[4 * pixel + channel] = levels[from + (channels < 3 ? 0 : channel)];
      }
      image.data[4 * pixel + 3] = channels === 4 ? levels[from + 3] : 255;
    }
    Object.assign(canvas, { width, height });
    canvas.getContext("2d").putImageData(image, 0, 0);
  });
}

function slider(name, values, changed) {
  const input = make("input", { type: "range", ...values }), value = make("output");
  input.addEventListener("input", () => changed(Number(input.value)));
  return {
    element: make("label", { className: "field" }, make("span", { textContent: name }), input, value),
    set(number, text = number.toFixed(2)) {
      input.value = number;
      value.textContent = text;
    },
    enable: (enabled) => (input.disabled = !enabled),
  };
}

/** Sends choices, together where Python is still painting: every request is answered before the next. */
function sender(model) {
  let waiting = {};
  function flush() {
    if (!Object.keys(waiting).length || model.get("answered") !== model.get("asked")) return;
    const choices = { ...waiting, asked: model.get("asked") + 1 };
    waiting = {};
    for (const [name, value] of Object.entries(choices)) model.set(name, value);
    model.save_changes();
  }
  return {
    flush,
    get: (name) => (name in waiting ? waiting[name] : model.get(name)),
    send(choices) {
      Object.assign(waiting, choices);
      flush();
    },
  };
}

/** A list of classes, or a slider for each attribute: [elements, a function that shows the model's]. */
function labelControls(labels, { get, send }) {
  if (!labels) return [[], () => {}];
  if (labels.kind === "classes") {
    const names = [["Mixed", ""], ...labels.names.map((name, at) => [name, String(at)])];
    const select = make("select", {}, ...names.map((each) => new Option(...each)));
    select.addEventListener("change", () => {
      send({ label: select.value === "" ? null : Number(select.value), position: null });
    });
    const field = make("label", { className: "field" }, make("span", { textContent: "Label" }), select);
    return [[field], () => (select.value = get("label") ?? "")];
  }
  const values = () => get("label") ?? labels.names.map(() => 0);
  const sliders = labels.names.map((name, at) =>
    slider(name.replaceAll("_", " "), { min: -1, max: 1, step: 0.05 }, (value) =>
      send({ label: values().with(at, value), position: null })));
  const mixed = make("button", { type: "button", textContent: "Mixed labels" });
  mixed.addEventListener("click", () => send({ label: get("label") === null ? values() : null, position: null }));
  const box = make("div", { className: "sliders" }, ...sliders.map(({ element }) => element));
  return [[make("div", { className: "row" }, mixed), box], () => {
    mixed.setAttribute("aria-pressed", get("label") === null);
    values().forEach((value, at) => sliders[at].set(value));
  }];
}

function render({ model, el }) {
  const link = sender(model), { get, send } = link;
  const shape = model.get("image_shape"), directions = model.get("directions");
  const same = (a, b) => a.seed === b.seed && JSON.stringify(a.label) === JSON.stringify(b.label);
  const pictureOf = (seed) => ({ seed, label: get("label") });
  const isKept = (picture) => get("kept").some((other) => same(other, picture));

  const picture = make("canvas", { className: "picture" }), caption = make("p");
  picture.setAttribute("role", "img");
  picture.style.aspectRatio = `${shape[1]} / ${shape[0]}`;
  const seed = number("Seed", "seed"), start = number("Wall from seed", "start");
  const keep = make("button", { type: "button" });
  keep.addEventListener("click", () => toggle(pictureOf(get("seed"))));
  const walk = slider("Walk", { min: 0, max: 1, step: 0.005 }, (position) => send({ position }));
  const truncation = slider("Truncation", { min: 0, max: 1.5, step: 0.05 }, (value) => send({ truncation: value }));
  const shifts = directions.map((name, at) =>
    slider(name.replaceAll("_", " "), { min: -4, max: 4, step: 0.1 }, (value) =>
      send({ shifts: get("shifts").with(at, value), position: null })));
  const [labelElements, showLabel] = labelControls(model.get("labels"), link);
  const wall = make("div", { className: "faces" }), kept = make("div", { className: "faces" });
  const hint = make("p", { textContent: "Press pictures to keep them, and walk between those that you keep." });

  function number(name, trait) {
    const input = make("input", { type: "number", min: 0, max: Number.MAX_SAFE_INTEGER - 100, step: 1 });
    input.addEventListener("change", () => {
      if (input.value !== "" && input.checkValidity()) send({ [trait]: Number(input.value), position: null });
      else input.value = get(trait);
    });
    return { input, element: make("label", { className: "row" }, `${name} `, input) };
  }

  function toggle(chosen) {
    const without = get("kept").filter((other) => !same(other, chosen));
    const removed = without.length < get("kept").length;
    send({ seed: chosen.seed, position: null, kept: removed ? without : [...without, chosen].slice(-24) });
  }

  /** As many buttons as there are pictures, in a box. */
  function faces(box, pictures, pressed) {
    while (box.children.length > pictures.length) box.lastChild.remove();
    while (box.children.length < pictures.length) {
      const face = make("button", { type: "button", className: "face" }, make("canvas"));
      face.style.aspectRatio = `${shape[1]} / ${shape[0]}`;
      face.addEventListener("click", () => pressed(face.picture));
      box.append(face);
    }
    pictures.forEach((each, at) => {
      const face = box.children[at];
      face.picture = each;
      face.title = `Seed ${each.seed}`;
      face.setAttribute("aria-label", `${box === kept ? "Show seed" : "Seed"} ${each.seed}`);
      if (box === wall) face.setAttribute("aria-pressed", isKept(each));
    });
    return [...box.querySelectorAll("canvas")];
  }

  function show() {
    const count = model.get("wall").byteLength / (shape[0] * shape[1] * shape[2]);
    const seeds = Array.from({ length: count }, (_, at) => model.get("start") + at);
    draw([picture], model.get("picture"), shape);
    draw(faces(wall, seeds.map(pictureOf), toggle), model.get("wall"), shape);
    draw(faces(kept, model.get("kept"), showKept), model.get("kept_pictures"), shape);
    caption.textContent = model.get("caption");
    picture.setAttribute("aria-label", `Picture: ${model.get("caption")}`);
    seed.input.value = get("seed");
    start.input.value = get("start");
    keep.textContent = isKept(pictureOf(get("seed"))) ? "Let go" : "Keep";
    const kinds = get("kept").length;
    hint.hidden = kinds > 1;
    walk.enable(kinds > 1);
    walk.set(get("position") ?? 0, get("position") === null ? "" : `${Math.round(100 * get("position"))}%`);
    truncation.set(get("truncation"));
    shifts.forEach((shift, at) => shift.set(get("shifts")[at], get("shifts")[at].toFixed(1)));
    showLabel();
  }

  function showKept(chosen) {
    send({ seed: chosen.seed, label: chosen.label, position: null });
  }

  let isDue = false; // one message from Python changes several values, which is shown once
  function answered() {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      show();
      link.flush();
    });
  }

  el.append(make("div", { className: shape[2] === 4 ? "kerasgan transparent" : "kerasgan" },
    make("style", { textContent: STYLE }),
    make("div", { className: "top" },
      make("div", { className: "controls" }, picture, caption),
      make("div", { className: "controls" },
        make("div", { className: "row" }, seed.element, keep),
        walk.element, truncation.element, ...labelElements,
        make("div", { className: "sliders" }, ...shifts.map(({ element }) => element)), hint, kept)),
    make("div", { className: "row" }, start.element), wall));
  const events = ["picture", "wall", "kept_pictures", "caption", "answered"].map((name) => `change:${name}`);
  for (const event of events) model.on(event, answered);
  show();
  return () => events.forEach((event) => model.off(event, answered));
}

export default { render };
