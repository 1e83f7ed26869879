// The large picture: whatever the open tab shows, painted as fast as it changes.

import { draw } from "./engine.js";

export class Stage {
  #wanted = null;
  #busy = false;
  #canvas = document.getElementById("picture");
  #caption = document.getElementById("caption");

  constructor(context) {
    this.context = context;
    this.file = "picture";
    this.point = null;
    document.getElementById("download").addEventListener("click", () => this.#download());
    document.getElementById("link").addEventListener("click", () => this.#copyLink());
  }

  /**
   * Paints; where pictures are asked for faster than they can be painted, the latest counts.
   *
   * @param point the picture's; see sphere.js
   * @param title says what it is
   * @param file the name to save it under, without its ending
   */
  async show(point, title, file) {
    this.#wanted = { point, title, file };
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#wanted) {
        const { point: next, title: text, file: name } = this.#wanted;
        this.#wanted = null;
        const image = await this.context.engine.paint(next, { urgent: true });
        draw(this.#canvas, image);
        this.#caption.textContent = text;
        this.#canvas.setAttribute("aria-label", `Picture: ${text}`);
        this.point = next;
        this.file = name;
        this.context.judge?.();
      }
    } finally {
      this.#busy = false;
    }
  }

  #download() {
    this.#canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${this.file}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      this.context.say(`${this.file}.png saved.`);
    }, "image/png");
  }

  async #copyLink() {
    const address = location.href.split("#")[0] + this.context.state.hash;
    try {
      await navigator.clipboard.writeText(address);
      this.context.say("Link copied.");
    } catch {
      this.context.say(`This browser does not let a page copy. The link: ${address}`);
    }
  }
}
