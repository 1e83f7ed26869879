// A small dense network with hand-written derivatives, and Adam.
//
// A batch is a Float64Array with one row after the other: [n, width].
"use strict";
globalThis.kerasgan ??= {};

/** One layer: outputs = inputs · weights + bias, weights [inputs, outputs], started as Keras does. */
class Dense {
  constructor(inputs, outputs, random) {
    this.inputs = inputs;
    this.outputs = outputs;
    const limit = Math.sqrt(6 / (inputs + outputs)); // Glorot & Bengio 2010
    const weight = () => limit * (2 * random.uniform() - 1);
    this.weights = Float64Array.from({ length: inputs * outputs }, weight);
    this.bias = new Float64Array(outputs);
    this.gradients = { weights: new Float64Array(inputs * outputs), bias: new Float64Array(outputs) };
  }

  /** [n, inputs] to [n, outputs]. */
  forward(x) {
    const { inputs, outputs, weights, bias } = this;
    const count = x.length / inputs, y = new Float64Array(count * outputs);
    for (let n = 0; n < count; n++) {
      const to = n * outputs;
      y.set(bias, to);
      for (let i = 0; i < inputs; i++) {
        const value = x[n * inputs + i];
        if (value === 0) continue; // after a ReLU half of them are
        for (let o = 0, from = i * outputs; o < outputs; o++) y[to + o] += value * weights[from + o];
      }
    }
    return y;
  }

  /**
   * From the loss's gradient with respect to the outputs [n, outputs] to that with respect to the inputs
   * [n, inputs]; where a ReLU made the input 0, to that before the ReLU. `keep` adds the weights' own.
   */
  backward(x, slopes, { keep, afterRelu }) {
    const { inputs, outputs, weights, gradients } = this;
    const count = x.length / inputs, back = new Float64Array(x.length);
    for (let n = 0; n < count; n++) {
      const at = n * outputs;
      if (keep) for (let o = 0; o < outputs; o++) gradients.bias[o] += slopes[at + o];
      for (let i = 0; i < inputs; i++) {
        const value = x[n * inputs + i], from = i * outputs;
        if (afterRelu && value === 0) continue;
        let sum = 0;
        for (let o = 0; o < outputs; o++) sum += slopes[at + o] * weights[from + o];
        back[n * inputs + i] = sum;
        if (keep) for (let o = 0; o < outputs; o++) gradients.weights[from + o] += value * slopes[at + o];
      }
    }
    return back;
  }
}

/** Dense layers with a ReLU between them. */
kerasgan.Network = class Network {
  /** @param widths of the inputs, of every hidden layer, and of the outputs */
  constructor(widths, random) {
    this.layers = widths.slice(1).map((width, at) => new Dense(widths[at], width, random));
  }

  /** The last layer's outputs, and what `backward` needs. */
  forward(inputs) {
    const kept = [inputs];
    for (const [at, layer] of this.layers.entries()) {
      const outputs = layer.forward(kept.at(-1));
      if (at < this.layers.length - 1) for (let n = 0; n < outputs.length; n++) if (outputs[n] < 0) outputs[n] = 0;
      kept.push(outputs);
    }
    return { outputs: kept.pop(), kept };
  }

  /**
   * The loss's gradient with respect to the inputs, from that with respect to the outputs. Adds those of
   * the weights to the layers' `gradients`, unless `keep` is false.
   */
  backward({ kept }, slopes, { keep = true } = {}) {
    for (let at = this.layers.length - 1; at >= 0; at--) {
      slopes = this.layers[at].backward(kept[at], slopes, { keep, afterRelu: at > 0 });
    }
    return slopes;
  }

  /** Pairs of an array of numbers and its gradient. */
  parameters() {
    return this.layers.flatMap(({ weights, bias, gradients }) => [
      [weights, gradients.weights],
      [bias, gradients.bias],
    ]);
  }
};

/**
 * Adam in Keras's form (Kingma & Ba 2015, section 2, last paragraph).
 *
 * Squares and powers are products, whose every bit is defined; those of `**` are left to the engine.
 */
kerasgan.Adam = class Adam {
  #powers = [1, 1]; // of both betas
  #moments;

  constructor(network, { beta1 = 0.5, beta2 = 0.999, epsilon = 1e-7 } = {}) {
    Object.assign(this, { network, beta1, beta2, epsilon });
    this.#moments = network.parameters().map(([values]) => [
      new Float64Array(values.length),
      new Float64Array(values.length),
    ]);
  }

  /** One update with the gradients, which are 0 afterwards. */
  apply(learningRate) {
    const { beta1, beta2, epsilon } = this;
    this.#powers = [this.#powers[0] * beta1, this.#powers[1] * beta2];
    const rate = (learningRate * Math.sqrt(1 - this.#powers[1])) / (1 - this.#powers[0]);
    for (const [at, [values, gradient]] of this.network.parameters().entries()) {
      const [mean, square] = this.#moments[at];
      for (let n = 0; n < values.length; n++) {
        mean[n] += (1 - beta1) * (gradient[n] - mean[n]);
        square[n] += (1 - beta2) * (gradient[n] * gradient[n] - square[n]);
        values[n] -= (rate * mean[n]) / (Math.sqrt(square[n]) + epsilon);
      }
      gradient.fill(0);
    }
  }
};
