// The live GAN in two dimensions: connects its controls to the toy and its pictures.
"use strict";

{
  const RATES = { crawl: 4, slow: 30, quick: 240, full: 1e6 }; // steps a second
  const FRAME_MS = 12; // of computing in a frame, so that the page stays quick
  const NAMES = { data: "data", loss: "loss", seed: "seed", dSteps: "d-steps" };
  const LEARNING_RATES = { gLearningRate: "g-rate", dLearningRate: "d-rate" };
  const RECIPES = {
    balanced: {},
    "slow-d": { dLearningRate: 3e-4 },
    "strong-d": { loss: "minimax", gLearningRate: 3e-4, dLearningRate: 3e-2 },
  };

  const root = document.getElementById("live-toy");
  if (root) setUp(root);

  function setUp(root) {
    const part = (name) => root.querySelector(`[data-part="${name}"]`);
    const picture = new kerasgan.ToyPicture(part("picture")), curve = new kerasgan.LossCurve(part("curve"));
    let gan, request, playing = false, owed = 0;

    function readSettings() {
      const settings = {};
      for (const [name, id] of Object.entries(NAMES)) {
        const { value, type } = part(id);
        settings[name] = type === "number" ? Math.max(Number(part(id).min), Math.floor(Number(value)) || 0) : value;
      }
      for (const [name, id] of Object.entries(LEARNING_RATES)) settings[name] = 10 ** Number(part(id).value);
      return settings;
    }

    function writeSettings(settings) {
      for (const [name, id] of Object.entries(NAMES)) part(id).value = settings[name];
      for (const [name, id] of Object.entries(LEARNING_RATES)) part(id).value = Math.log10(settings[name]);
      showRates();
    }

    function showRates() {
      for (const id of Object.values(LEARNING_RATES)) {
        part(`${id}-value`).textContent = Number((10 ** Number(part(id).value)).toPrecision(2)).toString();
      }
    }

    function reset() {
      gan = new kerasgan.ToyGan(readSettings());
      picture.start(gan);
      curve.start();
      owed = 0;
      show();
      announce();
    }

    function train() {
      const losses = gan.train();
      curve.add(losses);
      gan.losses = losses;
    }

    function describe() {
      const { found, near } = kerasgan.countModes(picture.points());
      const modes = gan.settings.data === "ring"
        ? `: ${found} of ${kerasgan.RING_MODES} modes, ${Math.round(100 * near)}% of the points near one` : "";
      return `Step ${gan.step.toLocaleString("en")}${modes}`;
    }

    function show() {
      picture.draw({ field: part("field").checked, push: part("push").checked, grid: part("grid").checked });
      curve.draw();
      part("caption").textContent = describe();
      const { dLoss, gLoss } = gan.losses ?? {};
      part("d-loss").textContent = dLoss?.toFixed(2) ?? "–";
      part("g-loss").textContent = gLoss?.toFixed(2) ?? "–";
    }

    /** For those who do not see the picture, when it stands still. */
    function announce() {
      part("picture").setAttribute("aria-label", `The plane with D's field and the points. ${describe()}.`);
      part("status").textContent = playing ? "" : describe();
    }

    /** Trains for a part of a frame; times in milliseconds. */
    function frame(now, before = now) {
      const end = performance.now() + FRAME_MS;
      owed += (RATES[part("speed").value] * (now - before)) / 1000;
      let done = 0;
      while (owed >= 1 && performance.now() < end) {
        train();
        owed--;
        done++;
      }
      if (owed >= 1) owed = 0; // a slow machine need not catch up
      if (done) show();
      request = requestAnimationFrame((next) => frame(next, now));
    }

    function play(on) {
      if (on === playing) return;
      playing = on;
      part("play").textContent = on ? "Pause" : "Play";
      announce();
      if (on) request = requestAnimationFrame((now) => frame(now));
      else cancelAnimationFrame(request);
    }

    part("play").addEventListener("click", () => play(!playing));
    part("step").addEventListener("click", () => {
      play(false);
      train();
      show();
      announce();
    });
    part("reset").addEventListener("click", reset);
    for (const button of root.querySelectorAll("[data-recipe]")) {
      button.addEventListener("click", () => {
        const { seed } = readSettings();
        writeSettings({ ...kerasgan.ToyGan.DEFAULTS, ...RECIPES[button.dataset.recipe], seed });
        reset();
        play(true);
      });
    }
    for (const id of ["data", "seed"]) part(id).addEventListener("change", reset);
    for (const id of ["loss", "d-steps", "g-rate", "d-rate"]) {
      part(id).addEventListener("input", () => {
        Object.assign(gan.settings, readSettings());
        showRates();
      });
    }
    for (const id of ["field", "push", "grid"]) part(id).addEventListener("change", show);

    root.classList.add("ready");
    writeSettings(kerasgan.ToyGan.DEFAULTS);
    reset();
    kerasgan.onAppearance(part("picture"), show);
    // It starts when it is first seen, and rests while it is out of sight.
    let resume = !kerasgan.prefersStillness();
    new IntersectionObserver(([{ isIntersecting }]) => {
      if (isIntersecting ? !resume : !playing) return;
      resume = !isIntersecting;
      play(isIntersecting);
    }).observe(part("picture"));
  }
}
