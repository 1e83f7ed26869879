// The adversarial losses of kerasgan/model/losses.py, with their derivatives.
//
// Each is a function of one real logit r and its generated partner f. It returns the loss, and the
// loss's derivatives by r and by f. Over a batch one takes the mean.
"use strict";
globalThis.kerasgan ??= {};

kerasgan.sigmoid = (x) => 1 / (1 + Math.exp(-x));

{
  const { sigmoid } = kerasgan;
  const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  const half = (x) => 0.5 * x * x;
  const crossEntropy = (r, f) => [softplus(-r) + softplus(f), -sigmoid(-r), sigmoid(f)];

  kerasgan.LOSSES = {
    non_saturating: {
      discriminator: crossEntropy,
      generator: (r, f) => [softplus(-f), 0, -sigmoid(-f)],
    },
    minimax: {
      discriminator: crossEntropy,
      generator: (r, f) => [-softplus(f), 0, -sigmoid(f)],
    },
    least_squares: {
      discriminator: (r, f) => [half(r - 1) + half(f), r - 1, f],
      generator: (r, f) => [half(f - 1), 0, f - 1],
    },
    hinge: {
      discriminator: (r, f) => [Math.max(0, 1 - r) + Math.max(0, 1 + f), r < 1 ? -1 : 0, f > -1 ? 1 : 0],
      generator: (r, f) => [-f, 0, -1],
    },
    relativistic: {
      discriminator: (r, f) => [softplus(f - r), -sigmoid(f - r), sigmoid(f - r)],
      generator: (r, f) => [softplus(r - f), sigmoid(r - f), -sigmoid(r - f)],
      generatorSeesReal: true,
    },
    wasserstein: {
      discriminator: (r, f) => [f - r, -1, 1],
      generator: (r, f) => [-f, 0, -1],
    },
  };
}
