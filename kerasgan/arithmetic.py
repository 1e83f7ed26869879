"""Latent arithmetic: `python -m kerasgan.arithmetic --a=1,2,3 --b=4,5,6 --c=7,8,9 --model=...`.

The mean latents of three groups of seeds are combined to a - b + c, as in "smiling woman - neutral
woman + neutral man". If the generator gives a property a direction of its own, the result is like c
with what distinguishes a from b. `python -m kerasgan.attributes` names seeds to try. c may also be
a file of --latents, such as `python -m kerasgan.project` writes for photographs.

Reference: Radford et al. 2015, "Unsupervised Representation Learning with DCGANs", section 6.3.2.
"""

from absl import flags

from kerasgan.cli import app, common_flags, outputs
from kerasgan.cli.seeds import parse_seeds
from kerasgan.errors import UserError, refused_path


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_source_flags()
    outputs.define_output_flags("arithmetic.png", "the picture, a .png file")
    for name, role in (("a", "that have it"), ("b", "like those, without it"), ("c", "to get it")):
        flags.DEFINE_string(name, None, f"seeds of pictures {role}, such as 3,8,20-23")
    common_flags.define_latents_flag("c")
    common_flags.define_labels_flag(
        "all pictures have the label of the first seed of --a in sample"
    )


def main() -> int:
    """Paints the figure and prints its path."""
    common_flags.check_source()
    output = outputs.output_file((".png",))
    from_file = common_flags.check_latents("c")
    groups = []
    for name in ("a", "b") if from_file else ("a", "b", "c"):
        value = flags.FLAGS[name].value
        if value is None:
            raise UserError(f"--{name}: must be given, seeds such as 3,8,20-23")
        groups.append(parse_seeds(name, value))

    painter = common_flags.open_painter()
    from kerasgan.sampling.arithmetic import arithmetic_figure, grid_shape
    from kerasgan.sampling.limits import check_grid_size
    from kerasgan.sampling.picture_files import write_png

    file = [common_flags.latents_of(painter, None)] if from_file else []
    rows, columns = grid_shape(*groups, *file)
    check_grid_size(output, painter.image_shape, rows=rows, columns=columns)
    label = common_flags.one_label(painter, groups[0][0], 1)
    latents = [common_flags.latents_of(painter, seeds) for seeds in groups]
    figure = arithmetic_figure(painter, *latents, *file, label=label)
    with refused_path("output", output):
        write_png(output, figure)
    print(output)
    return 0


if __name__ == "__main__":
    define_flags()
    app.run(main)
