// The pictures that the visitor keeps.

import { faceButton } from "./face.js";

export function setUpKept(context) {
  const { state } = context;
  const list = document.getElementById("kept");
  const items = new Map(); // seed -> <li>

  function item(seed) {
    const face = faceButton(context, seed);
    face.setAttribute("aria-label", `Show seed ${seed}`);
    face.addEventListener("click", () => context.fillSlot(seed) || context.showSeed(seed));
    const remove = document.createElement("button");
    remove.type = "button";
    remove.className = "remove";
    remove.textContent = "×";
    remove.setAttribute("aria-label", `Let go of seed ${seed}`);
    remove.addEventListener("click", () => {
      const next = entry.nextElementSibling ?? entry.previousElementSibling;
      state.toggle(seed);
      (next?.querySelector(".remove") ?? document.getElementById("keep")).focus();
      context.say(`Seed ${seed} no longer kept.`);
    });
    const entry = document.createElement("li");
    entry.append(face, remove);
    return entry;
  }

  function update() {
    for (const seed of [...items.keys()].filter((other) => !state.isKept(other))) {
      items.get(seed).remove();
      items.delete(seed);
    }
    state.kept.forEach((seed, place) => {
      if (!items.has(seed)) items.set(seed, item(seed));
      const entry = items.get(seed);
      if (list.children[place] !== entry) list.insertBefore(entry, list.children[place] ?? null);
      entry.firstChild.paint();
    });
    document.getElementById("kept-hint").hidden = state.kept.length > 0;
  }

  state.addEventListener("change", update);
  update();
}
