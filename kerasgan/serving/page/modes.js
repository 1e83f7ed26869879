// What the tabs show: each mode has `show()`, which puts its picture on the stage, and `update()`.

import { fileEnding } from "./labels.js";
import { latentsOfSeed } from "./philox.js";
import { Slots } from "./slots.js";
import { analogy, moved, sheetAt, walkAt, walkLength } from "./sphere.js";
import { parseSeed } from "./state.js";

const element = (id) => document.getElementById(id);

/** A title, and the label of a point. */
const titled = (context, title, { conditions }) => [title, context.labels.words(conditions)].filter(Boolean).join(", ");

/** The name of a file, and the label of a point. */
const filed = (context, name, { conditions }) => name + fileEnding(context.labels.words(conditions));

/** One seed, moved along directions. */
export function oneMode(context) {
  const { state, stage, given, description } = context;
  const seed = element("seed"), keep = element("keep"), reset = element("reset");
  const sliders = description.directions.map((direction) => slider(direction, () => mode.show()));
  const mode = {
    show() {
      const point = { ...context.point(state.pictureOf(state.seed)) };
      for (const { input, vector } of sliders) {
        point.latents = moved(point.latents, vector, Number(input.value));
      }
      const changed = sliders.some(({ input }) => Number(input.value));
      const title = titled(context, given.words(state.seed), point) + (changed ? ", changed" : "");
      stage.show(point, title, filed(context, given.file(state.seed), point) + (changed ? "_changed" : ""));
    },
    update() {
      const isKept = state.isKept(state.pictureOf(state.seed));
      if (document.activeElement !== seed) seed.value = given.latents(state.seed) ? "" : state.seed;
      seed.setAttribute("aria-invalid", "false");
      keep.setAttribute("aria-pressed", isKept);
      keep.textContent = isKept ? "Kept" : "Keep";
    },
  };
  seed.addEventListener("input", () => {
    const typed = parseSeed(seed.value);
    if (typed !== null) state.change({ seed: typed });
    else seed.setAttribute("aria-invalid", "true");
  });
  seed.addEventListener("change", () => {
    if (parseSeed(seed.value) === null) context.say("A seed is a whole number.");
  });
  element("random").addEventListener("click", () => {
    state.change({ seed: Math.floor(Math.random() * 1e6) });
  });
  keep.addEventListener("click", () => state.toggle(state.pictureOf(state.seed)));
  reset.parentElement.hidden = !sliders.length;
  reset.addEventListener("click", () => {
    for (const { input } of sliders) input.value = 0;
    mode.show();
  });
  return mode;
}

/** A slider of a direction, from -4 to 4 standard deviations of the latents. */
function slider({ name, vector }, changed) {
  const row = document.createElement("div"), label = document.createElement("label");
  const input = document.createElement("input");
  row.className = "field";
  label.textContent = name.replaceAll("_", " ");
  Object.assign(input, { type: "range", min: -4, max: 4, step: 0.1, value: 0, id: `direction-${name}` });
  label.htmlFor = input.id;
  input.addEventListener("input", changed);
  input.addEventListener("dblclick", () => {
    input.value = 0;
    changed();
  });
  row.append(label, input);
  element("directions").append(row);
  return { input, vector };
}

/** A walk through the kept pictures. */
export function walkMode(context) {
  const { state, stage } = context;
  const position = element("walk-position"), speed = element("walk-speed");
  const play = element("walk-play"), loop = element("walk-loop");
  let stations = [], last = null;
  let exact = 0; // the slider's own value is rounded to its step

  const mode = {
    show() {
      const point = walkAt(stations, exact, loop.checked);
      const percent = Math.round(exact * 100);
      stage.show(
        point, titled(context, `${percent}% of the walk`, point), filed(context, `walk_${percent}`, point),
      );
    },
    update() {
      const first = [0, 1, 2, 3].map((seed) => state.pictureOf(seed));
      const pictures = state.kept.length > 1
        ? state.kept
        : [...state.kept, ...first.filter(({ seed }) => seed !== state.kept[0]?.seed)];
      const taken = pictures.map((picture) => state.asTaken(picture));
      stations = taken.map(context.point);
      const labels = new Set(taken.map(({ label }) => label)).size > 1 ? " and their labels" : "";
      element("walk-stations").textContent = state.kept.length > 1
        ? `Through the ${taken.length} pictures that you kept${labels}.`
        : `Through ${taken.map(({ seed }) => context.given.words(seed)).join(", ")}${labels}. ` +
          "Keep two pictures or more to walk through them.";
      element("walk-speed-value").textContent = `${speed.value} rad/s`;
    },
    pause() {
      play.setAttribute("aria-pressed", "false");
      play.textContent = "Play";
    },
  };

  function frame(now) {
    if (play.getAttribute("aria-pressed") !== "true") return;
    const seconds = Math.min((now - (last ?? now)) / 1000, 0.1);
    last = now;
    const turned = (seconds * Number(speed.value)) / (walkLength(stations, loop.checked) || 1);
    let next = exact + turned;
    if (next >= 1) next = loop.checked ? next % 1 : 1;
    if (next === 1) mode.pause();
    position.value = exact = next;
    mode.show();
    requestAnimationFrame(frame);
  }
  play.addEventListener("click", () => {
    if (play.getAttribute("aria-pressed") === "true") return mode.pause();
    play.setAttribute("aria-pressed", "true");
    play.textContent = "Pause";
    if (exact === 1) exact = 0;
    last = null;
    requestAnimationFrame(frame);
  });
  position.addEventListener("input", () => {
    exact = Number(position.value);
    mode.show();
  });
  loop.addEventListener("change", mode.show);
  speed.addEventListener("input", mode.update);
  return mode;
}

/** A sheet between four pictures. */
export function planeMode(context) {
  const x = element("plane-x"), y = element("plane-y"), pad = element("pad"), point = element("point");
  const mode = {
    show() {
      point.style.left = `${x.value * 100}%`;
      point.style.top = `${y.value * 100}%`;
      const place = `${Math.round(x.value * 100)}% right, ${Math.round(y.value * 100)}% down`;
      const sheet = sheetAt(slots.pictures.map(context.point), Number(x.value), Number(y.value));
      context.stage.show(sheet, titled(context, place, sheet), filed(context, "plane", sheet));
    },
    update: () => slots.update(),
    fill: (picture) => slots.fill(picture),
    disarm: () => slots.disarm(),
  };
  const names = ["Upper left", "Upper right", "Lower left", "Lower right"];
  const slots = new Slots(context, element("plane-corners"), names, mode.show);
  const follow = (event) => {
    const box = pad.getBoundingClientRect();
    const share = (at, from, size) => Math.min(Math.max((at - from) / size, 0), 1);
    x.value = share(event.clientX, box.left, box.width);
    y.value = share(event.clientY, box.top, box.height);
    mode.show();
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => event.buttons && follow(event));
  for (const input of [x, y]) input.addEventListener("input", mode.show);
  return mode;
}

/** a - b + c. */
export function sumMode(context) {
  const mode = {
    show() {
      const [a, b, c] = slots.pictures.map(({ seed }) => context.given.words(seed));
      const sum = analogy(...slots.pictures.map(context.point));
      const title = titled(context, `${a} − ${b} + ${c}`, sum);
      context.stage.show(sum, title, filed(context, fileEnding(`${a}_${b}_${c}`).slice(1), sum));
    },
    update: () => slots.update(),
    fill: (picture) => slots.fill(picture),
    disarm: () => slots.disarm(),
  };
  const slots = new Slots(context, element("sum-operands"), ["a", "− b", "+ c"], mode.show);
  return mode;
}

/** What a picture is painted from, with latents as the truncation leaves them; remembers those of many. */
export function pointMaker(state, labels, given, length) {
  const known = new Map();
  return ({ seed, label }) => {
    if (!known.has(seed)) {
      if (known.size > 4096) known.clear();
      known.set(seed, given.latents(seed) ?? latentsOfSeed(seed, length));
    }
    const { truncation } = state;
    return { latents: known.get(seed).map((x) => truncation * x), conditions: labels.conditions(label) };
  };
}
