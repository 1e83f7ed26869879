"""Shows how many inputs reach each pixel of a transposed convolution's output, as a PNG.

`python -m kerasgan.explain checkerboard --kernel_sizes=2,3,4,5 --stride=2`
"""

from absl import flags

from kerasgan.cli import common_flags
from kerasgan.errors import UserError
from kerasgan.explaining.convolution import TransposedConvolution

_INPUT_SIZE = 6


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("checkerboard.png")
    flags.DEFINE_list("kernel_sizes", ["2", "3", "4", "5"], "one plot for each; 2 to 8")
    flags.DEFINE_integer("stride", 2, "of all of them; 1 to 4")


def main() -> int:
    """Paints the figure and prints its path."""
    sizes = flags.FLAGS.kernel_sizes
    if not sizes or not all(size.isdecimal() and 2 <= int(size) <= 8 for size in sizes):
        raise UserError(f"--kernel_sizes={','.join(sizes)}: must be numbers from 2 to 8")
    stride = common_flags.check_number("stride", 1, 4)
    (output,) = common_flags.check_figure()
    from kerasgan.explaining.convolution_figure import draw_overlaps

    convolutions = [TransposedConvolution(_INPUT_SIZE, int(size), stride, 0) for size in sizes]
    draw_overlaps(convolutions, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
