"""Shows how a discriminator memorises a few images, as a PNG of its scores over steps.

`python -m kerasgan.explain few_images --num_images=64 --augment=diffaugment`
"""

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.config import choices
from kerasgan.errors import UserError


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("few_images.png")
    flags.DEFINE_integer("num_images", 64, "of the training set; at least 16")
    flags.DEFINE_string("augment", "diffaugment", "what is compared with no augmentation")
    flags.DEFINE_integer("steps", 600, "of training")
    flags.DEFINE_integer("seed", 0, "of weights, latents and data")


def main() -> int:
    """Trains twice, prints the last scores, paints the figure, and prints its path."""
    options = flags.FLAGS
    if options.augment not in choices("augment")[1:]:
        allowed = ", ".join(choices("augment")[1:])
        raise UserError(f"--augment={options.augment}: must be one of {allowed}")
    for name, minimum in (("num_images", 16), ("steps", 1), ("seed", 0)):
        common_flags.check_number(name, minimum)
    (output,) = common_flags.check_figure()
    app.start_tensorflow()
    from kerasgan.explaining.few_images_figure import draw_memory
    from kerasgan.explaining.memory import MemorySettings, train_on_few

    curves = {}
    for title, augment in (("no augmentation", "none"), (options.augment, options.augment)):
        settings = MemorySettings(
            num_images=options.num_images,
            augment=augment,
            steps=options.steps,
            seed=options.seed,
        )
        curves[title] = train_on_few(settings)
        print(f"{title}: {curves[title].last()}")
    draw_memory(curves, theme=options.theme).save(output)
    print(output)
    return 0
