"""The web page in Chromium: what it downloads, its first picture, pictures a second.

python benchmarks/web.py <folder of a page> ...

A page comes from `python -m kerasgan.export --format=web`. Chromium must be installed; it is told
to do without a graphics card. The generators must be without labels. Each number is the median of
five fresh visits.
"""

import gzip
import pathlib
import shutil
import statistics
import sys
import threading

from playwright.sync_api import Browser, sync_playwright

from kerasgan.serving.page_server import page_server

_VISITS = 5
_PAINT = """async () => {
  const { Engine } = await import("./engine.js");
  const { latentsOfSeed } = await import("./philox.js");
  const description = await (await fetch("model.json")).json();
  const engine = new Engine(description);
  await engine.ready;
  const conditions = new Float32Array(0); // of a generator without labels
  const point = (seed) => ({ latents: latentsOfSeed(seed, description.latent_dim), conditions });
  await engine.paint(point(0));
  const start = performance.now();
  let count = 0;
  while (performance.now() - start < 2000) await engine.paint(point(++count));
  return (1000 * count) / (performance.now() - start);
}"""
_FIRST = """async () => {
  while (!document.getElementById("caption").textContent) {
    await new Promise((done) => setTimeout(done, 2));
  }
  return performance.now();
}"""


def visit(browser: Browser, address: str) -> tuple[float, float]:
    """Milliseconds to the first picture, and pictures a second when nothing else is painted."""
    page = browser.new_context().new_page()
    page.goto(address)
    first = page.evaluate(_FIRST)
    page.goto(f"{address}icon.svg")  # the page's own painting ends
    page.goto(address)
    page.evaluate(_FIRST)
    page.wait_for_timeout(1500)
    rate = page.evaluate(_PAINT)
    page.context.close()
    return first, rate


def downloaded(folder: pathlib.Path) -> tuple[int, int]:
    """Bytes of what is asked for before the first picture, as they are and compressed."""
    unused = {"README.md", "LICENSE", "discriminator.tflite"}
    files = [path for path in folder.rglob("*") if path.is_file() and path.name not in unused]
    contents = [path.read_bytes() for path in files]
    return sum(map(len, contents)), sum(len(gzip.compress(content)) for content in contents)


def main() -> None:
    """Prints a row of a table for each page."""
    print("| page | MB | MB with gzip | first picture, ms | pictures/s |\n|---|---|---|---|---|")
    with sync_playwright() as playwright:
        for folder in map(pathlib.Path, sys.argv[1:]):
            server = page_server(folder)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            address = f"http://127.0.0.1:{server.server_port}/"
            visits = [visit(browser, address) for _ in range(_VISITS)]
            browser.close()
            first, rate = (statistics.median(values) for values in zip(*visits, strict=True))
            plain, packed = downloaded(folder)
            print(
                f"| {folder} | {plain / 1e6:.1f} | {packed / 1e6:.1f} | {first:.0f} | {rate:.0f} |"
            )


if __name__ == "__main__":
    main()
