"use strict";
// Shows one moment of the film large, chosen with a slider. Without this the strip shows them all.
const stage = document.getElementById("stage");
if (stage) {
  const slider = document.getElementById("moment");
  const large = document.getElementById("large");
  const figures = [...document.querySelectorAll("#film figure")];
  const strip = document.getElementById("film").parentElement;
  const show = () => {
    const figure = figures[slider.valueAsNumber];
    const small = figure.querySelector("img");
    const text = figure.querySelector("figcaption").textContent;
    large.src = small.src;
    large.alt = small.alt;
    document.getElementById("caption").textContent = text;
    slider.setAttribute("aria-valuetext", text);
    strip.scrollLeft = figure.offsetLeft + (figure.offsetWidth - strip.clientWidth) / 2;
    figures.forEach((other) => other.classList.toggle("current", other === figure));
  };
  slider.addEventListener("input", show);
  figures.forEach((figure, index) => {
    figure.addEventListener("click", () => {
      slider.value = index;
      show();
    });
  });
  slider.value = figures.length - 1;
  stage.hidden = false;
  document.getElementById("film").classList.add("small");
  show();
}
