r"""What a trained model saves on a small folder: runs from scratch, and fine-tuned for a quarter.

    python benchmarks/finetune.py --init_from=runs/0001-synthetic_faces --folder=<pictures> \
        --steps=3456

For each seed, a run from scratch of `--steps` steps and one of a quarter of them that begins with
the networks of `--init_from`, on the same pictures and with the same flags. Any flag of training
may be given, also in a `--flagfile`; `--scratch` and `--tuned` name a flag of one of the two alone.
The averages at the last step are scored as by `python -m kerasgan.evaluate`, against all pictures
of the folder: KID, and precision and coverage, where 1 is best.

`--output` is a folder, `build/finetune` by default: the runs, of which complete ones are not
trained again, and for each run a picture of samples above their nearest training pictures.
"""

import os
import pathlib
import statistics
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

from absl import app, flags

from kerasgan.cli import setting_flags
from kerasgan.config import Config, DataSettings
from kerasgan.data import ImageSet, load_images
from kerasgan.metrics.evaluation import evaluate
from kerasgan.metrics.extractors import Extractor, open_extractor
from kerasgan.metrics.measuring import score_name
from kerasgan.metrics.nearest import nearest_grid
from kerasgan.metrics.sources import open_generated, source_of_images
from kerasgan.runs.folder import is_finished
from kerasgan.sampling.picture_files import write_png

_TIMES = 4  # as many steps has a run from scratch
_NEAREST_SHOWN = 32
_SCORES = ("kid", "precision", "coverage")

setting_flags.define_flags(Config)
flags.mark_flag_as_required("init_from")
FOLDER = flags.DEFINE_string("folder", None, "the pictures", required=True)
STEPS = flags.DEFINE_integer("steps", 3456, "of a run from scratch")
SEEDS = flags.DEFINE_list("seeds", ["0", "1", "2"], "of the runs")
SCRATCH = flags.DEFINE_multi_string("scratch", [], "a flag of the runs from scratch alone")
TUNED = flags.DEFINE_multi_string("tuned", [], "a flag of the fine-tuned runs alone")
OUTPUT = flags.DEFINE_string("output", "build/finetune", "the folder of results")


def run(argv: list[str]) -> None:
    """Trains what is not trained yet, and prints a row of a table for each kind of run."""
    del argv
    given = setting_flags.given_settings(Config) | {"dataset": FOLDER.value}
    config = Config(**given)
    images = load_images(config)
    extractor = open_extractor(config.extractor)
    steps_per_epoch = len(images) // config.images_per_step
    epochs = STEPS.value // (_TIMES * steps_per_epoch)  # of a fine-tuned run
    if epochs == 0:
        raise SystemExit(f"--steps={STEPS.value}: must be at least {_TIMES * steps_per_epoch}")
    origin = f"--init_from={given.pop('init_from')}"
    both = {**given, "evaluate_every_epochs": epochs}
    kinds = {
        "from scratch": (_TIMES * epochs, SCRATCH.value),
        "fine-tuned": (epochs, [origin, *TUNED.value]),
    }
    rows: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
    for seed in map(int, SEEDS.value):  # so that both kinds have their first seed early
        for kind, (length, own) in kinds.items():
            run_dir = pathlib.Path(OUTPUT.value) / f"{kind.replace(' ', '_')}_seed{seed}"
            if not is_finished(run_dir, length * steps_per_epoch):
                _train(run_dir, {**both, "seed": seed, "epochs": length}, own)
            rows[kind].append(_judge(run_dir, images, extractor))
            print(f"{kind}, seed {seed}: {rows[kind][-1]}", file=sys.stderr, flush=True)
    print("| start | steps | KID x 1000 | precision | coverage |\n|---|---|---|---|---|")
    for kind, (length, _) in kinds.items():
        cells = [_cell([1000 * row["kid"] for row in rows[kind]], ".0f")]
        cells += [_cell([row[name] for row in rows[kind]], ".2f") for name in _SCORES[1:]]
        print(f"| {kind} | {length * steps_per_epoch} | {' | '.join(cells)} |")


def _train(run_dir: pathlib.Path, settings: dict[str, object], own: list[str]) -> None:
    """Begins or continues a run, as a command of its own."""
    models = {"saved_models_dir": run_dir.parent / "models", "model_name": run_dir.name}
    given = [f"--{name}={value}" for name, value in {**settings, **models}.items()]
    command = [sys.executable, "-m", "kerasgan.main", f"--run_dir={run_dir}", *given, *own]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _judge(run_dir: pathlib.Path, images: ImageSet, extractor: Extractor) -> dict[str, float]:
    """The scores of a run's last average, by name; writes the picture of its samples."""
    generated = open_generated(str(run_dir), which="last", seed=0, settings=DataSettings())
    count = len(images)
    scores = evaluate(
        generated,
        source_of_images("folder", FOLDER.value, images, seed=0),
        metrics=["kid", "prdc"],
        count=count,
        extractor=extractor,
        seed=0,
        show_progress=False,
    ).scores
    grid = nearest_grid(generated.sample(0, _NEAREST_SHOWN), images, extractor)
    write_png(run_dir.with_suffix(".png"), grid)
    return {name: scores[score_name(name, count, extractor.name)] for name in _SCORES}


def _cell(values: list[float], form: str) -> str:
    """The median, and in brackets all values in order."""
    seen = ", ".join(format(value, form) for value in sorted(values))
    return f"{statistics.median(values):{form}} ({seen})"


if __name__ == "__main__":
    app.run(run)
