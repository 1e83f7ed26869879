// The pictures that the page came with, such as those of photographs: latents with names. Wherever else a
// seed says which picture is meant, the first of them is "p1", the second "p2".

import { fileEnding, shortened } from "./labels.js";

export class Given {
  #pictures;

  /** @param pictures of model.json: `name` and `latents` of each */
  constructor(pictures) {
    this.#pictures = new Map(pictures.map(({ name, latents }, at) => (
      [`p${at + 1}`, { name, latents: Float32Array.from(latents) }]
    )));
  }

  /** What stands for their seeds. */
  get ids() {
    return [...this.#pictures.keys()];
  }

  /** The latents of one; undefined for a seed. */
  latents(id) {
    return this.#pictures.get(id)?.latents;
  }

  /** A seed or one of them in words. */
  words(id, begin = "seed") {
    const found = this.#pictures.get(id);
    return found ? shortened(found.name) : `${begin} ${id}`;
  }

  /** The same as the beginning of a file's name. */
  file(id) {
    return fileEnding(this.words(id)).slice(1) || id;
  }
}
