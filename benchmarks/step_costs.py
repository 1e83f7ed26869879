"""What each part of a recipe costs in a step: `python benchmarks/step_costs.py`.

The default recipe and variants of it take turns, a few steps each in every round, so that
disturbances of the machine affect all of them equally. Ratios are medians over rounds of the ratio
to the default within a round.
"""

import argparse
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import tensorflow as tf

from kerasgan.config import Config
from kerasgan.model.build import build_gan
from kerasgan.training.devices import use_devices

_DEFAULT = "the default"
VARIANTS: dict[str, dict] = {
    _DEFAULT: {},
    "without the penalty": {"penalty": "none"},
    "R1 at every step": {"penalty_every": 1},
    "R1 and R2 at every step": {"penalty": "r1_r2", "penalty_every": 1},
    "WGAN-GP at every step": {"penalty": "wgan_gp", "penalty_every": 1},
    "without minibatch deviation": {"minibatch_deviation": False},
    "without sums to RGB": {"skip_sums": False},
    "spectral norm in the generator": {"g_normalization": "spectral"},
    "alternating updates": {"update_order": "alternating"},
    "DiffAugment": {"augment": "diffaugment"},
    "DiffAugment, translation alone": {"augment": "diffaugment", "augment_kinds": "translation"},
    "ADA": {"augment": "ada"},
    "ADA, flips and shifts": {"augment": "ada", "augment_kinds": "flip,shift"},
    "resnet": {"network": "resnet"},
    "version 0.1's default": {
        "loss": "hinge",
        "penalty": "none",
        "skip_sums": False,
        "minibatch_deviation": False,
        "learning_rate_decay": "none",
        "beta_2": 0.999,
    },
}
_STEPS = 4  # a multiple of penalty_every


def main() -> None:
    """Measures and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    use_devices(Config())
    images = tf.random.stateless_uniform([16, 64, 64, 3], [0, 1], -1, 1)
    steps = {}
    for name, settings in VARIANTS.items():
        gan = build_gan(Config(**settings), total_steps=1000)
        steps[name] = tf.function(gan.train_step)
        for _ in range(2 * _STEPS):
            steps[name](images)
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            began = time.perf_counter()
            for _ in range(_STEPS):
                step(images)["d_loss"].numpy()
            times[name].append((time.perf_counter() - began) / _STEPS)
    print(f"{rounds} rounds of {_STEPS} steps\n\n| | ms/step | of the default |\n|---|---|---|")
    for name, seconds in times.items():
        ratio = statistics.median(a / b for a, b in zip(seconds, times[_DEFAULT], strict=True))
        print(f"| {name} | {1e3 * statistics.median(seconds):.1f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
