"""Time and memory that the metrics take: `python benchmarks/metrics_speed.py [count]`.

512 faces of 64 x 64 pixels are drawn once and repeated in random order, so that only the metrics
are measured, not the sampling.
"""

import resource
import sys
import time

import numpy as np

from kerasgan.faces import synthetic_faces
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.measuring import sample_array, score, summarize

METRICS = ("swd", "msssim", "kid")


def measure(count: int, metrics: tuple[str, ...]) -> None:
    """Prints one row of the table."""
    few, _ = synthetic_faces(512, image_size=(64, 64), seed=0)
    order = np.random.default_rng(0).integers(len(few), size=2 * count)
    options = {"image_shape": (64, 64, 3), "metrics": metrics}
    options["extractor"] = open_extractor("embedded")
    began, used = time.perf_counter(), time.process_time()
    real = summarize(lambda first, n: few[order[first : first + n]], count, **options)
    generated = summarize(
        lambda first, n: few[order[count + first : count + first + n]], count, **options
    )
    score(real, generated, metrics=metrics)
    seconds, processor = time.perf_counter() - began, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"| {count:,} | {', '.join(metrics)} | {seconds:.1f} | {processor:.1f} | {peak:.2f} |")


def main() -> None:
    """Measures and prints the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    print("| images | metrics | s | s of CPU time | GiB at the peak |\n|---|---|---|---|---|")
    if count <= 10_000:
        summarize(
            sample_array(np.zeros([64, 64, 64, 3], np.uint8), seed=0),
            64,
            image_shape=(64, 64, 3),
            metrics=("kid",),
            extractor=open_extractor("embedded"),
        )  # so that TensorFlow's start is not included
        measure(2000, ("swd",))
    measure(count, METRICS)


if __name__ == "__main__":
    main()
