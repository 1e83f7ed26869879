"""Memory and time to prepare a data set and read one epoch of it, with the disk cache.

python benchmarks/data_pictures.py --folder=/tmp/pictures
for n in 20000 100000 202599; do
  python benchmarks/data_memory.py --folder=/tmp/pictures --count=$n --cache_dir=/tmp/cache
done

A second call with the same cache measures the time from a prepared data set to its first batch.
"""

import resource
import time

from absl import app, flags

from kerasgan.cli.app import start_tensorflow

FOLDER = flags.DEFINE_string("folder", "/tmp/pictures", "a folder of pictures, or an archive")
COUNT = flags.DEFINE_integer("count", None, "the number of pictures to use")
CACHE_DIR = flags.DEFINE_string("cache_dir", "/tmp/cache", "the folder for the cache")
EPOCHS = flags.DEFINE_integer("epochs", 1, "passes over the images; 0: only the first batch")


def run(argv: list[str]) -> None:
    """Prints seconds and megabytes of resident memory."""
    del argv
    start_tensorflow()
    from kerasgan.config import DataSettings
    from kerasgan.data import batches, load_images

    print(f"TensorFlow imported: {_peak():,.0f} MB resident at the peak")
    start = time.perf_counter()
    images = load_images(
        DataSettings(
            dataset=FOLDER.value,
            num_images=COUNT.value,
            cache="disk",
            cache_dir=CACHE_DIR.value,
        )
    )
    prepared = time.perf_counter() - start
    peak = _peak()
    steps = max(1, EPOCHS.value * (len(images) // 64))
    data = iter(batches(images, batch_size=64, first_step=0, last_step=steps, seed=0))
    next(data)
    first = time.perf_counter() - start
    print(f"{len(images):,} images: prepared in {prepared:.1f} s, {peak:,.0f} MB at the peak")
    print(f"first batch after {first:.1f} s")
    done = 64 * (1 + sum(1 for _ in data))
    rest = time.perf_counter() - start - first
    print(f"{done:,} images read in {rest:.1f} s more, {_peak():,.0f} MB at the peak")


def _peak() -> float:
    """The peak of resident memory so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    app.run(run)
