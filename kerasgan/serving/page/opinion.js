// What the discriminator thinks of the picture that is shown, while the visitor asks for it.

export function setUpOpinion(context) {
  const { engine, stage, labels, description } = context;
  const ask = document.getElementById("ask"), logit = document.getElementById("logit");
  document.getElementById("opinion").hidden = !description.discriminator;
  let busy = false;

  const isAsked = () => ask.getAttribute("aria-pressed") === "true";

  /** Judges what is on the stage; of pictures that change more quickly, the latest counts. */
  async function judge() {
    if (busy || !isAsked()) return;
    busy = true;
    let judged;
    try {
      do {
        judged = stage.point;
        const known = labels.isLabel(judged.conditions);
        const text = known
          ? `${(await engine.judge(judged)).toFixed(2)} (higher: more like its data)`
          : "It knows no labels between two.";
        logit.textContent = isAsked() ? text : "";
      } while (isAsked() && judged !== stage.point);
    } finally {
      busy = false;
    }
  }

  ask.addEventListener("click", () => {
    ask.setAttribute("aria-pressed", !isAsked());
    logit.textContent = "";
    judge();
  });
  context.judge = judge;
}
