"""The training step compared with others on the same work: `python benchmarks/train_step.py`.

DCGAN's networks at 64 x 64 pixels with 64 filters, batch norm in both, batches of 64, Adam and
binary cross entropy. Each contestant has a process of its own, because the threads of two
frameworks in one process disturb each other. The processes take turns, one step each in every
round, so that disturbances of the machine affect all of them equally; a matrix product in each
round shows how fast the machine is at that moment. The ratios are medians over rounds of the ratio
within a round. Memory is the peak of each process. Needs the extra `benchmark`.
"""

import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

BATCH_SIZE, BASE_FILTERS = 64, 64
_MATRIX = 4096


def _convolution(side: int, inputs: int, outputs: int) -> int:
    """Floating point operations of a 4 x 4 layer between [2 side]^2 and [side]^2 pixels."""
    return 2 * 16 * inputs * outputs * side**2


_F = BASE_FILTERS
_PIXELS = BATCH_SIZE * _convolution(32, 3, _F)  # the layer next to the images, in either network
_DENSE = BATCH_SIZE * 2 * 100 * 16 * 8 * _F
_MIDDLE = BATCH_SIZE * sum(
    _convolution(side, width * _F, 2 * width * _F) for side, width in ((16, 1), (8, 2), (4, 4))
)
_G = (
    _DENSE + _MIDDLE + _PIXELS
)  # one forward pass; a backward pass to inputs or to weights costs the same
_D = _PIXELS + _MIDDLE + BATCH_SIZE * 2 * 16 * 8 * _F
# Forward 1 G and 2 D; D's loss back to weights and inputs, except to the images; G's loss back
# through D to the images, then to weights and inputs of G, except to the latents.
_ONE_PASS = _G + 2 * _D + 2 * (2 * _D - _PIXELS) + _D + 2 * _G - _DENSE
_ALTERNATING = _ONE_PASS + _D  # D sees the same images once more


def _kerasgan(update_order: str) -> Callable[[], None]:
    import tensorflow as tf

    from kerasgan.model.build import build_gan

    gan = build_gan(_config(update_order))
    step = tf.function(gan.train_step)
    images = tf.random.uniform([BATCH_SIZE, 64, 64, 3], -1, 1)
    return lambda: [value.numpy() for value in step(images).values()]


def _config(update_order: str = "simultaneous"):
    from kerasgan.config import Config

    return Config(
        base_filters=BASE_FILTERS,
        batch_size=BATCH_SIZE,
        normalization="batch",
        loss="non_saturating",
        update_order=update_order,
        beta_1=0.5,
    )


def _pytorch(**options: bool) -> Callable[[], None]:
    from peers_pytorch import pytorch_step

    return pytorch_step(batch_size=BATCH_SIZE, base_filters=BASE_FILTERS, **options)


def _keras(*, two_passes: bool) -> Callable[[], None]:
    from peers_keras import keras_step

    return keras_step(batch_size=BATCH_SIZE, base_filters=BASE_FILTERS, two_passes=two_passes)


# For each name, a function that makes the step, and the floating point operations of a step.
CONTESTANTS: dict[str, tuple[Callable[[], Callable[[], None]], int]] = {
    "kerasgan, simultaneous": (lambda: _kerasgan("simultaneous"), _ONE_PASS),
    "kerasgan, alternating": (lambda: _kerasgan("alternating"), _ALTERNATING),
    "TensorFlow tutorial": (lambda: _keras(two_passes=False), _ONE_PASS),
    "keras.io, two passes": (lambda: _keras(two_passes=True), _ALTERNATING + _G),
    "PyTorch": (_pytorch, _ALTERNATING + _D),
    "PyTorch, channels_last": (lambda: _pytorch(channels_last=True), _ALTERNATING + _D),
    "PyTorch, channels_last, D frozen": (
        lambda: _pytorch(channels_last=True, frozen=True),
        _ALTERNATING,
    ),
    "PyTorch, torch.compile": (
        lambda: _pytorch(channels_last=True, compiled=True),
        _ALTERNATING + _D,
    ),
}
_OURS = next(iter(CONTESTANTS))


def _matrix_product() -> Callable[[], object]:
    import tensorflow as tf

    left, right = tf.random.normal([2, _MATRIX, _MATRIX])
    product = tf.function(lambda: tf.matmul(left, right)[0, 0])
    return lambda: product().numpy()


_PRODUCT = "matrix product"
CONTESTANTS[_PRODUCT] = (_matrix_product, 2 * _MATRIX**3)


class Contestant:
    """A process that makes a step when it is asked to."""

    def __init__(self, name: str):
        command = [sys.executable, __file__, f"--serve={name}"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.step()  # compiled at the first call, steady from the third
        self.step()

    def step(self) -> tuple[float, float]:
        """Seconds of wall-clock time and of CPU time."""
        wall, processor = self._ask("step").split()
        return float(wall), float(processor)

    def peak_memory(self) -> float:
        """In GiB, so far."""
        return float(self._ask("memory"))

    def _ask(self, what: str) -> str:
        print(what, file=self._process.stdin, flush=True)
        return self._process.stdout.readline()


def serve(name: str) -> None:
    """Answers requests on standard input, until it is closed."""
    if not name.startswith("PyTorch"):
        from kerasgan.training.devices import use_devices

        use_devices(_config())
    step = CONTESTANTS[name][0]()
    for request in sys.stdin:
        if request.strip() == "memory":
            # Not from getrusage, whose value starts with that of the parent process.
            status = pathlib.Path("/proc/self/status").read_text()
            print(int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 2**20, flush=True)
            continue
        began, used = time.perf_counter(), time.process_time()
        step()
        print(time.perf_counter() - began, time.process_time() - used, flush=True)


def compare(rounds: int) -> None:
    """Prints the table."""
    contestants = {name: Contestant(name) for name in CONTESTANTS}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants)
        shift = number % len(names)
        for name in names[shift:] + names[:shift]:
            times[name].append(contestants[name].step())

    rate = 2 * _MATRIX**3 / statistics.median(wall for wall, _ in times[_PRODUCT])
    print(f"{rounds} rounds; a {_MATRIX} float32 matrix product reaches {rate / 1e9:.0f} GFLOP/s\n")
    print(
        "| | ms/step | images/s | ratio | ratio of CPU time | GFLOP | share of that rate | "
        "peak memory, GiB |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for name, (_, work) in CONTESTANTS.items():
        if name == _PRODUCT:
            continue
        wall = statistics.median(seconds for seconds, _ in times[name])
        pairs = list(zip(times[name], times[_OURS], strict=True))
        ratio = statistics.median(theirs[0] / ours[0] for theirs, ours in pairs)
        processor = statistics.median(theirs[1] / ours[1] for theirs, ours in pairs)
        products = zip(times[name], times[_PRODUCT], strict=True)
        share = statistics.median(
            work / mine[0] / (2 * _MATRIX**3 / product[0]) for mine, product in products
        )
        print(
            f"| {name} | {1e3 * wall:.0f} | {BATCH_SIZE / wall:.0f} | {ratio:.2f} | "
            f"{processor:.2f} | {work / 1e9:.0f} | {share:.0%} | "
            f"{contestants[name].peak_memory():.2f} |",
            flush=True,
        )


def main() -> None:
    """Compares all contestants, or is one of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--serve", choices=CONTESTANTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve is None:
        compare(options.rounds)
    else:
        serve(options.serve)


if __name__ == "__main__":
    main()
