"""The rates of large networks and of a matrix product: `python benchmarks/network_rates.py`.

Each row is a process of its own, with the threads that a run of that size would use. Steps and
float32 matrix products of 4096 x 4096 take turns. Work is counted in the traced step: every
convolution, its gradients and the gradients of those, and every matrix product.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_R1_ALWAYS = {"penalty": "r1", "penalty_every": 1}
# With the widths of a GPU: those of the presets, and DCGAN's.
ROWS: list[dict] = [
    {"base_filters": 64, "batch_size": 64, **_R1_ALWAYS},
    {"network": "resnet", "base_filters": 64, **_R1_ALWAYS},
    {"network": "resnet", "base_filters": 32, "image_size": 128, **_R1_ALWAYS},
    {
        "network": "r3gan",
        "base_filters": 96,
        "latent_dim": 64,
        "normalization": "none",
        "g_normalization": "none",
        "skip_sums": False,
        "minibatch_deviation": False,
        "penalty": "r1_r2",
        "penalty_every": 1,
    },
]
_MATRIX = 4096
_ROUNDS = 5


def measure(**settings) -> tuple[float, float, float]:
    """Milliseconds per step, GFLOP per step, and its rate relative to the matrix product's."""
    import tensorflow as tf

    from kerasgan.config import Config
    from kerasgan.model.build import build_gan
    from kerasgan.training.devices import use_devices

    config = Config(**settings)
    use_devices(config)
    gan = build_gan(config, total_steps=1000)
    images = tf.random.stateless_uniform([config.batch_size, *config.image_shape], [0, 1], -1, 1)
    step = tf.function(gan.train_step).get_concrete_function(images)
    work = sum(flop(operation, config.batch_size) for operation in needed(step.graph))
    matrix = tf.random.stateless_normal([_MATRIX, _MATRIX], [0, 1])

    def seconds(function) -> float:
        began = time.perf_counter()
        function()
        return time.perf_counter() - began

    step(images)
    rounds = [
        (
            seconds(lambda: step(images)["d_loss"].numpy()),
            seconds(lambda: (matrix @ matrix).numpy()),
        )
        for _ in range(_ROUNDS)
    ]
    step_seconds, matrix_seconds = (
        statistics.median(column) for column in zip(*rounds, strict=True)
    )
    rate = (work / step_seconds) / (2 * _MATRIX**3 / matrix_seconds)
    return 1e3 * step_seconds, work / 1e9, rate


def needed(graph) -> set:
    """The operations whose results are used: TensorFlow removes the others."""
    left = [tensor.op for tensor in graph.outputs]
    left += [
        each for each in graph.get_operations() if each.type.startswith(("Assign", "Resource"))
    ]
    found = set()
    while left:
        operation = left.pop()
        if operation not in found:
            found.add(operation)
            left += [*(tensor.op for tensor in operation.inputs), *operation.control_inputs]
    return found


def flop(operation, batch_size: int) -> float:
    """Multiplications and additions of a TensorFlow operation; 0 for small ones."""

    def sizes(tensor) -> list[int]:
        first, *others = tensor.shape.as_list()
        return [first or batch_size, *others]

    if operation.type in ("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"):
        images, kernel = {
            "Conv2D": lambda: (operation.outputs[0], operation.inputs[1]),
            "Conv2DBackpropInput": lambda: (operation.inputs[2], operation.inputs[1]),
            "Conv2DBackpropFilter": lambda: (operation.inputs[2], operation.outputs[0]),
        }[operation.type]()
        count, height, width, _ = sizes(images)
        # A kernel is [height, width, channels of a group, filters].
        rows, columns, channels, filters = kernel.shape.as_list()
        return 2.0 * count * height * width * rows * columns * channels * filters
    if operation.type in ("MatMul", "BatchMatMulV2"):
        shape = sizes(operation.inputs[0])
        turned = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
        summed = shape[-2] if turned else shape[-1]
        product = 2.0 * summed
        for size in sizes(operation.outputs[0]):
            product *= size
        return product
    return 0.0


def main() -> None:
    """Prints the table, or one row's figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--row", type=int, help=argparse.SUPPRESS)
    row = parser.parse_args().row
    if row is not None:
        print(json.dumps(measure(**ROWS[row])))
        return
    print("| settings | ms/step | GFLOP | of the matrix product's rate |\n|---|---|---|---|")
    for number, settings in enumerate(ROWS):
        command = [sys.executable, __file__, f"--row={number}"]
        result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        milliseconds, work, rate = json.loads(result.stdout.splitlines()[-1])
        named = ", ".join(f"{name}={value}" for name, value in settings.items())
        print(f"| {named} | {milliseconds:,.0f} | {work:.0f} | {rate:.0%} |", flush=True)


if __name__ == "__main__":
    main()
