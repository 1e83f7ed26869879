// What the tabs show: each mode has `show()`, which puts its picture on the stage, and `update()`.

import { latentsOfSeed } from "./philox.js";
import { Slots } from "./slots.js";
import { analogy, moved, sheetAt, walkAt, walkLength } from "./sphere.js";
import { parseSeed } from "./state.js";

const element = (id) => document.getElementById(id);

/** One seed, moved along directions. */
export function oneMode(context) {
  const { state, stage, engine, description } = context;
  const seed = element("seed"), keep = element("keep");
  const sliders = description.directions.map((direction) => slider(direction, () => mode.show()));
  const mode = {
    show() {
      let latents = context.latents(state.seed);
      for (const { input, vector } of sliders) latents = moved(latents, vector, Number(input.value));
      const changed = sliders.some(({ input }) => Number(input.value));
      const title = `seed ${state.seed}${changed ? ", changed" : ""}`;
      stage.show(latents, title, `seed_${state.seed}${changed ? "_changed" : ""}`).then(judge);
    },
    update() {
      if (document.activeElement !== seed) seed.value = state.seed;
      seed.setAttribute("aria-invalid", "false");
      keep.setAttribute("aria-pressed", state.isKept(state.seed));
      keep.textContent = state.isKept(state.seed) ? "Kept" : "Keep";
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
  keep.addEventListener("click", () => state.toggle(state.seed));

  const ask = element("ask");
  element("opinion").hidden = !description.discriminator;
  async function judge() {
    if (ask.getAttribute("aria-pressed") !== "true") return;
    const logit = await engine.judge(stage.latents);
    element("logit").textContent = `${logit.toFixed(2)} (higher: more like its data)`;
  }
  ask.addEventListener("click", () => {
    const pressed = ask.getAttribute("aria-pressed") !== "true";
    ask.setAttribute("aria-pressed", pressed);
    element("logit").textContent = "";
    judge();
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
      const latents = walkAt(stations, exact, loop.checked);
      const percent = Math.round(exact * 100);
      stage.show(latents, `${percent}% of the walk`, `walk_${percent}`);
    },
    update() {
      const seeds = state.kept.length > 1 ? state.kept : [...new Set([...state.kept, 0, 1, 2, 3])];
      stations = seeds.map(context.latents);
      element("walk-stations").textContent = state.kept.length > 1
        ? `Through the ${seeds.length} pictures that you kept.`
        : `Through the seeds ${seeds.join(", ")}. Keep two pictures or more to walk through them.`;
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
      const latents = sheetAt(slots.seeds.map(context.latents), Number(x.value), Number(y.value));
      context.stage.show(latents, place, "plane");
    },
    update: () => slots.update(),
    fill: (seed) => slots.fill(seed),
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
      const [a, b, c] = slots.seeds;
      const latents = analogy(...slots.seeds.map(context.latents));
      context.stage.show(latents, `seed ${a} − seed ${b} + seed ${c}`, `seed_${a}_${b}_${c}`);
    },
    update: () => slots.update(),
    fill: (seed) => slots.fill(seed),
    disarm: () => slots.disarm(),
  };
  const slots = new Slots(context, element("sum-operands"), ["a", "− b", "+ c"], mode.show);
  return mode;
}

/** The latents of a seed as the truncation leaves them; remembers those of many. */
export function latentsMaker(state, length) {
  const known = new Map();
  return (seed) => {
    if (!known.has(seed)) {
      if (known.size > 4096) known.clear();
      known.set(seed, latentsOfSeed(seed, length));
    }
    const { truncation } = state;
    return known.get(seed).map((x) => truncation * x);
  };
}
