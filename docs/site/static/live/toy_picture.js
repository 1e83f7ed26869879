// Draws a toy: D's field, real and generated points, where D pushes them, and G's grid.
"use strict";
globalThis.kerasgan ??= {};

{
  const REACH = 1.6; // the plane is shown from -REACH to REACH
  const SIDE = 48; // points of a side at which D is evaluated
  const REAL = 300, GENERATED = 500, PUSHED = 60;
  const LINES = 13, LATENT_REACH = 2; // G's grid
  const axis = (count, reach) => Array.from({ length: count }, (_, at) => reach * ((2 * at) / (count - 1) - 1));

  kerasgan.ToyPicture = class ToyPicture {
    #canvas;
    #field = new OffscreenCanvas(SIDE, SIDE);
    #plane = Float64Array.from(axis(SIDE, REACH).flatMap((y) => axis(SIDE, REACH).flatMap((x) => [x, -y])));

    constructor(canvas) {
      this.#canvas = canvas;
    }

    /** Points and latents that stay the same while a toy learns. */
    start(gan) {
      const random = new kerasgan.Random(gan.settings.seed + 2);
      this.gan = gan;
      this.real = kerasgan.realPoints(gan.settings.data, REAL, random);
      this.latents = random.normals(GENERATED * gan.settings.latentDim);
    }

    /** The generated points that the picture shows, [n, 2]. */
    points() {
      return this.gan.generate(this.latents);
    }

    /** @param shown which of `field`, `push` and `grid` */
    draw(shown) {
      const { context, width, height } = kerasgan.clearCanvas(this.#canvas);
      if (!width) return;
      const colours = kerasgan.coloursOf(this.#canvas);
      const place = (x, y) => [((x / REACH + 1) / 2) * width, ((1 - y / REACH) / 2) * height];
      const pen = { context, colours, place };
      if (shown.field) this.#drawField(pen, width, height);
      if (shown.grid) this.#drawGrid(pen);
      const points = this.points();
      this.#drawDots(pen, points, "green", 2.2);
      this.#drawDots(pen, this.real, "ink", 1.6);
      if (shown.push) this.#drawPush(pen, points);
    }

    #drawField({ context, colours: { orange, paper, blue } }, width, height) {
      const probabilities = this.gan.judge(this.#plane), small = this.#field.getContext("2d");
      const image = small.createImageData(SIDE, SIDE);
      probabilities.forEach((probability, at) => {
        const end = probability < 0.5 ? orange : blue, share = 0.62 * Math.abs(2 * probability - 1);
        for (let c = 0; c < 3; c++) image.data[4 * at + c] = share * end[c] + (1 - share) * paper[c];
        image.data[4 * at + 3] = 255;
      });
      small.putImageData(image, 0, 0);
      context.imageSmoothingQuality = "high";
      context.drawImage(this.#field, 0, 0, width, height);
    }

    #drawDots({ context, colours, place }, points, colour, radius) {
      context.fillStyle = kerasgan.css(colours[colour], 0.85);
      context.beginPath();
      for (let n = 0; n < points.length; n += 2) {
        const [x, y] = place(points[n], points[n + 1]);
        context.moveTo(x + radius, y);
        context.arc(x, y, radius, 0, 2 * Math.PI);
      }
      context.fill();
    }

    /** Minus the gradient of G's loss at its points, on one scale always: where it vanishes one sees that. */
    #drawPush({ context, colours, place }, points) {
      const some = points.slice(0, 2 * PUSHED);
      const [, slopes] = this.gan.generatorSlopes(this.real.slice(0, 2 * PUSHED), some);
      context.strokeStyle = kerasgan.css(colours.vermilion);
      context.lineWidth = 1.4;
      context.beginPath();
      for (let n = 0; n < some.length; n += 2) {
        const by = [-slopes[n], -slopes[n + 1]].map((slope) => 0.12 * PUSHED * slope);
        const length = Math.hypot(...by), cut = Math.min(1, 0.5 / (length || 1));
        const from = place(some[n], some[n + 1]);
        const to = place(some[n] + cut * by[0], some[n + 1] + cut * by[1]);
        const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
        context.moveTo(...from);
        context.lineTo(...to);
        if (Math.hypot(dx, dy) < 3) continue;
        const angle = Math.atan2(dy, dx);
        for (const turn of [2.6, -2.6]) {
          context.moveTo(...to);
          context.lineTo(to[0] + 5 * Math.cos(angle + turn), to[1] + 5 * Math.sin(angle + turn));
        }
      }
      context.stroke();
    }

    /** Where G puts the lines of a square grid of latents: how it folds the plane. */
    #drawGrid({ context, colours, place }) {
      const steps = axis(4 * LINES, LATENT_REACH), lines = axis(LINES, LATENT_REACH);
      context.strokeStyle = kerasgan.css(colours.green, 0.5);
      context.lineWidth = 1;
      context.beginPath();
      for (const across of [false, true]) {
        for (const line of lines) {
          const latents = steps.flatMap((at) => (across ? [at, line] : [line, at]));
          const ends = this.gan.generate(Float64Array.from(latents));
          for (let n = 0; n < ends.length; n += 2) {
            context[n ? "lineTo" : "moveTo"](...place(ends[n], ends[n + 1]));
          }
        }
      }
      context.stroke();
    }
  };
}
