"""Speed and memory of `python -m kerasgan.sample` for many images.

    python benchmarks/many_samples.py saved_models/generator 5000 50000

Each kind of output is made twice, with few and with many images. The rate is computed from the
difference, so that starting the process does not count. For comparison, the bare generator produces
batches of 64 in a loop in another process, before and after.
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import time

BARE = """
import sys, time
import tensorflow as tf
paint = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
latents = tf.random.normal([64, paint.structured_input_signature[1]["latents"].shape[1]])
paint(latents=latents)
count, began = 0, time.perf_counter()
while time.perf_counter() - began < 15:
    paint(latents=latents)["images"].numpy()
    count += 64
print(count / (time.perf_counter() - began))
"""


def main() -> None:
    """Prints the table."""
    version = max(pathlib.Path(sys.argv[1]).iterdir(), key=lambda path: int(path.name))
    few, many = int(sys.argv[2]), int(sys.argv[3])
    print(f"| output | images/s | share of the bare generator's | MB at {few:,} | MB at {many:,} |")
    print("|---|---|---|---|---|")
    for output in ("faces.npz", "faces"):
        before = _bare_rate(version)
        seconds_few, peak_few = _sample(version, output, few)
        seconds_many, peak_many = _sample(version, output, many)
        bare = (before + _bare_rate(version)) / 2
        rate = (many - few) / (seconds_many - seconds_few)
        print(f"| {output} | {rate:,.0f} | {rate / bare:.0%} | {peak_few:.0f} | {peak_many:.0f} |")


def _bare_rate(version: pathlib.Path) -> float:
    process = subprocess.run(
        [sys.executable, "-c", BARE, str(version)], check=True, capture_output=True, text=True
    )
    return float(process.stdout)


def _sample(version: pathlib.Path, output: str, count: int) -> tuple[float, float]:
    """Seconds, and the peak of resident memory in MB."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        process = subprocess.Popen(
            [
                *[sys.executable, "-m", "kerasgan.sample", f"--model={version}"],
                *[f"--num_images={count}", f"--output={folder}/{output}"],
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise RuntimeError(f"sampling ended with status {status}")
        return time.perf_counter() - began, usage.ru_maxrss / 1024


if __name__ == "__main__":
    main()
