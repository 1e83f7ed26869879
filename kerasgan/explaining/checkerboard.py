"""Shows how many inputs reach each pixel of a transposed convolution's output, as a PNG.

`python -m kerasgan.explain checkerboard --kernel_sizes=2,3,4,5 --stride=2`
"""

from absl import flags

from kerasgan.cli import common_flags, figure_flags
from kerasgan.errors import UserError
from kerasgan.explaining.convolution import TransposedConvolution

_INPUT_SIZE = 6


def define_flags() -> None:
    """Only for the command: whoever imports this module keeps their own flags."""
    figure_flags.define_flags("checkerboard.png", moving=False)
    flags.DEFINE_list("kernel_sizes", ["2", "3", "4", "5"], "one picture each; 2 to 8")
    flags.DEFINE_integer("stride", 2, "of all of them")


def main() -> int:
    """Paints the figure, and says where it is."""
    sizes = flags.FLAGS.kernel_sizes
    if not sizes or not all(size.isdecimal() and 2 <= int(size) <= 8 for size in sizes):
        raise UserError(f"--kernel_sizes={','.join(sizes)}: must be numbers from 2 to 8")
    stride = common_flags.check_at_least("stride", 1)
    if stride > 4:
        raise UserError(f"--stride={stride}: must be at most 4")
    (output,) = figure_flags.check(moving=False)
    from kerasgan.explaining.convolution_figure import draw_overlaps

    convolutions = [TransposedConvolution(_INPUT_SIZE, int(size), stride, 0) for size in sizes]
    draw_overlaps(convolutions, theme=flags.FLAGS.theme).save(output)
    print(output)
    return 0
