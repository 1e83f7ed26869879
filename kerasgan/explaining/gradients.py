"""Measures what reaches each network of a run: tables and a PNG.

`python -m kerasgan.explain gradients --run_dir=runs/0001-synthetic_faces`
"""

import dataclasses
import pathlib

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.errors import UserError

_MAX_IMAGES = 2048  # enough for the steps of D alone


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("gradients.png")
    flags.DEFINE_string("run_dir", None, "the run's folder")
    flags.DEFINE_string("checkpoint", "last", "last, best, or a step's number")
    flags.DEFINE_integer("steps", 160, "steps of training D alone while G waits")


def main() -> int:
    """Prints both tables, paints the figure, and prints its path."""
    options = flags.FLAGS
    if options.run_dir is None:
        raise UserError("--run_dir: must be given, such as runs/0001-synthetic_faces")
    steps = common_flags.check_number("steps", 1)
    (output,) = common_flags.check_figure()
    app.start_tensorflow()
    from kerasgan.data import batches, load_images
    from kerasgan.explaining import gradient_norms
    from kerasgan.explaining.gradients_figure import draw_confidence
    from kerasgan.runs.restore import restore_run

    config, gan, _ = restore_run(pathlib.Path(options.run_dir), options.checkpoint)
    enough = max(_MAX_IMAGES, config.batch_size)
    num_images = min(enough, config.num_images or enough)
    few = dataclasses.replace(config, num_images=num_images, cache="memory")
    images = load_images(few, seed=config.seed)
    data = batches(
        images, batch_size=config.batch_size, first_step=0, last_step=steps, seed=config.seed
    )
    reach = gradient_norms.reach_of_discriminator_loss(gan, next(iter(data)), seed=config.seed)
    print(gradient_norms.reach_table(reach))
    looks = tuple(sorted({0, *(max(1, steps // 2**power) for power in range(6))}))
    seen = gradient_norms.reach_while_d_grows_sure(gan, data, looks=looks, seed=config.seed)
    print()
    print(gradient_norms.confidence_table(seen))
    draw_confidence(seen, theme=options.theme).save(output)
    print(output)
    return 0
