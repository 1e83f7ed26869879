"""The memory of a training step: `python benchmarks/step_memory.py`.

It depends on the size, the network, the batch and its parts. Each row comes from a process of its
own: what networks and optimizers hold, what two steps of a run, the first with a penalty, add to
the memory before them at their peak, and that peak, with TensorFlow in it. What else the machine
does makes no difference. `--only` measures the rows of one size or network.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

_FAMILIES: dict[str, dict] = {
    "dcgan": {},
    "dcgan, alternating": {"update_order": "alternating"},
    "resnet": {"network": "resnet", "normalization": "none", "penalty_weight": 10.0},
    "r3gan": {
        "network": "r3gan",
        "latent_dim": 64,
        "normalization": "none",
        "g_normalization": "none",
        "skip_sums": False,
        "minibatch_deviation": False,
        "penalty": "r1_r2",
        "penalty_every": 1,
        "update_order": "alternating",
    },
}
_STEPS = 2  # the first has a penalty

# Size, network, filters, batch, parts, whether a bad step can be undone.
ROWS = [
    *((size, "dcgan", 16, 32, parts, True) for size in (64, 128, 256) for parts in (1, 4)),
    *((size, network, 16, 16, 1, True) for network in ("resnet", "r3gan") for size in (64, 128)),
    *((256, network, 16, 16, parts, True) for network in ("resnet", "r3gan") for parts in (1, 4)),
    # Large weights and few images: what is kept to undo a step that is not finite.
    *((64, "dcgan", 128, 8, 1, undo) for undo in (True, False)),
    *((64, "dcgan, alternating", 128, 8, 1, undo) for undo in (True, False)),
]


def measure(
    size: int, network: str, filters: int, batch: int, parts: int, undo: bool
) -> dict[str, float]:
    """MB of this process: before the step, at its peak, and in weights and optimizers."""
    import tensorflow as tf

    from kerasgan.config import Config
    from kerasgan.model.build import build_gan
    from kerasgan.training.devices import use_devices

    config = Config(
        image_size=size,
        base_filters=filters,
        batch_size=batch,
        accumulate_steps=parts,
        **_FAMILIES[network],
    )
    use_devices(config)
    gan = build_gan(config, total_steps=1000)
    if not undo:
        gan._read_state = list  # nothing to put back
    images = tf.random.stateless_uniform([batch, size, size, 3], [0, 1], -1, 1)
    before = _memory("VmRSS")
    data = tf.data.Dataset.from_tensors(images).repeat(_STEPS)
    gan.fit(data, shuffle=False, verbose=0)
    state = sum(variable.value.numpy().nbytes for variable in gan.variables)
    return {"before": before, "peak": _memory("VmHWM"), "state": state / 2**20}


def _memory(entry: str) -> float:
    """Of this process, in MB."""
    # Not from getrusage, whose peak starts with that of the parent process.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(rf"{entry}:\s+(\d+) kB", status)[1]) / 2**10


def main() -> None:
    """Prints the table, or what one process measured."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="a size or a network")
    parser.add_argument("--row", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.row is not None:
        print(json.dumps(measure(*options.row)))
        return
    names = "pixels | network | filters | batch | parts | can undo | state, MB | step, MB"
    print(f"| {names} | peak, MB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for row in ROWS:
        if options.only not in ("", *map(str, row[:2])):
            continue
        command = [sys.executable, __file__, f"--row={json.dumps(row)}"]
        printed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        found = json.loads(printed.splitlines()[-1])
        shown = [found["state"], found["peak"] - found["before"], found["peak"]]
        cells = [*row[:-1], "yes" if row[-1] else "no", *(f"{value:,.0f}" for value in shown)]
        print(f"| {' | '.join(map(str, cells))} |", flush=True)


if __name__ == "__main__":
    main()
