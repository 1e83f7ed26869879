// Random numbers from a seed: the same in every run of one browser.
"use strict";
globalThis.kerasgan ??= {};

/** The generator sfc32 (Doty-Humphrey), started from one whole number. */
kerasgan.Random = class Random {
  #state;
  #spare = null;

  constructor(seed) {
    this.#state = Uint32Array.of(seed, 0x9e3779b9, 0x243f6a88, 1);
    for (let round = 0; round < 15; round++) this.#next(); // until the seed has reached every bit
  }

  #next() {
    const s = this.#state;
    const sum = (s[0] + s[1] + s[3]) >>> 0;
    s[3] += 1;
    s[0] = s[1] ^ (s[1] >>> 9);
    s[1] = s[2] + (s[2] << 3);
    s[2] = ((s[2] << 21) | (s[2] >>> 11)) + sum;
    return sum;
  }

  /** Evenly in [0, 1). */
  uniform() {
    return this.#next() / 2 ** 32;
  }

  /** A whole number in [0, count). */
  below(count) {
    return Math.floor(this.uniform() * count);
  }

  /** Mean 0, deviation 1 (Box & Muller 1958: two at a time). */
  normal() {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform())), angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Float64Array of `count` normal numbers. */
  normals(count) {
    return Float64Array.from({ length: count }, () => this.normal());
  }
};
