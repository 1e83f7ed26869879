"""Finds what latents mean: `python -m kerasgan.attributes --model=saved_models/generator`.

Looks for a direction in latent space for each attribute of the synthetic faces, reports how well
each was found, paints strips of pictures along the chosen or the best ones, and keeps the
directions next to the generator for the sliders of its web page. The generator must have been
trained on synthetic faces: other data come without attributes. With --latents, such as `python -m
kerasgan.project` writes, the strips change photographs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from kerasgan.cli import app, common_flags, outputs
from kerasgan.cli.seeds import MAX_SEEDS, parse_seeds
from kerasgan.errors import UserError, refused_path

if TYPE_CHECKING:
    import numpy as np

    from kerasgan.sampling.directions import Direction
    from kerasgan.sampling.painter import Painter

_NUM_BEST = 6  # attributes, where none is named


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_source_flags()
    outputs.define_output_flags("attributes.png", "the strips, a .png file")
    flags.DEFINE_list(
        "attributes",
        None,
        "names, one strip each. None: the best of those that do not resemble each other",
    )
    flags.DEFINE_string("seeds", "0", "one strip for each of them and each attribute, such as 3,8")
    common_flags.define_latents_flag("seeds")
    flags.DEFINE_integer("columns", 9, "pictures in a strip, the unchanged one in the middle")
    flags.DEFINE_float(
        "reach",
        4.0,
        "how far the strip goes each way, in standard deviations of the latents",
    )
    flags.DEFINE_integer("num_images", 4096, "generated faces to learn the directions from")


def main() -> int:
    """Searches, reports and paints."""
    options = flags.FLAGS
    common_flags.check_source()
    output = outputs.output_file((".png",))
    from_file = common_flags.check_latents("seeds")
    seeds = parse_seeds("seeds", options.seeds)
    common_flags.check_number("columns", 3)
    common_flags.check_number("num_images", 64, MAX_SEEDS)
    if not 0 < options.reach < float("inf"):
        raise UserError(f"--reach={options.reach}: must be above 0 and finite")

    painter = common_flags.open_painter()
    if painter.dataset != "synthetic_faces":
        raise UserError(
            f"the generator was trained on {painter.dataset or 'unknown data'}: must be "
            "synthetic_faces, the only data that come with attributes"
        )
    if painter.label_space is not None:
        raise UserError(
            "the generator was trained with labels, which sample takes as --labels; must be one "
            "without, whose attributes only its latents decide"
        )
    from kerasgan.sampling.directions import attribute_names, find_directions
    from kerasgan.sampling.limits import check_grid_size
    from kerasgan.sampling.picture_files import write_png

    given = common_flags.latents_of(painter, None) if from_file else None
    rows = len(seeds if given is None else given) * len(options.attributes or range(_NUM_BEST))
    check_grid_size(output, painter.image_shape, rows=rows, columns=options.columns)
    for name in options.attributes or []:
        if name not in attribute_names():
            raise UserError(f"--attributes={name}: must be of {', '.join(attribute_names())}")
    directions = find_directions(painter, num_images=options.num_images)
    _report(directions)
    _keep(painter, directions)
    chosen = _choose(directions)
    if given is None:
        given = common_flags.latents_of(painter, seeds)
    strips = _strips(painter, chosen, given)
    with refused_path("output", output):
        write_png(output, strips)
    print(f"{output}: from top to bottom {', '.join(direction.name for direction in chosen)}")
    return 0


def _report(directions: "Sequence[Direction]") -> None:
    print("attribute                       readable  linear  seeds with most of it, and with least")
    for direction in directions:
        if direction.found:
            print(
                f"{direction.name:<31} {direction.readable:>8.2f} {direction.linear:>7.2f}  "
                f"{_seeds(direction.highest)}  {_seeds(direction.lowest)}"
                + (f"  (changes with {direction.resembles})" if direction.resembles else "")
            )
    lost = [direction for direction in directions if not direction.found]
    print(
        "not found: "
        + ", ".join(f"{item.name} ({item.readable:.2f}, {item.linear:.2f})" for item in lost)
    )


def _keep(painter: "Painter", directions: "Sequence[Direction]") -> None:
    """For the sliders of the web page; a generator in a read-only place does without them."""
    from kerasgan.sampling.direction_file import keep_directions

    try:
        print(f"{keep_directions(painter, directions)}: the sliders of python -m kerasgan.play")
    except OSError as error:
        print(f"sliders for python -m kerasgan.play cannot be kept: {error}")


def _seeds(seeds: Sequence[int]) -> str:
    return ",".join(map(str, seeds))


def _choose(directions: "Sequence[Direction]") -> "Sequence[Direction]":
    """The directions that --attributes names, or the best ones.

    Raises:
        UserError: none was named and none was found.
    """
    wanted = flags.FLAGS.attributes
    if not wanted:
        found = [direction for direction in directions if direction.found]
        if not found:
            raise UserError("no attribute has a direction; the generator may need more training")
        return [direction for direction in found if direction.resembles is None][:_NUM_BEST]
    return [direction for name in wanted for direction in directions if direction.name == name]


def _strips(
    painter: "Painter", directions: "Sequence[Direction]", starts: "np.ndarray"
) -> "np.ndarray":
    """One row for each direction and latent [n, latent_dim]: uint8 [H, W, C]."""
    import numpy as np

    from kerasgan.pixels import make_grid

    columns, reach = flags.FLAGS.columns, flags.FLAGS.reach
    steps = np.linspace(-reach, reach, columns)[:, None]
    rows = [start + steps * direction.vector for direction in directions for start in starts]
    images = painter.paint(np.concatenate(rows))
    return make_grid(images, columns=columns, background=painter.background)


if __name__ == "__main__":
    define_flags()
    app.run(main)
