r"""How often a conditional run paints what it is asked for, compared with a run without labels.

    python -m kerasgan.main --run_dir=runs/plain --epochs=10 --num_images=38400
    python -m kerasgan.main --run_dir=runs/asked --epochs=10 --num_images=38400 \
        --labels=glasses,beard,hair_length,smile
    python benchmarks/conditional.py --run_dir=runs/asked --floor=runs/plain

The floor is the run without labels, read as if it had been asked for the same labels: what chance
agrees on. The other scores compare both with the same held-out faces.
"""

import argparse
import dataclasses
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from kerasgan.config import Config, DataSettings
from kerasgan.metrics.agreement import agreement_scores
from kerasgan.metrics.evaluation import evaluate
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.labelled import ask_for_labels
from kerasgan.metrics.sources import open_generated, open_real

_HELD_OUT_SEED = 2**31  # no run draws such faces


def main() -> None:
    """Prints a table of scores, a column for each run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run_dir", required=True, help="of the conditional run")
    parser.add_argument("--floor", required=True, help="of the run without labels")
    parser.add_argument("--num_samples", type=int, default=5000)
    parser.add_argument("--read", type=int, default=2000, help="pictures whose labels are read")
    options = parser.parse_args()
    config = Config.load(pathlib.Path(options.run_dir) / "config.json")
    settings = DataSettings(
        dataset="synthetic_faces", image_size=config.image_size, labels=config.labels
    )
    extractor = open_extractor("embedded")
    real = open_real(
        "synthetic_faces", seed=_HELD_OUT_SEED, num_samples=options.num_samples, settings=settings
    )
    plain, labelled = (
        open_generated(run, which="last", seed=0, settings=settings)
        for run in (options.floor, options.run_dir)
    )
    asked, real = ask_for_labels(labelled, real, texts=None, seed=0)
    columns = []
    for source in (asked, dataclasses.replace(plain, labels=asked.labels)):
        scores = dict(
            evaluate(
                dataclasses.replace(source, labels=None),
                real,
                metrics=["kid", "swd"],
                extractor=extractor,
                count=options.num_samples,
                seed=0,
            ).scores
        )
        columns.append(scores | agreement_scores(source, real, count=options.read))
    print(f"{'':32}{'asked':>10}{'floor':>10}")
    for name, value in columns[0].items():
        print(f"{name:32}{value:10.4f}{columns[1].get(name, float('nan')):10.4f}")


if __name__ == "__main__":
    main()
