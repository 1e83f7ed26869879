// The endless wall of pictures by seed, after those that the page came with.

import { faceButton } from "./face.js";
import { parseSeed } from "./state.js";

const BATCH = 64;

export function setUpWall(context) {
  const { state, given } = context;
  const wall = document.getElementById("wall");
  const start = document.getElementById("wall-start");
  let next; // seed

  // Pictures are painted as they come into view and forgotten when they are far from it, so that
  // the memory does not grow with the way that was scrolled.
  const nearby = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      target.near = isIntersecting;
      if (isIntersecting) target.paint();
      else target.clear();
    }
  }, { rootMargin: "600px" });

  function append() {
    const seeds = wall.firstChild ? [] : given.ids;
    for (const end = next + BATCH; next < end && Number.isSafeInteger(next); next++) seeds.push(next);
    for (const seed of seeds) {
      const face = faceButton(context, state.pictureOf(seed));
      face.tabIndex = wall.firstChild ? -1 : 0; // one stop for the Tab key; arrows move within
      face.setAttribute("aria-pressed", state.isKept(face.picture));
      wall.append(face);
      nearby.observe(face);
    }
  }

  function begin() {
    const seed = parseSeed(start.value);
    start.setAttribute("aria-invalid", seed === null);
    if (seed === null) return context.say("A seed is a whole number.");
    nearby.disconnect();
    wall.replaceChildren();
    next = seed;
    append();
    watchEnd();
  }

  wall.addEventListener("click", ({ target }) => {
    const face = target.closest(".face");
    if (!face) return;
    focus(face);
    const { picture } = face;
    if (context.fillSlot(picture)) return;
    const kept = state.toggle(picture);
    if (kept) state.change({ seed: picture.seed });
    context.say(`${context.name(picture)} ${kept ? "kept" : "no longer kept"}.`);
  });

  function focus(face) {
    for (const other of wall.querySelectorAll('[tabindex="0"]')) other.tabIndex = -1;
    face.tabIndex = 0;
    face.focus();
  }

  wall.addEventListener("keydown", (event) => {
    const columns = getComputedStyle(wall).gridTemplateColumns.split(" ").length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const at = [...wall.children].indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    if (at + step >= wall.children.length) append();
    const face = wall.children[at + step];
    if (face) focus(face);
  });

  state.addEventListener("change", () => {
    for (const face of wall.children) {
      const picture = state.pictureOf(face.seed);
      if (face.picture.key !== picture.key) face.setPicture(picture);
      face.setAttribute("aria-pressed", state.isKept(picture));
      if (face.near) face.paint();
    }
  });

  const end = document.getElementById("wall-end");
  const watch = new IntersectionObserver((entries) => {
    if (entries.at(-1).isIntersecting) {
      append();
      watchEnd();
    }
  }, { rootMargin: "800px" });

  /** Reports once where the end is now, also where it has not moved out of view. */
  function watchEnd() {
    watch.unobserve(end);
    watch.observe(end);
  }

  start.addEventListener("change", begin);
  begin();
}
