"""Shows the two networks of a recipe, chained, as a PNG.

`python -m kerasgan.explain networks --image_size=64 --base_filters=16`
"""

from absl import flags

from kerasgan.cli import app, common_flags, setting_flags
from kerasgan.config import Config, NetworkSettings, PictureSettings

_OF_IMAGES = ("image_size", "channels")


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("networks.png")
    setting_flags.define_flags(PictureSettings, only=_OF_IMAGES)
    setting_flags.define_flags(NetworkSettings)


def main() -> int:
    """Prints the parameter counts, paints the figure, and prints its path."""
    config = Config(**setting_flags.given_settings(Config))
    (output,) = common_flags.check_figure()
    app.start_tensorflow()
    from kerasgan.explaining.networks_figure import draw_networks
    from kerasgan.model.build import build_gan

    gan = build_gan(config)
    for network in (gan.generator, gan.discriminator):
        count = sum(variable.numpy().size for variable in network.trainable_variables)
        print(f"{network.name}: {count:,} parameters")
    draw_networks(gan.generator, gan.discriminator, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
