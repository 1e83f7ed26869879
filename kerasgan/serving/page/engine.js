// The page's side of the worker: one task at a time, what the hand is waiting for first.

export class Engine {
  #worker = new Worker("worker.js");
  #waiting = { first: [], later: [] };
  #running = null;

  /** @param description the content of model.json */
  constructor(description) {
    [this.height, this.width] = description.image_shape;
    this.latentDim = description.latent_dim;
    this.#worker.onmessage = ({ data }) => this.#finish(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#finish({ error: event.message || "worker.js cannot be loaded" });
    };
    this.ready = this.#ask("start", description, "first");
  }

  /** Latents to an ImageData. `cancelled` is called just before it would start. */
  async paint(latents, { urgent = false, cancelled = () => false } = {}) {
    const pixels = await this.#ask("paint", latents, urgent ? "first" : "later", cancelled);
    return pixels && new ImageData(pixels, this.width, this.height);
  }

  /** The discriminator's logit of the picture of these latents. */
  judge(latents) {
    return this.#ask("judge", latents, "first");
  }

  #ask(task, argument, queue, cancelled) {
    return new Promise((resolve, reject) => {
      this.#waiting[queue].push({ task, argument, cancelled, resolve, reject });
      this.#next();
    });
  }

  #next() {
    while (!this.#running) {
      const next = this.#waiting.first.shift() ?? this.#waiting.later.shift();
      if (!next) return;
      if (next.cancelled?.()) {
        next.resolve(null);
        continue;
      }
      this.#running = next;
      this.#worker.postMessage({ task: next.task, argument: next.argument });
    }
  }

  #finish({ result, error }) {
    const { resolve, reject } = this.#running ?? { resolve() {}, reject() {} };
    this.#running = null;
    if (error === undefined) resolve(result);
    else reject(new Error(error));
    this.#next();
  }
}

/** Draws an ImageData on a canvas of the same size. */
export function draw(canvas, image) {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}
