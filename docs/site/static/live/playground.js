// Loads the playground into its page where there is a server to load it from and room for it; elsewhere
// there is a picture of it.
"use strict";

{
  const root = document.getElementById("live-playground");
  if (root) {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    const served = location.protocol !== "file:", roomy = matchMedia("(min-width: 46em)");
    const frame = part("frame"), picture = root.querySelector(".live-fallback img");
    frame.after(picture);
    part("from-disk").hidden = served;
    part("link").hidden = !served;
    const choose = () => {
      frame.hidden = !(served && roomy.matches);
      picture.hidden = !frame.hidden;
      if (!frame.hidden && !frame.src) frame.src = "play/index.html";
    };
    choose();
    roomy.addEventListener("change", choose);
    root.classList.add("ready");
  }
}
