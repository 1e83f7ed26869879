"""Digits by their class: trains on scikit-learn's 1,797 digits, and lets two readers read them.

    python benchmarks/digits.py --seeds=0,1,2

Needs the extra `benchmark`. One reader is the project's own small network, which `evaluate` trains;
the other, scikit-learn's support vector classifier, shares nothing with it. Both learn from real
digits only, and their rates on real digits that they have not seen are printed next to the others.
"""

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC

import kerasgan
from kerasgan.config import Config, DataSettings
from kerasgan.metrics.agreement import agreement_scores
from kerasgan.metrics.labelled import ask_for_labels
from kerasgan.metrics.sources import open_generated, open_real

_SIDE = 16
_READ = 2000


def main() -> None:
    """Prints a row for each seed, and writes a grid with a row for each digit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", default="0,1,2", help="with commas between them")
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--output", type=pathlib.Path, default="build/digits")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    archive = options.output / "digits.npz"
    images, labels = _digits()
    np.savez(archive, images=images, labels=labels)
    print(f"{'seed':>4}{'network':>10}{'(real)':>8}{'SVC':>8}{'(real)':>8}   by digit, SVC")
    for seed in map(int, options.seeds.split(",")):
        run_dir = options.output / f"run{seed}"
        if not (run_dir / "finished.json").exists():
            kerasgan.train(_config(archive, seed, options.epochs), run_dir)
        print(_row(run_dir, archive, seed), flush=True)


def _digits() -> tuple[np.ndarray, np.ndarray]:
    """The digits, uint8 [1797, 16, 16] of 0 to 255, and what they are."""
    digits = load_digits()
    pictures = [
        np.asarray(
            Image.fromarray((digit / 16 * 255).round().astype(np.uint8)).resize(
                (_SIDE, _SIDE), Image.Resampling.BICUBIC
            )
        )
        for digit in digits.images
    ]
    return np.stack(pictures), digits.target.astype(np.int64)


def _config(archive: pathlib.Path, seed: int, epochs: int) -> Config:
    return Config(
        dataset=f"{archive}:images",
        labels="labels",
        image_size=(_SIDE, _SIDE),
        channels=1,
        epochs=epochs,
        seed=seed,
        saved_models_dir=str(archive.parent / "saved_models"),
    )


def _row(run_dir: pathlib.Path, archive: pathlib.Path, seed: int) -> str:
    settings = DataSettings(
        dataset=f"{archive}:images", labels="labels", image_size=(_SIDE, _SIDE), channels=1
    )
    real = open_real(settings.dataset, seed=seed, settings=settings)
    generated = open_generated(str(run_dir), which="last", seed=seed, settings=settings)
    asked, real = ask_for_labels(generated, real, texts=None, seed=0)
    by_network = agreement_scores(asked, real, count=_READ, seed=seed)
    network = by_network["agreement2k"]
    (of_real,) = (value for name, value in by_network.items() if name.endswith("_real"))

    images, labels = _digits()
    train, test, train_labels, test_labels = train_test_split(
        images.reshape(len(images), -1) / 255.0, labels, random_state=seed, test_size=0.25
    )
    reader = SVC(C=10).fit(train, train_labels)
    pictures = asked.sample(0, _READ).reshape(_READ, -1) / 255.0
    wanted = asked.labels(0, _READ).values
    right = reader.predict(pictures) == wanted
    each = " ".join(f"{right[wanted == digit].mean():.2f}" for digit in range(10))
    return (
        f"{seed:4}{network:10.3f}{of_real:8.3f}{right.mean():8.3f}"
        f"{reader.score(test, test_labels):8.3f}   {each}"
    )


if __name__ == "__main__":
    main()
