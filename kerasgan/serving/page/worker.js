// Runs the networks in a thread of its own, so that the page stays quick. A classic worker, because
// LiteRT.js loads its WebAssembly with importScripts, which module workers lack.
"use strict";

let folder, litert, description; // the folder is the page's address: a blob's is of no use
const models = {};

// The same picture in every browser: no graphics card, whose arithmetic differs, is even asked for.
Object.defineProperty(self.navigator, "gpu", { value: undefined, configurable: true });

async function start(given) {
  ({ folder, description } = given);
  const engine = `${folder}vendor/litert/`;
  litert = await import(`${engine}index.js`);
  self.Module = {
    locateFile: (name) => engine + name,
    print() {}, // it reports every accelerator that it does not find
    printErr() {},
  };
  const warn = console.warn;
  console.warn = () => {};
  await litert.loadLiteRt(`${engine}litert_wasm_compat_internal.js`);
  console.warn = warn;
  models.generator = await load("generator.tflite");
}

async function load(file) {
  const answer = await fetch(folder + file);
  if (!answer.ok) throw new Error(`${file}: ${answer.status} ${answer.statusText}`);
  const content = new Uint8Array(await answer.arrayBuffer());
  return litert.loadAndCompile(content, { accelerator: "wasm" });
}

/** The output of a model with one output, as Float32Array; inputs are [values, shape] by name. */
async function run(model, inputs) {
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, given]) => [name, new litert.Tensor(...given)]),
  );
  const [output] = Object.values(await model.run(tensors));
  const result = output.toTypedArray().slice();
  for (const tensor of [output, ...Object.values(tensors)]) tensor.delete();
  return result;
}

/** Of a generator with labels the conditions, as an input of its networks. */
const asked = (conditions) =>
  description.labels ? { conditions: [conditions, [1, description.labels.names.length]] } : {};

/** A point (see sphere.js) to the bytes of an ImageData, and the image in [-1, 1]. */
async function paint({ latents, conditions }) {
  const inputs = { latents: [latents, [1, description.latent_dim]], ...asked(conditions) };
  const image = await run(models.generator, inputs);
  const channels = description.image_shape[2];
  const pixels = new Uint8ClampedArray((image.length / channels) * 4); // rounds and clips as Python
  for (let from = 0, to = 0; from < image.length; from += channels, to += 4) {
    const alpha = channels === 4 ? (image[from + 3] + 1) * 127.5 : 255;
    pixels[to + 3] = alpha;
    for (let channel = 0; channel < 3; channel++) {
      const level = (image[from + (channels < 3 ? 0 : channel)] + 1) * 127.5;
      pixels[to + channel] = channels === 4 ? straight(level, alpha) : level;
    }
  }
  return { image, pixels };
}

/** A colour of a pixel with alpha, 0 to 255, as ImageData has it; networks paint it premultiplied. */
const straight = (level, alpha) => (Math.min(level, alpha) * 255) / Math.max(alpha, 0.5);

async function judge(point) {
  models.discriminator ??= await load("discriminator.tflite");
  const { image } = await paint(point);
  const inputs = { images: [image, [1, ...description.image_shape]], ...asked(point.conditions) };
  const [logit] = await run(models.discriminator, inputs);
  return logit;
}

const tasks = { start, judge, paint: async (point) => (await paint(point)).pixels };

self.onmessage = async ({ data: { task, argument } }) => {
  try {
    const result = await tasks[task](argument);
    self.postMessage({ result }, result?.buffer ? [result.buffer] : []);
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
};
