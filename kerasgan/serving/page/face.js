// A picture of a seed as a button.

import { draw } from "./engine.js";

/**
 * @param context what the parts of the page share; see app.js
 * @returns a button with `seed`, `paint()` and `clear()`
 */
export function faceButton(context, seed) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "face";
  button.append(document.createElement("canvas"));
  button.setSeed = (value) => {
    button.seed = value;
    button.setAttribute("aria-label", `Seed ${value}`);
    button.title = `Seed ${value}`;
    button.clear();
  };
  button.clear = () => {
    button.painted = null;
    Object.assign(button.firstChild, { width: context.engine.width, height: context.engine.height });
  };
  button.paint = async (options) => {
    const { seed: wanted } = button, { truncation } = context.state;
    const key = `${wanted} ${truncation}`;
    if (button.painted === key) return;
    button.painted = key;
    const stale = () => button.painted !== key;
    const image = await context.engine.paint(context.latents(wanted), { cancelled: stale, ...options });
    if (image && !stale()) draw(button.firstChild, image);
  };
  button.setSeed(seed);
  return button;
}
