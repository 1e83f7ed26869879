// The pictures that the visitor keeps.

import { faceButton } from "./face.js";

export function setUpKept(context) {
  const { state } = context;
  const list = document.getElementById("kept");
  const items = new Map(); // key of a picture -> <li>

  function item(picture) {
    const name = context.name(picture, "seed");
    const face = faceButton(context, picture);
    face.setAttribute("aria-label", `Show ${name}`);
    face.addEventListener("click", () => context.fillSlot(picture) || context.showPicture(picture));
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "remove";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Let go of ${name}`);
    remove.addEventListener("click", () => {
      const next = entry.nextElementSibling ?? entry.previousElementSibling;
      state.toggle(picture);
      (next?.querySelector(".remove") ?? document.getElementById("keep")).focus();
      context.say(`${context.name(picture)} no longer kept.`);
    });
    const entry = document.createElement("li");
    entry.append(face, remove);
    return entry;
  }

  function update() {
    const kept = new Set(state.kept.map(({ key }) => key));
    for (const key of [...items.keys()].filter((other) => !kept.has(other))) {
      items.get(key).remove();
      items.delete(key);
    }
    state.kept.forEach((picture, place) => {
      if (!items.has(picture.key)) items.set(picture.key, item(picture));
      const entry = items.get(picture.key);
      if (list.children[place] !== entry) list.insertBefore(entry, list.children[place] ?? null);
      entry.firstChild.paint();
    });
    document.getElementById("kept-hint").hidden = state.kept.length > 0;
  }

  state.addEventListener("change", update);
  update();
}
