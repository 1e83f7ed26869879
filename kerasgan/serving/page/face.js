// A picture as a button.

import { draw } from "./engine.js";

/**
 * @param context what the parts of the page share; see app.js
 * @param picture as of state.js
 * @returns a button with `picture`, `seed`, `setPicture()`, `paint()` and `clear()`
 */
export function faceButton(context, picture) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "face";
  button.append(document.createElement("canvas"));
  button.setPicture = (next) => {
    const text = context.name(next);
    button.picture = next;
    button.seed = next.seed;
    button.setAttribute("aria-label", text);
    button.title = text;
  };
  button.clear = () => {
    button.painted = null;
    Object.assign(button.firstChild, { width: context.engine.width, height: context.engine.height });
  };
  button.paint = async (options) => {
    const { picture: wanted } = button, { truncation } = context.state;
    const key = `${wanted.key} ${truncation}`;
    if (button.painted === key) return;
    button.painted = key;
    const stale = () => button.painted !== key;
    const image = await context.engine.paint(context.point(wanted), { cancelled: stale, ...options });
    if (image && !stale()) draw(button.firstChild, image);
  };
  button.setPicture(picture);
  button.clear();
  return button;
}
