"""Quality against time, compared with other projects: `python benchmarks/quality.py --seconds=250`.

The same synthetic faces, the same two metrics of samples against faces that no one has trained on,
equal seconds of training: the default recipe of this package; PyTorch's DCGAN, at its own size and
at the size of ours; keras.io's DCGAN; and keras.io's GAN with adaptive augmentation. The peers are
written from their descriptions (`peers_pytorch.py`, `peers_keras_io.py`). The clock counts steps,
compilation included; samples are painted at 1/8, 1/4, 1/2 and all of the time, and judged later.

`--output` is a folder, `build/quality` by default: `results.json`, `curves.png`, a grid of samples
per contestant and seed. With the same folder an interrupted comparison continues, and so does one
with more seeds or contestants. `--extractors` names judges: networks whose features KID compares,
as for `kerasgan.evaluate`. PyTorch needs the extra `benchmark` and is left out without it.
"""

import argparse
import functools
import importlib.util
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from equal_seconds import Comparison, Entry, draw_curves, print_table
from PIL import Image

from kerasgan.faces import synthetic_faces
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.measuring import score_name
from kerasgan.metrics.swd import swd
from kerasgan.pixels import make_grid

_FACES = 32_000  # as the default run draws
_HELD_OUT_SEED = 2**31  # seeds from here on are of faces that no one trains on
_SIZE = (64, 64)
ENTRIES = {
    "kerasgan, default recipe": Entry("kerasgan"),
    "PyTorch DCGAN": Entry("pytorch", {"base_filters": 64, "batch_size": 64}),
    "PyTorch DCGAN, 16 filters": Entry("pytorch", {"base_filters": 16, "batch_size": 16}),
    "keras.io DCGAN": Entry("keras_io_dcgan"),
    "keras.io ADA": Entry("keras_io_ada"),
}


def main() -> None:
    """Compares, and writes and prints what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=250)
    parser.add_argument("--seeds", default="0,1,2", help="with commas between them")
    parser.add_argument("--contestants", default=";".join(ENTRIES), help="with ; between them")
    parser.add_argument("--num_samples", type=int, default=5000)
    parser.add_argument("--extractors", default="embedded", help="with commas between them")
    parser.add_argument("--output", type=pathlib.Path, default="build/quality")
    options = parser.parse_args()
    seeds = [int(seed) for seed in options.seeds.split(",")]
    extractors = [open_extractor(name) for name in options.extractors.split(",")]

    @functools.lru_cache(maxsize=1)
    def held_out(seed: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        count, seed = options.num_samples, _HELD_OUT_SEED + seed
        faces, _ = synthetic_faces(count, image_size=_SIZE, seed=seed)
        return faces, {extractor.name: extractor.features(faces) for extractor in extractors}

    def judge(samples: np.ndarray, seed: int) -> dict[str, float]:
        faces, features = held_out(seed)
        scores = {}
        for extractor in extractors:
            name = score_name("kid", len(samples), extractor.name)
            scores[name] = kid(features[extractor.name], extractor.features(samples))
        return {**scores, score_name("swd", len(samples)): swd(faces, samples)["swd"]}

    def show(title: str, seed: int, samples: np.ndarray) -> None:
        name = "".join(letter if letter.isalnum() else "_" for letter in title)
        grid = make_grid(samples[:64], columns=16)
        Image.fromarray(grid).save(options.output / f"{name}_seed{seed}.png")

    comparison = Comparison(
        folder=options.output,
        entries=_chosen(options.contestants),
        seconds=options.seconds,
        num_samples=options.num_samples,
        facts={"extractors": {extractor.name: extractor.digest for extractor in extractors}},
        training_images=lambda seed: synthetic_faces(_FACES, image_size=_SIZE, seed=seed)[0],
        judge=judge,
        show=show,
    )
    runs = comparison.run(seeds)
    other = synthetic_faces(options.num_samples, image_size=_SIZE, seed=2 * _HELD_OUT_SEED - 1)[0]
    floors = judge(other, seeds[0])
    print_table(runs)
    print("\nother real faces:", ", ".join(f"{name} {at:.4g}" for name, at in floors.items()))
    title = "Synthetic faces, 64 x 64 pixels: lower is better; dotted: other real faces"
    draw_curves(runs, options.output / "curves.png", title=title, floors=floors)
    print(options.output / "curves.png")


def _chosen(names: str) -> dict[str, Entry]:
    """The entries that were asked for and can run here."""
    wanted = names.split(";")
    for name in wanted:
        if name not in ENTRIES:
            raise SystemExit(f"--contestants={name}: must be of {'; '.join(ENTRIES)}")
    missing = importlib.util.find_spec("torch") is None
    left_out = [name for name in wanted if missing and ENTRIES[name].contestant == "pytorch"]
    for name in left_out:
        print(f"{name} is left out: PyTorch is not installed (the extra `benchmark`)")
    return {name: ENTRIES[name] for name in wanted if name not in left_out}


if __name__ == "__main__":
    main()
