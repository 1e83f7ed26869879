"""How the cost of a step grows with its size: `python benchmarks/scaling.py`.

The default recipe with one setting changed at a time: batch size, image size, base_filters. If the
cost per unit of work (the last column) stays constant, the cost grows linearly with the work. Each
row is measured in a separate process, with the threads that a run of that size would use.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_ROWS = [
    *({"batch_size": size} for size in (1, 4, 16, 64, 128)),
    *({"image_size": side} for side in (32, 64, 128, 256)),
    *({"base_filters": filters} for filters in (4, 8, 16, 32, 64)),
]
_SECONDS = 8.0  # of steps in a row


def measure(**changes: int) -> tuple[float, float, float]:
    """Milliseconds per step (median), milliseconds of CPU time (mean), GFLOP per step."""
    import tensorflow as tf

    from kerasgan.config import Config
    from kerasgan.model.build import build_gan
    from kerasgan.training.devices import use_devices

    config = Config(**changes)
    use_devices(config)
    gan = build_gan(config)
    step = tf.function(gan.train_step)
    images = tf.random.uniform([config.batch_size, *config.image_shape], -1, 1)
    walls: list[float] = []
    for number in range(10_000):
        if number == 3:
            used, began_all = time.process_time(), time.perf_counter()
        began = time.perf_counter()
        step(images)["d_loss"].numpy()
        if number >= 3:
            walls.append(time.perf_counter() - began)
            if time.perf_counter() - began_all > _SECONDS and len(walls) >= 3:
                break
    processor = (time.process_time() - used) / len(walls)
    return 1e3 * statistics.median(walls), 1e3 * processor, _gflop(gan, config.batch_size)


def _gflop(gan, batch_size: int) -> float:
    """GFLOP of the convolutions and the dense layer in a step with one forward pass."""
    forward = {}
    for network in (gan.generator, gan.discriminator):
        forward[network] = 0
        for layer in network.layers:
            if hasattr(layer, "kernel"):
                sides = [
                    t.shape[1] * t.shape[2] for t in (layer.input, layer.output) if t.shape[2:]
                ]
                # A kernel is applied once at each position of the smaller of the two grids.
                places = min(sides) if len(sides) == 2 else 1
                forward[network] += 2 * layer.kernel.shape.num_elements() * places
    return batch_size * (3 * forward[gan.generator] + 7 * forward[gan.discriminator]) / 1e9


def main() -> None:
    """Prints the table, or one row's figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", type=int, help=argparse.SUPPRESS)
    row = parser.parse_args().row
    if row is not None:
        print(*measure(**_ROWS[row]))
        return
    print("| changed | ms/step | ms of CPU time | GFLOP | ms of CPU time / GFLOP |")
    print("|---|---|---|---|---|")
    for number, changes in enumerate(_ROWS):
        command = [sys.executable, __file__, f"--row={number}"]
        result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        wall, processor, work = map(float, result.stdout.splitlines()[-1].split())
        ((name, value),) = changes.items()
        figures = f"{wall:.1f} | {processor:.1f} | {work:.2f} | {processor / work:.1f}"
        print(f"| {name}={value} | {figures} |", flush=True)


if __name__ == "__main__":
    main()
