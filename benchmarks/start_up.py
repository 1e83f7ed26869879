"""How long a user waits at the start of the default run: `python benchmarks/start_up.py`.

Real commands in new processes, several times: the time to the end of `--help`, and from
`python -m kerasgan.main --epochs=5` to the first sample grid and to the end of the first training
step. The data are drawn during the run, as for a user who starts it for the first time.
"""

import argparse
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

_COMMAND = [sys.executable, "-m", "kerasgan.main"]


def time_to_help() -> float:
    """Seconds to the end of --help."""
    began = time.monotonic()
    subprocess.run([*_COMMAND, "--help"], stdout=subprocess.DEVNULL, check=False)
    return time.monotonic() - began


def time_to_first_step() -> tuple[float, float]:
    """Seconds to the first sample grid, and to the first step in the progress bar."""
    with tempfile.TemporaryDirectory() as folder:
        place = pathlib.Path(folder)
        progress = place / "progress"
        began = time.monotonic()
        with progress.open("w") as terminal:
            process = subprocess.Popen(
                # A row of metrics, and with it a line of progress, after the first step.
                [*_COMMAND, "--epochs=5", "--run_dir=run", "--log_every_steps=1"],
                cwd=place,
                stdout=subprocess.DEVNULL,
                stderr=terminal,
            )
        picture, row = place / "run/samples/ema_00000000.png", place / "run/metrics.jsonl"
        to_picture = _wait(process, picture, began)
        to_step = _wait(process, row, began)
        process.send_signal(signal.SIGKILL)
        process.wait()
    return to_picture, to_step


def _wait(process: subprocess.Popen, path: pathlib.Path, began: float) -> float:
    while not (path.exists() and path.stat().st_size):
        if process.poll() is not None:
            raise RuntimeError(f"the run ended with status {process.returncode}")
        time.sleep(0.01)
    return time.monotonic() - began


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=5)
    times = parser.parse_args().times
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    pictures, steps = zip(*(time_to_first_step() for _ in range(times)), strict=True)
    rows = {
        "the end of --help": [time_to_help() for _ in range(times)],
        "the first sample grid": pictures,
        "the end of the first training step": steps,
    }
    print("| from the command to | s, median | s, longest |\n|---|---|---|")
    for name, seconds in rows.items():
        print(f"| {name} | {statistics.median(seconds):.2f} | {max(seconds):.2f} |")


if __name__ == "__main__":
    main()
