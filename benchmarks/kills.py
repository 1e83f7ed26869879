"""Kills a run 20 times at random moments and compares the outcomes with an undisturbed run.

    python benchmarks/kills.py

A tiny run is trained to its end in one process. Then it is trained again by processes that are
killed with SIGKILL, each after a random time: some during a step, some while they write a
checkpoint, since this run writes one at every second step. After each kill, another process
continues a copy of the run to the end. Each of these runs must end with the same bits in every
variable, and the same rows, as the undisturbed one.

Exits with status 1 if one does not.
"""

import argparse
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import numpy as np

_FLAGS = [
    "--num_images=32",
    "--image_size=16",
    "--batch_size=4",
    "--base_filters=2",
    "--latent_dim=8",
    "--num_samples=4",
    "--metrics=swd",
    "--best_metric=swd",
    "--evaluate_images_at_end=16",
    "--evaluate_images=16",
    "--log_every_steps=3",
    "--sample_every_steps=50",
    "--checkpoint_every_steps=2",
    "--random_flip",
]


def main() -> int:
    """Kills, continues and compares; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0, help="seed of the moments")
    options = parser.parse_args()
    moments = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        whole = place / "whole"
        _train(whole, options.epochs).wait()
        expected_values, expected_rows = _values(whole), _rows(whole)
        victim, during_saves, failures = place / "victim", 0, 0
        for kill in range(1, options.kills + 1):
            _kill(victim, options.epochs, moments)
            saving = any((victim / "checkpoints").glob("*.unfinished"))
            during_saves += saving
            continued = place / "continued"
            shutil.copytree(victim, continued)
            step = max(_steps(continued), default=0)
            status = _train(continued, options.epochs).wait()
            same = status == 0 and _same(_values(continued), expected_values)
            same_rows = status == 0 and _rows(continued) == expected_rows
            failures += not (same and same_rows)
            print(
                f"kill {kill:2}: continued from step {step:4}"
                f"{', killed during a save' if saving else ''}: "
                f"{'the same bits' if same else 'DIFFERENT WEIGHTS'}, "
                f"{'the same rows' if same_rows else 'DIFFERENT ROWS'}",
                flush=True,
            )
            shutil.rmtree(continued)
            if step >= options.epochs * 8 - 16:  # nearly complete: begin again
                shutil.rmtree(victim)
    print(f"{options.kills - failures} of {options.kills} runs equal the uninterrupted one bit for")
    print(f"bit, in {len(expected_values)} variables; {during_saves} kills were during a save")
    return 1 if failures else 0


def _train(run_dir: pathlib.Path, epochs: int) -> subprocess.Popen:
    """A process that begins or continues the run."""
    command = [sys.executable, "-m", "kerasgan.main", *_FLAGS, f"--epochs={epochs}"]
    command += [f"--run_dir={run_dir}", f"--saved_models_dir={run_dir.parent / 'models'}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=run_dir.parent, **quiet)


def _kill(run_dir: pathlib.Path, epochs: int, moments: random.Random) -> None:
    """Lets a process train for a while and kills it, half of the time at the start of a save."""
    process = _train(run_dir, epochs)
    before = set(_steps(run_dir))
    while process.poll() is None and set(_steps(run_dir)) <= before:
        time.sleep(0.02)
    time.sleep(moments.uniform(0, 1.0))
    if moments.random() < 0.5:
        while process.poll() is None and not any((run_dir / "checkpoints").glob("*.unfinished")):
            pass
        time.sleep(moments.uniform(0, 0.01))
    process.send_signal(signal.SIGKILL)
    process.wait()


def _steps(run_dir: pathlib.Path) -> list[int]:
    indices = (run_dir / "checkpoints").glob("ckpt-*.index")
    return [int(path.stem.removeprefix("ckpt-")) for path in indices]


def _values(run_dir: pathlib.Path) -> dict[str, np.ndarray]:
    """Every variable of the last checkpoint."""
    import tensorflow as tf

    reader = tf.train.load_checkpoint(str(run_dir / "checkpoints" / f"ckpt-{max(_steps(run_dir))}"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("gan/")]
    return {name: reader.get_tensor(name) for name in names}


def _same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].tobytes() == other[name].tobytes() for name in one
    )


def _rows(run_dir: pathlib.Path) -> list[dict]:
    """The rows of metrics.jsonl without the speed."""
    rows = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    return [{k: v for k, v in row.items() if k != "images_per_second"} for row in rows]


if __name__ == "__main__":
    sys.exit(main())
