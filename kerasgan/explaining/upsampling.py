"""Shows which kernels leave an even colour even when they double an image, as a PNG.

`python -m kerasgan.explain upsampling --seed=1`
"""

from absl import flags

from kerasgan.cli import common_flags


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("upsampling.png")
    flags.DEFINE_integer("seed", 0, "of the random kernel")


def main() -> int:
    """Prints what reaches each kind of pixel, paints the figure, and prints its path."""
    seed = common_flags.check_number("seed", 0)
    (output,) = common_flags.check_figure()
    from kerasgan.explaining.kernels import KERNELS, phase_sums
    from kerasgan.explaining.upsampling_figure import draw_upsampling

    kernels = {name: make(seed) for name, make in KERNELS.items()}
    for name, kernel in kernels.items():
        sums = "  ".join(f"{total:.2f}" for total in phase_sums(kernel).ravel())
        print(f"{name:18}{sums}")
    draw_upsampling(kernels, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
