// Both losses over all steps since the start, in at most 400 averages.
"use strict";
globalThis.kerasgan ??= {};

{
  const MOST = 400;
  const MARGIN = { left: 34, right: 8, top: 8, bottom: 18 };

  kerasgan.LossCurve = class LossCurve {
    #canvas;

    constructor(canvas) {
      this.#canvas = canvas;
      this.start();
    }

    start() {
      Object.assign(this, { averages: [], every: 1, sum: [0, 0], count: 0, steps: 0 });
    }

    add({ dLoss, gLoss }) {
      this.steps++;
      this.sum = [this.sum[0] + dLoss, this.sum[1] + gLoss];
      if (++this.count < this.every) return;
      this.averages.push(this.sum.map((sum) => sum / this.every));
      Object.assign(this, { sum: [0, 0], count: 0 });
      if (this.averages.length < MOST) return;
      this.every *= 2;
      this.averages = this.averages
        .filter((_, at) => at % 2 === 0)
        .map(([d, g], at) => [(d + this.averages[2 * at + 1][0]) / 2, (g + this.averages[2 * at + 1][1]) / 2]);
    }

    draw() {
      const { context, width, height } = kerasgan.clearCanvas(this.#canvas);
      if (!width) return;
      const colours = kerasgan.coloursOf(this.#canvas), { css } = kerasgan;
      const values = this.averages.flat(), [low, high] = range(values);
      const right = width - MARGIN.right, bottom = height - MARGIN.bottom;
      const x = (step) => MARGIN.left + (step / Math.max(this.steps, 1)) * (right - MARGIN.left);
      const y = (loss) => bottom - ((loss - low) / (high - low)) * (bottom - MARGIN.top);

      context.font = "11px sans-serif";
      context.fillStyle = css(colours.ink, 0.75);
      context.textAlign = "right";
      for (const tick of [low, (low + high) / 2, high]) {
        context.fillText(tick.toPrecision(2), MARGIN.left - 6, y(tick) + 4);
        context.fillRect(MARGIN.left, y(tick), right - MARGIN.left, 0.2);
      }
      context.fillText(`step ${this.steps.toLocaleString("en")}`, right, height - 4);
      context.lineWidth = 1.5;
      ["blue", "green"].forEach((colour, network) => {
        context.strokeStyle = css(colours[colour]);
        context.beginPath();
        this.averages.forEach((pair, at) => context.lineTo(x((at + 1) * this.every), y(pair[network])));
        context.stroke();
      });
    }
  };

  /** Round limits around values. */
  function range(values) {
    if (!values.length) return [0, 2];
    const low = Math.min(...values), high = Math.max(...values);
    const unit = 10 ** Math.floor(Math.log10(Math.max(high - low, 0.1))) / 2;
    return [Math.floor(low / unit) * unit, Math.ceil(high / unit) * unit];
  }
}
