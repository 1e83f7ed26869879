"""Shows the arithmetic of a transposed convolution: a table, a PNG and a GIF.

`python -m kerasgan.explain transposed_convolution --input_size=3 --kernel_size=3 --stride=2`
"""

from absl import flags

from kerasgan.cli import common_flags
from kerasgan.errors import UserError
from kerasgan.explaining.convolution import TransposedConvolution

_MAX_OUTPUT_SIDE = 16  # pixels: more could not be told apart, and each of them needs a frame


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_figure_flags("transposed_convolution.png", moving=True)
    flags.DEFINE_integer("input_size", 3, "i, pixels of a side")
    flags.DEFINE_integer("kernel_size", 3, "k, pixels of a side")
    flags.DEFINE_integer(
        "stride", 2, "s, how far apart neighbouring inputs are stamped into the output"
    )
    flags.DEFINE_integer("padding", 1, "p, pixels cut off each side of the output; less than k")


def main() -> int:
    """Prints the table, paints the figure, and prints its path."""
    for name in ("input_size", "kernel_size", "stride"):
        common_flags.check_number(name, 1)
    common_flags.check_number("padding", 0)
    outputs = common_flags.check_figure(moving=True)
    options = flags.FLAGS
    try:
        convolution = TransposedConvolution(
            options.input_size, options.kernel_size, options.stride, options.padding
        )
    except ValueError as error:
        raise UserError(f"--{error}") from error
    print(table(convolution))
    if convolution.output_size > _MAX_OUTPUT_SIDE:
        raise UserError(
            f"--input_size={options.input_size}: the output has {convolution.output_size} pixels "
            f"a side; must be at most {_MAX_OUTPUT_SIDE} to be drawn"
        )
    from kerasgan.explaining.convolution_figure import draw_transposed_convolution

    for output in outputs:
        moving = output.suffix == ".gif"
        draw_transposed_convolution(convolution, theme=options.theme, moving=moving).save(output)
        print(output)
    return 0


def table(convolution: TransposedConvolution) -> str:
    """All sizes with their formulas, and the layer in Keras."""
    rows = [
        ("input size", "i", convolution.input_size, ""),
        ("kernel size", "k", convolution.kernel_size, ""),
        ("stride", "s", convolution.stride, ""),
        ("padding", "p", convolution.padding, ""),
        ("zeros between inputs", "z", convolution.zeros_between, "s - 1"),
        ("zeros around them", "p'", convolution.outer_padding, "k - p - 1"),
        ("stride of the convolution", "s'", 1, ""),
        ("output size", "o", convolution.output_size, "(i - 1) s + k - 2p"),
    ]
    lines = [
        f"{name:26}{symbol:3}{value:4}" + (f"  = {formula}" if formula else "")
        for name, symbol, value, formula in rows
    ]
    return "\n".join([*lines, f"{'in Keras':26}{_in_keras(convolution)}"])


def _in_keras(convolution: TransposedConvolution) -> str:
    k, s, p = convolution.kernel_size, convolution.stride, convolution.padding
    padding = convolution.keras_padding()
    if k < s:
        return "not as it is: with a kernel smaller than the stride it adds zeros at the end"
    layer = f'Conv2DTranspose(filters, {k}, strides={s}, padding="{padding or "valid"}")'
    return layer if padding else f"{layer}, then Cropping2D({p})"
