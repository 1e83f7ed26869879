"""Three engines that could paint the web page's pictures, in Chromium without a graphics card.

npm install onnxruntime-web@1.30.0 @litertjs/core@2.5.3 @litertjs/wasm-utils@2.5.3 \
    @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 \
    @tensorflow/tfjs-backend-wasm@4.22.0
python benchmarks/web_engines.py node_modules

Each paints the pictures of DCGAN's generator (64 x 64, untrained) one by one, in one thread. For
TensorFlow.js the network is written in its own operations, since nothing converts Keras 3 models.
"""

import gzip
import pathlib
import shutil
import sys
import tempfile
import threading
import time

from playwright.sync_api import Browser, sync_playwright

from kerasgan.model.networks.dcgan import build_generator
from kerasgan.serving.endpoints import Endpoints
from kerasgan.serving.other_runtimes import export_file
from kerasgan.serving.page_server import page_server
from kerasgan.serving.web_page import write_page

_ENGINES = {
    "LiteRT.js": (
        "@litertjs/core/dist/index.js",
        "@litertjs/core/wasm/litert_wasm_compat_internal",
    ),
    "ONNX Runtime Web": (
        "onnxruntime-web/dist/ort.wasm.min.mjs",
        "onnxruntime-web/dist/ort-wasm-simd-threaded",
    ),
    "TensorFlow.js": (
        "@tensorflow/tfjs-core/dist/tf-core.es2017.min.js",
        "@tensorflow/tfjs-backend-cpu/dist/tf-backend-cpu.es2017.min.js",
        "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js",
        "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd",
    ),
}

# Each makes `run`, a function from latents to a picture.
_PROGRAMS = {
    "LiteRT.js": """
      import * as litert from "/node_modules/@litertjs/core/dist/index.js";
      const { loadLiteRt, loadAndCompile, Tensor } = litert;
      await loadLiteRt("/node_modules/@litertjs/core/wasm/litert_wasm_compat_internal.js");
      const model = await loadAndCompile("/page/generator.tflite", { accelerator: "wasm" });
      const run = async (latents) => {
        const input = new Tensor(latents, [1, 100]), [output] = await model.run([input]);
        output.toTypedArray().slice();
        input.delete();
        output.delete();
      };""",
    "ONNX Runtime Web": """
      import * as ort from "/node_modules/onnxruntime-web/dist/ort.wasm.min.mjs";
      ort.env.wasm.numThreads = 1;
      ort.env.wasm.wasmPaths = "/node_modules/onnxruntime-web/dist/";
      const session = await ort.InferenceSession.create("/generator.onnx");
      const run = (latents) => session.run({ latents: new ort.Tensor(latents, [1, 100]) });""",
    "TensorFlow.js": """
      tf.wasm.setWasmPaths("/node_modules/@tensorflow/tfjs-backend-wasm/dist/");
      await tf.setBackend("wasm");
      const dense = tf.randomNormal([100, 16 * 8 * FILTERS], 0, 0.02);
      const kernels = [8, 4, 2, 1].map((width, depth) =>
        tf.randomNormal([4, 4, depth < 3 ? (width * FILTERS) / 2 : 3, width * FILTERS], 0, 0.02));
      const run = async (latents) => {
        const images = tf.tidy(() => {
          let x = tf.matMul(tf.tensor2d(latents, [1, 100]), dense);
          x = tf.reshape(tf.relu(x), [1, 4, 4, 8 * FILTERS]);
          for (const [depth, kernel] of kernels.entries()) {
            const side = 2 * x.shape[1];
            x = tf.conv2dTranspose(x, kernel, [1, side, side, kernel.shape[2]], 2, "same");
            x = depth < 3 ? tf.relu(tf.add(tf.mul(x, 1.1), 0.1)) : tf.tanh(x);
          }
          return x;
        });
        await images.data();
        images.dispose();
      };""",
}
_MEASURE = """
  await run(new Float32Array(100).fill(0.5));
  const first = performance.now();
  let count = 0;
  while (performance.now() - first < 3000) await run(new Float32Array(100).fill(++count % 3));
  globalThis.measured = [first, (1000 * count) / (performance.now() - first)];
"""


def write_programs(folder: pathlib.Path, base_filters: int) -> None:
    """A page for each engine, and the networks that they read."""
    generator = build_generator((64, 64, 3), base_filters=base_filters)
    functions = Endpoints(generator).functions()
    shape = {"image_shape": (64, 64, 3), "latent_dim": 100}
    write_page(folder / "page", paint=functions["serving_default"], metadata={}, **shape)
    export_file(generator, folder / "generator.onnx", "onnx")
    for name, program in _PROGRAMS.items():
        source = program.replace("FILTERS", str(base_filters)) + _MEASURE
        (folder / f"{name}.js").write_text(source)
        scripts = _ENGINES[name][:-1] if name == "TensorFlow.js" else ()
        tags = "".join(f"<script src=/node_modules/{script}></script>" for script in scripts)
        page = f"<!doctype html><body>{tags}<script type=module src='{name}.js'></script>"
        (folder / f"{name}.html").write_text(page)


def measure(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds to the first picture, pictures a second."""
    page = browser.new_page()
    page.goto(address)
    while not page.evaluate("globalThis.measured"):
        time.sleep(0.1)
    first, rate = page.evaluate("globalThis.measured")
    page.close()
    return first, rate


def main() -> None:
    """Prints a row for each engine and size of network."""
    modules = pathlib.Path(sys.argv[1]).resolve()
    print("| engine | filters | MB | MB with gzip | first picture, ms | pictures/s |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        folder = pathlib.Path(place)
        shutil.copytree(modules, folder / "node_modules")
        index = (
            folder / "node_modules/@litertjs/core/dist/index.js"
        )  # modules name files in browsers
        utils = "/node_modules/@litertjs/wasm-utils/dist/index.js"
        index.write_text(index.read_text().replace('"@litertjs/wasm-utils"', f'"{utils}"'))
        server = page_server(folder)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for base_filters in (16, 64):
            write_programs(folder, base_filters)
            for name, (*scripts, wasm) in _ENGINES.items():
                glue = [f"{wasm}.js", f"{wasm}.mjs", f"{wasm}.wasm"]
                files = [folder / "node_modules" / file for file in [*scripts, *glue]]
                contents = [path.read_bytes() for path in files if path.exists()]
                browser = playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
                )
                address = f"http://127.0.0.1:{server.server_port}/{name}.html"
                first, rate = measure(browser, address)
                browser.close()
                plain, packed = (sum(map(len, x)) for x in (contents, map(gzip.compress, contents)))
                print(
                    f"| {name} | {base_filters} | {plain / 1e6:.1f} | {packed / 1e6:.1f} "
                    f"| {first:.0f} | {rate:.0f} |"
                )


if __name__ == "__main__":
    main()
