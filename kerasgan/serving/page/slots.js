// Places for pictures: the corners of the plane, the operands of the arithmetic. A slot that was
// pressed takes the picture that is pressed next, on the wall or among the kept ones.

import { faceButton } from "./face.js";

export class Slots {
  /**
   * @param context what the parts of the page share
   * @param box the element to fill
   * @param names of the slots
   * @param changed called after a slot got another picture
   */
  constructor(context, box, names, changed) {
    this.context = context;
    this.names = names;
    this.changed = changed;
    this.buttons = names.map((name) => {
      const slot = faceButton(context, 0);
      slot.setAttribute("aria-pressed", "false");
      slot.addEventListener("click", () => this.#arm(slot));
      const figure = document.createElement("div");
      figure.className = "slot";
      const label = document.createElement("span");
      label.textContent = name;
      label.setAttribute("aria-hidden", "true");
      figure.append(slot, label);
      box.append(figure);
      return slot;
    });
    this.seeds = names.map(() => null);
    this.chosen = false; // whether the visitor has; until then the slots follow what is kept
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.disarm());
  }

  /** Shows the seeds: the visitor's own, or kept ones and then the first of the wall. */
  update() {
    if (!this.chosen) {
      const wall = [0, 1, 2, 3, 4, 5, 6, 7].filter((seed) => !this.context.state.isKept(seed));
      this.#set([...this.context.state.kept, ...wall].slice(0, this.names.length));
    }
    for (const slot of this.buttons) slot.paint();
  }

  /** Gives a seed to the slot that was pressed. Returns whether there was one. */
  fill(seed) {
    const at = this.buttons.findIndex((slot) => slot.getAttribute("aria-pressed") === "true");
    if (at < 0) return false;
    this.chosen = true;
    this.#set(this.seeds.with(at, seed));
    this.disarm();
    this.context.say(`${this.names[at]} is now seed ${seed}.`);
    this.update();
    this.changed();
    return true;
  }

  disarm() {
    for (const slot of this.buttons) slot.setAttribute("aria-pressed", "false");
  }

  #arm(slot) {
    const armed = slot.getAttribute("aria-pressed") !== "true";
    this.disarm();
    slot.setAttribute("aria-pressed", armed);
    if (armed) this.context.say("Now press a picture on the wall or a kept one. Escape cancels.");
  }

  #set(seeds) {
    this.seeds = seeds;
    this.buttons.forEach((slot, at) => {
      if (slot.seed !== seeds[at]) slot.setSeed(seeds[at]);
      slot.setAttribute("aria-label", `${this.names[at]}: seed ${seeds[at]}. Change`);
    });
  }
}
