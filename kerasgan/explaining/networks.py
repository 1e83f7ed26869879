"""Shows the two networks of a recipe, chained, as a PNG.

`python -m kerasgan.explain networks --image_size=64 --base_filters=16`
"""

from typing import Any

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.config import Config

_SETTINGS = ("image_size", "channels", "base_filters", "latent_dim")


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("networks.png")
    default = Config()
    flags.DEFINE_string("image_size", "64", "pixels, as SIDE or HEIGHTxWIDTH; multiples of 8")
    flags.DEFINE_integer("channels", default.channels, "3 for colour, 1 for grey")
    flags.DEFINE_integer("base_filters", default.base_filters, "of the finest hidden layer")
    flags.DEFINE_integer("latent_dim", default.latent_dim, "length of a latent vector")


def main() -> int:
    """Prints the parameter counts, paints the figure, and prints its path."""
    given: dict[str, Any] = {name: flags.FLAGS[name].value for name in _SETTINGS}
    config = Config(**given)
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
