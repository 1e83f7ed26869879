"""Trains one recipe for a number of steps, and evaluates it and draws samples.

    python benchmarks/recipe.py --steps=5200 --base_filters=16 --batch_size=16 --output=recipe/b16

Accepts every flag of `python -m kerasgan.main` and uses one core, so that two recipes can run at
the same time. After half of the steps and at the end, it writes a grid of 96 samples as a PNG and a
row of <output>.jsonl with the sliced Wasserstein distance between 2,000 samples and 2,000 faces
that were not used in training, the losses, and the seconds spent in steps.
"""

import json
import pathlib
import time

import tensorflow as tf
from absl import app, flags

from kerasgan.cli import setting_flags
from kerasgan.config import Config
from kerasgan.data import batches
from kerasgan.faces import synthetic_faces
from kerasgan.metrics.swd import swd
from kerasgan.model.build import build_gan
from kerasgan.pixels import make_grid, to_uint8
from kerasgan.training.callbacks.record_samples import sample_latents

setting_flags.define_flags(Config)
STEPS = flags.DEFINE_integer("steps", 5200, "training steps")
OUTPUT = flags.DEFINE_string("output", "recipe", "prefix of the names of the results")
_TEST_FACES = 2000


def run(argv):
    """Trains and reports."""
    del argv
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    config = Config(**setting_flags.given_settings(Config))
    output = pathlib.Path(OUTPUT.value)
    output.parent.mkdir(parents=True, exist_ok=True)

    count = config.num_images or 10_240
    faces, _ = synthetic_faces(count + _TEST_FACES, image_size=config.image_size, seed=config.seed)
    gan = build_gan(config)
    step_function = tf.function(gan.train_step)
    seconds = 0.0
    data = batches(
        faces[:count],
        batch_size=config.batch_size,
        first_step=0,
        last_step=STEPS.value,
        seed=config.seed,
    )
    for step, batch in enumerate(data, start=1):
        start = time.monotonic()
        results = {name: float(value) for name, value in step_function(batch).items()}
        seconds += time.monotonic() - start
        if step % 100 == 0:
            gan.reset_metrics()
        if step in (STEPS.value // 2, STEPS.value):
            _report(gan, config, faces[count:], output, step, seconds, results)


def _report(gan, config, test_faces, output, step, seconds, results):
    latents = sample_latents(_TEST_FACES, config.latent_dim, config.seed)
    samples = to_uint8(gan.predict(latents, batch_size=100, verbose=0))
    grid = make_grid(samples[:96], columns=12, gap=0)
    output.with_name(f"{output.name}_{step}.png").write_bytes(tf.io.encode_png(grid).numpy())
    row = {"step": step, "seconds": round(seconds, 1), **swd(test_faces, samples), **results}
    with output.with_name(output.name + ".jsonl").open("a") as file:
        file.write(json.dumps({**row, "settings": setting_flags.given_settings(Config)}) + "\n")
    print(json.dumps(row), flush=True)


if __name__ == "__main__":
    app.run(run)
