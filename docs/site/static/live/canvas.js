// What the live pictures share: sharp canvases, and the colours of the page's theme.
"use strict";
globalThis.kerasgan ??= {};

/** Makes a canvas as sharp as the screen, empties it, and returns its context in units of CSS pixels. */
kerasgan.clearCanvas = (canvas) => {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = globalThis.devicePixelRatio || 1;
  const [right, bottom] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== right || canvas.height !== bottom) [canvas.width, canvas.height] = [right, bottom];
  const context = canvas.getContext("2d");
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
};

/** The colours that site.css gives to an element, as [red, green, blue]. */
kerasgan.coloursOf = (element) => {
  const style = getComputedStyle(element);
  const names = ["paper", "ink", "faint", "blue", "orange", "green", "vermilion"];
  const parse = (text) => [1, 3, 5].map((at) => parseInt(text.trim().slice(at, at + 2), 16));
  return Object.fromEntries(names.map((name) => [name, parse(style.getPropertyValue(`--live-${name}`))]));
};

kerasgan.css = ([red, green, blue], alpha = 1) => `rgb(${red} ${green} ${blue} / ${alpha})`;

/** Calls `redraw` when the element's size or the page's theme changes. */
kerasgan.onAppearance = (element, redraw) => {
  new ResizeObserver(redraw).observe(element);
  new MutationObserver(redraw).observe(document.body, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
};

kerasgan.prefersStillness = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
