// Places for pictures: the corners of the plane, the operands of the arithmetic. A slot that was
// pressed takes the picture that is pressed next, on the wall or among the kept ones.

import { faceButton } from "./face.js";

export class Slots {
  #own = null; // the visitor's; until there are any, the slots follow what is kept

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
      const slot = faceButton(context, context.state.pictureOf(0));
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
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.disarm());
  }

  /** What is in the slots. */
  get pictures() {
    return this.buttons.map((slot) => slot.picture);
  }

  /** Shows the visitor's own pictures, or kept ones and then the first of the wall. */
  update() {
    const { state } = this.context;
    this.#given().map((picture) => state.asTaken(picture)).forEach((picture, at) => {
      const slot = this.buttons[at];
      slot.setPicture(picture);
      slot.setAttribute("aria-label", `${this.names[at]}: ${this.context.name(picture, "seed")}. Change`);
      slot.paint();
    });
  }

  /** Gives a picture to the slot that was pressed. Returns whether there was one. */
  fill(picture) {
    const at = this.buttons.findIndex((slot) => slot.getAttribute("aria-pressed") === "true");
    if (at < 0) return false;
    this.#own = this.#given().with(at, picture);
    this.disarm();
    this.context.say(`${this.names[at]} is now ${this.context.name(picture, "seed")}.`);
    this.update();
    this.changed();
    return true;
  }

  disarm() {
    for (const slot of this.buttons) slot.setAttribute("aria-pressed", "false");
  }

  #given() {
    if (this.#own) return this.#own;
    const { state } = this.context;
    const wall = [0, 1, 2, 3, 4, 5, 6, 7].map((seed) => state.pictureOf(seed));
    return [...state.kept, ...wall.filter((picture) => !state.isKept(picture))].slice(0, this.names.length);
  }

  #arm(slot) {
    const armed = slot.getAttribute("aria-pressed") !== "true";
    this.disarm();
    slot.setAttribute("aria-pressed", armed);
    if (armed) this.context.say("Now press a picture on the wall or a kept one. Escape cancels.");
  }
}
