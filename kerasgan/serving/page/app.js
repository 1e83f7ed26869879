// Starts the page and connects its parts.

import { showAbout } from "./about.js";
import { Engine } from "./engine.js";
import { Given } from "./given.js";
import { setUpKept } from "./kept.js";
import { setUpLabels } from "./label_picker.js";
import { LabelSpace } from "./labels.js";
import { oneMode, planeMode, pointMaker, sumMode, walkMode } from "./modes.js";
import { setUpOpinion } from "./opinion.js";
import { Stage } from "./stage.js";
import { State } from "./state.js";
import { setUpTabs } from "./tabs.js";
import { setUpWall } from "./wall.js";

const element = (id) => document.getElementById(id);

/** What this browser lacks, in words; empty if nothing. */
function missing() {
  // A function that returns a vector of zeros: valid where WebAssembly has 128-bit vectors.
  const vector = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0,
    10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
  ];
  const lacks = [];
  if (typeof WebAssembly !== "object") lacks.push("WebAssembly");
  else if (!WebAssembly.validate(new Uint8Array(vector))) lacks.push("WebAssembly with vectors (SIMD)");
  if (typeof Worker !== "function") lacks.push("web workers");
  if (!Array.prototype.with) lacks.push("JavaScript of 2023");
  return lacks.join(", ");
}

function notice(text) {
  element("notice").hidden = false;
  element("notice").classList.add("now");
  element("notice-text").textContent = text;
}

async function start() {
  const lacks = missing();
  if (lacks) return notice(`This browser lacks what the page needs: ${lacks}. A newer one has it.`);
  element("notice-text").textContent = "Loading the generator…";
  const answer = await fetch("model.json");
  if (!answer.ok) throw new Error(`model.json: ${answer.status} ${answer.statusText}`);
  const description = await answer.json();
  showAbout(description);
  const [height, width, channels] = description.image_shape;
  document.documentElement.style.setProperty("--width-per-height", width / height);
  document.documentElement.classList.toggle("transparent", channels === 4);

  const labels = new LabelSpace(description.labels);
  const given = new Given(description.pictures ?? []);
  const state = new State(labels, given.ids);
  const engine = new Engine(description);
  await engine.ready;
  element("notice").hidden = true;
  element("play").hidden = false;

  const context = { state, labels, given, engine, description, say };
  context.point = pointMaker(state, labels, given, description.latent_dim);
  context.name = ({ seed, label }, begin = "Seed") =>
    [given.words(seed, begin), labels.words(labels.conditions(label))].filter(Boolean).join(", ");
  context.stage = new Stage(context);
  setUpOpinion(context);
  const openLabels = setUpLabels(context);
  const modes = {
    one: oneMode(context), walk: walkMode(context), plane: planeMode(context), sum: sumMode(context),
  };
  let mode = modes.one;
  context.fillSlot = (picture) => mode.fill?.(picture) ?? false;
  const choose = setUpTabs(document.querySelector('[role="tablist"]'), (name) => {
    mode.pause?.();
    mode.disarm?.();
    mode = modes[name];
    openLabels(name);
    update();
  });
  context.showPicture = ({ seed, label, key }) => {
    state.change(state.pictureOf(seed).key === key ? { seed } : { seed, label });
    choose("one");
  };

  const truncation = element("truncation");
  truncation.addEventListener("input", () => state.change({ truncation: Number(truncation.value) }));
  function update() {
    truncation.value = state.truncation;
    element("truncation-value").textContent = state.truncation.toFixed(2);
    mode.update();
    mode.show();
  }
  state.addEventListener("change", update);
  openLabels("one");
  update();
  setUpKept(context);
  setUpWall(context);
}

/** Announces what just happened, also to those who do not see the page. */
function say(text) {
  element("status").textContent = text;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => (element("status").textContent = ""), 5000);
}

start().catch((error) => notice(`The generator could not be started: ${error.message}`));
