// Runs the networks in a thread of its own, so that the page stays quick. A classic worker, because
// LiteRT.js loads its WebAssembly with importScripts, which module workers lack.
"use strict";

const ENGINE = "vendor/litert/";
let litert, description;
const models = {};

// The same picture in every browser: no graphics card, whose arithmetic differs, is even asked for.
Object.defineProperty(self.navigator, "gpu", { value: undefined, configurable: true });

async function start(given) {
  description = given;
  litert = await import(`./${ENGINE}index.js`);
  self.Module = {
    locateFile: (name) => ENGINE + name,
    print() {}, // it reports every accelerator that it does not find
    printErr() {},
  };
  const warn = console.warn;
  console.warn = () => {};
  await litert.loadLiteRt(`${ENGINE}litert_wasm_compat_internal.js`);
  console.warn = warn;
  models.generator = await load("generator.tflite");
}

async function load(file) {
  const answer = await fetch(file);
  if (!answer.ok) throw new Error(`${file}: ${answer.status} ${answer.statusText}`);
  const content = new Uint8Array(await answer.arrayBuffer());
  return litert.loadAndCompile(content, { accelerator: "wasm" });
}

/** The output of a model with one input and one output, as Float32Array. */
async function run(model, values, shape) {
  const input = new litert.Tensor(values, shape);
  const [output] = await model.run([input]);
  const result = output.toTypedArray().slice();
  input.delete();
  output.delete();
  return result;
}

/** Latents to the bytes of an ImageData, and the image in [-1, 1]. */
async function paint(latents) {
  const image = await run(models.generator, latents, [1, description.latent_dim]);
  const channels = description.image_shape[2];
  const pixels = new Uint8ClampedArray((image.length / channels) * 4); // rounds and clips as Python
  for (let from = 0, to = 0; from < image.length; from += channels, to += 4) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[to + channel] = (image[from + (channels < 3 ? 0 : channel)] + 1) * 127.5;
    }
    pixels[to + 3] = channels === 4 ? (image[from + 3] + 1) * 127.5 : 255;
  }
  return { image, pixels };
}

async function judge(latents) {
  models.discriminator ??= await load("discriminator.tflite");
  const { image } = await paint(latents);
  const [logit] = await run(models.discriminator, image, [1, ...description.image_shape]);
  return logit;
}

const tasks = { start, judge, paint: async (latents) => (await paint(latents)).pixels };

self.onmessage = async ({ data: { task, argument } }) => {
  try {
    const result = await tasks[task](argument);
    self.postMessage({ result }, result?.buffer ? [result.buffer] : []);
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
};
