"""Draws and computes how a GAN works: `python -m kerasgan.explain <topic>`.

transposed_convolution  the arithmetic of a transposed convolution: a table, a PNG, a GIF
checkerboard            how often each pixel is painted, for several kernels: a PNG
networks                both networks of a recipe, chained: a PNG
losses                  the generator's losses and their slopes: a PNG
gradients               what reaches each network of a run: tables, a PNG
toy                     a GAN in the plane, with its discriminator's surface: a GIF, a PNG
slopes                  toys with and without a penalty on D's slopes: a table, a PNG
few_images              D's scores of images that it has seen and not seen: a PNG
upsampling              which kernels leave an even colour even: sums, a PNG
conditional             toys that are asked for labels: shares, a PNG
rgb_sums                what each grid of a run's generator adds to its images: a PNG
progress                a run's sample grids over time: a PNG
curves                  the curves of one or more runs, side by side: a PNG

`python -m kerasgan.explain <topic> --help` shows a topic's flags.
"""

import importlib
import sys

from absl import flags

from kerasgan.cli import app
from kerasgan.cli.streams import forgive_streams
from kerasgan.errors import UserError

TOPICS = (
    "transposed_convolution",
    "checkerboard",
    "networks",
    "losses",
    "gradients",
    "toy",
    "slopes",
    "few_images",
    "upsampling",
    "conditional",
    "rgb_sums",
    "progress",
    "curves",
)


def take_topic(arguments: list[str]) -> str:
    """The topic that the first argument names.

    Raises:
        UserError: it names none.
    """
    topic = arguments[0] if arguments else ""
    if topic not in TOPICS:
        fault = f"{topic}: no such topic" if topic and not topic.startswith("-") else "no topic"
        raise UserError(f"{fault}; must be one of {', '.join(TOPICS)}")
    return topic


def main() -> None:
    """Runs the topic's own command."""
    forgive_streams()
    if set(sys.argv[1:2]) & {"--help", "-h", "--helpfull", "-help"}:
        print(__doc__)
        return
    try:
        topic = take_topic(sys.argv[1:])
    except UserError as error:
        app.fail(str(error))
    del sys.argv[1]
    module = importlib.import_module(f"kerasgan.explaining.{topic}")
    module.define_flags()
    flags.adopt_module_key_flags(module)  # for --help, which shows this module's docstring
    sys.modules[__name__].__doc__ = module.__doc__
    app.run(module.main)


if __name__ == "__main__":
    main()
