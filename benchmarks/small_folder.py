"""What augmentation does for a small folder, at equal seconds: quality against time.

    python benchmarks/small_folder.py --folder=<pictures> --flagfile=flags/faces_folder.flags \
        --seconds=1200

The same recipe without augmentation, with DiffAugment and with ADA. The recipe is that of the flag
file and of any setting given as a flag. One picture in five is held out: no run trains on it. Each
set of samples gets three scores: KID against the held-out pictures; KID against the training
pictures, which falls below the former as a run copies; and how far samples are from their nearest
training pictures, where 1 is as far as the held-out pictures are (medians of distances between
features). `--output` is a folder, `build/small_folder` by default: `results.json`, with which an
interrupted comparison continues; `curves.png`; and for each run a picture of samples above their
nearest training pictures. See `equal_seconds.py` and `contestants.py` for how time is counted.
"""

import os
import pathlib
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from absl import app, flags
from equal_seconds import Comparison, Entry, draw_curves, print_table
from PIL import Image

from kerasgan.cli import setting_flags
from kerasgan.config import Config, DataSettings, choices
from kerasgan.data import load_images
from kerasgan.metrics.extractors import Extractor, open_extractor
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.measuring import score_name
from kerasgan.metrics.nearest import nearest_grid
from kerasgan.metrics.neighbours import nearest

_TITLES = {"none": "no augmentation", "diffaugment": "DiffAugment", "ada": "ADA"}
_HELD_OUT = 5  # one picture in so many
_SPLIT_SEED = 0  # the same pictures are held out for every seed
_NEAREST_SHOWN = 24

setting_flags.define_flags(Config)
FOLDER = flags.DEFINE_string("folder", None, "the pictures", required=True)
SECONDS = flags.DEFINE_float("seconds", 1200, "of training")
SEEDS = flags.DEFINE_list("seeds", ["0", "1", "2"], "of the runs")
AUGMENTATIONS = flags.DEFINE_list("augmentations", list(choices("augment")), "to compare")
DIFFAUGMENT_KINDS = flags.DEFINE_string("diffaugment_kinds", None, "--augment_kinds of DiffAugment")
ADA_KINDS = flags.DEFINE_string("ada_kinds", None, "--augment_kinds of ADA")
JUDGED = flags.DEFINE_integer("judged", 1000, "samples to judge")
OUTPUT = flags.DEFINE_string("output", "build/small_folder", "the folder of results")


def run(argv: list[str]) -> None:
    """Compares, and writes and prints what came of it."""
    del argv
    given = setting_flags.given_settings(Config)
    known = setting_flags.given_settings(DataSettings)
    images = load_images(DataSettings(**{**known, "dataset": FOLDER.value}))
    order = np.random.default_rng(_SPLIT_SEED).permutation(len(images))
    few = len(images) // _HELD_OUT
    held_out, training = images[order[:few]], images[order[few:]]
    extractor = open_extractor(given.get("extractor", Config.extractor))
    folder = pathlib.Path(OUTPUT.value)
    judge = FolderJudge(held_out, training, extractor)
    comparison = Comparison(
        folder=folder,
        entries=_entries(given),
        seconds=SECONDS.value,
        num_samples=JUDGED.value,
        facts={"pictures": len(images), "extractor": extractor.digest},
        training_images=lambda seed: training,
        judge=lambda samples, seed: judge(samples),
        show=lambda title, seed, samples: _save(
            nearest_grid(samples[:_NEAREST_SHOWN], training, extractor),
            folder / f"{title.replace(' ', '_')}_seed{seed}.png",
        ),
    )
    runs = comparison.run([int(seed) for seed in SEEDS.value])
    print_table(runs)
    floor = kid(judge.training, judge.held_out)
    print(f"\ntraining pictures against held-out ones: KID {floor:.4g}")
    title = f"{len(training)} training pictures, {few} held out"
    draw_curves(runs, folder / "curves.png", title=title)
    print(folder / "curves.png")


class FolderJudge:
    """Scores samples against both parts of a folder.

    Args:
        held_out: uint8 [n, H, W, C].
        training: uint8 [m, H, W, C].
        extractor: whose features are compared.
    """

    def __init__(self, held_out: np.ndarray, training: np.ndarray, extractor: Extractor):
        self.held_out, self.training = map(extractor.features, (held_out, training))
        self._extractor = extractor
        self._usual = np.median(nearest(self.held_out, self.training)[1])

    def __call__(self, samples: np.ndarray) -> dict[str, float]:
        """The three scores, by name."""
        features = self._extractor.features(samples)
        name = score_name("kid", len(samples), self._extractor.name)
        distance = np.median(nearest(features, self.training)[1]) / self._usual
        return {
            f"{name}, held out": kid(self.held_out, features),
            f"{name}, training": kid(self.training, features),
            "distance to training": float(distance),
        }


def _entries(given: dict[str, Any]) -> dict[str, Entry]:
    """The recipe with each augmentation."""
    kinds = {"diffaugment": DIFFAUGMENT_KINDS.value, "ada": ADA_KINDS.value}
    # What images are is decided here, except for flips.
    of_images = set(setting_flags.given_settings(DataSettings)) - {"random_flip"}
    others = {"augment", "augment_kinds", "seed", *of_images}
    recipe = {name: value for name, value in given.items() if name not in others}
    return {
        _TITLES[name]: Entry(
            "kerasgan", {**recipe, "augment": name, "augment_kinds": kinds.get(name)}
        )
        for name in AUGMENTATIONS.value
    }


def _save(grid: np.ndarray, path: pathlib.Path) -> None:
    Image.fromarray(grid[..., 0] if grid.shape[-1] == 1 else grid).save(path)


if __name__ == "__main__":
    app.run(run)
