// A GAN on points in the plane: the recipe of kerasgan's train_step, small enough for a browser.
"use strict";
globalThis.kerasgan ??= {};

kerasgan.ToyGan = class ToyGan {
  /** As kerasgan.explaining.toy_gan.ToySettings, but narrower and quicker, so that a browser keeps up. */
  static DEFAULTS = {
    data: "ring", loss: "non_saturating", gLearningRate: 3e-3, dLearningRate: 3e-3, dSteps: 1,
    batchSize: 64, units: 32, latentDim: 2, seed: 0,
  };

  constructor(settings = {}) {
    this.settings = { ...ToyGan.DEFAULTS, ...settings };
    const { seed, units, latentDim } = this.settings;
    const weights = new kerasgan.Random(seed);
    this.generator = new kerasgan.Network([latentDim, units, units, 2], weights);
    this.discriminator = new kerasgan.Network([2, units, units, 1], weights);
    this.optimizers = {
      g: new kerasgan.Adam(this.generator),
      d: new kerasgan.Adam(this.discriminator),
    };
    this.random = new kerasgan.Random(seed + 1);
    this.step = 0;
  }

  /** One step: D, then G against the new D, on the same latents. Returns both losses. */
  train() {
    const { data, batchSize, latentDim, gLearningRate, dLearningRate, dSteps } = this.settings;
    let real, latents, made, dLoss;
    for (let turn = 0; turn < dSteps; turn++) {
      real = kerasgan.realPoints(data, batchSize, this.random);
      latents = this.random.normals(batchSize * latentDim);
      made = this.generator.forward(latents);
      dLoss = this.discriminatorGradients(real, made.outputs);
      this.optimizers.d.apply(dLearningRate);
    }
    const [gLoss, slopes] = this.generatorSlopes(real, made.outputs);
    this.generator.backward(made, slopes);
    this.optimizers.g.apply(gLearningRate);
    this.step++;
    return { dLoss, gLoss };
  }

  /** D's loss; adds its gradients to D's. The generated points [n, 2] are data here: G gets nothing. */
  discriminatorGradients(real, fake) {
    const passes = [this.discriminator.forward(real), this.discriminator.forward(fake)];
    const [loss, ...slopes] = this.#loss("discriminator", passes[0].outputs, passes[1].outputs);
    passes.forEach((pass, at) => this.discriminator.backward(pass, slopes[at]));
    return loss;
  }

  /** G's loss, and its gradient at the generated points [n, 2]: it has come through D, which stays. */
  generatorSlopes(real, fake) {
    const pass = this.discriminator.forward(fake);
    const seesReal = kerasgan.LOSSES[this.settings.loss].generatorSeesReal;
    const realLogits = seesReal ? this.discriminator.forward(real).outputs : pass.outputs; // or any
    const [loss, , slopes] = this.#loss("generator", realLogits, pass.outputs);
    return [loss, this.discriminator.backward(pass, slopes, { keep: false })];
  }

  /** The mean loss of logits, and its derivatives by the real and the generated ones. */
  #loss(side, realLogits, fakeLogits) {
    const of = kerasgan.LOSSES[this.settings.loss][side], count = realLogits.length;
    const byReal = new Float64Array(count), byFake = new Float64Array(count);
    let sum = 0;
    for (let n = 0; n < count; n++) {
      const [loss, r, f] = of(realLogits[n], fakeLogits[n]);
      sum += loss;
      byReal[n] = r / count;
      byFake[n] = f / count;
    }
    return [sum / count, byReal, byFake];
  }

  /** Latents [n, latentDim] to generated points [n, 2]. */
  generate(latents) {
    return this.generator.forward(latents).outputs;
  }

  /** D's probability that points [n, 2] are real. */
  judge(points) {
    return this.discriminator.forward(points).outputs.map(kerasgan.sigmoid);
  }
};
