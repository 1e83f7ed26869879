// The page's side of the worker: one task at a time, what the hand is waiting for first.

export class Engine {
  #worker = null;
  #waiting = { first: [], later: [] };
  #running = null;

  /** @param description the content of model.json */
  constructor(description) {
    [this.height, this.width] = description.image_shape;
    this.ready = this.#start(description);
  }

  async #start(description) {
    const answer = await fetch("worker.js");
    if (!answer.ok) throw new Error(`worker.js: ${answer.status} ${answer.statusText}`);
    // A worker from a blob has the page's Content-Security-Policy; one from a file would have that of its
    // own response, which is none on a plain file server.
    const script = URL.createObjectURL(new Blob([await answer.text()], { type: "text/javascript" }));
    this.#worker = new Worker(script);
    this.#worker.onmessage = ({ data }) => this.#finish(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#finish({ error: event.message || "worker.js cannot be loaded" });
    };
    await this.#ask("start", { description, folder: new URL(".", document.baseURI).href }, "first");
    URL.revokeObjectURL(script);
  }

  /** A point (see sphere.js) to an ImageData. `cancelled` is called just before it would start. */
  async paint(point, { urgent = false, cancelled = () => false } = {}) {
    const pixels = await this.#ask("paint", point, urgent ? "first" : "later", cancelled);
    return pixels && new ImageData(pixels, this.width, this.height);
  }

  /** The discriminator's logit of the picture of a point. */
  judge(point) {
    return this.#ask("judge", point, "first");
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
