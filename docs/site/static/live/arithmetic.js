// The arithmetic of a transposed convolution, as kerasgan/explaining/convolution.py has it.
//
// Images are arrays of rows.
"use strict";
globalThis.kerasgan ??= {};

kerasgan.TransposedConvolution = class TransposedConvolution {
  /** @param i input size, k kernel size, s stride, p padding; everything is square */
  constructor({ i, k, s, p }) {
    Object.assign(this, { i, k, s, p });
    this.zerosBetween = s - 1;
    this.outerPadding = k - p - 1;
    this.outputSize = (i - 1) * s + k - 2 * p;
  }

  /** Inserts the zeros: [i, i] to [o + k - 1, o + k - 1], each value with where it comes from. */
  spread(inputs) {
    const side = this.outputSize + this.k - 1, last = side - 1 - this.outerPadding;
    const kind = (y, x) => {
      if (Math.min(y, x) < this.outerPadding || Math.max(y, x) > last) return "around";
      return (y - this.outerPadding) % this.s || (x - this.outerPadding) % this.s ? "between" : "input";
    };
    const at = (y) => (y - this.outerPadding) / this.s;
    return kerasgan.square(side, (y, x) => {
      const from = kind(y, x);
      return { from, value: from === "input" ? inputs[at(y)][at(x)] : 0 };
    });
  }

  /** A convolution of the spread input with the kernel turned by 180 degrees: [o, o]. */
  apply(inputs, kernel) {
    const spread = this.spread(inputs), { k } = this;
    return kerasgan.square(this.outputSize, (y, x) => {
      let sum = 0;
      for (let a = 0; a < k; a++) {
        for (let b = 0; b < k; b++) sum += spread[y + a][x + b].value * kernel[k - 1 - a][k - 1 - b];
      }
      return sum;
    });
  }

  /** The same by stamps: the inputs up to number `count`, row by row, add the kernel to the output. */
  stamp(inputs, kernel, count = this.i ** 2) {
    const outputs = kerasgan.square(this.outputSize, () => 0);
    for (let n = 0; n < count; n++) {
      const [row, column] = [Math.floor(n / this.i), n % this.i];
      kernel.forEach((weights, a) => weights.forEach((weight, b) => {
        const y = row * this.s + a - this.p, x = column * this.s + b - this.p;
        if (outputs[y]?.[x] !== undefined) outputs[y][x] += inputs[row][column] * weight;
      }));
    }
    return outputs;
  }

  /** The layer in Keras, in words. */
  inKeras() {
    const { k, s, p } = this;
    if (k < s) return "not as it is: with a kernel smaller than the stride it adds zeros at the end";
    const padding = p === 0 ? "valid" : 2 * p === k - s ? "same" : null;
    const layer = `Conv2DTranspose(filters, ${k}, strides=${s}, padding="${padding ?? "valid"}")`;
    return padding ? layer : `${layer}, then Cropping2D(${p})`;
  }
};

/** Rows of a square image from a function of row and column. */
kerasgan.square = (side, value) =>
  Array.from({ length: side }, (_, y) => Array.from({ length: side }, (_, x) => value(y, x)));
