"""Finds what latents mean: `python -m kerasgan.attributes --model=saved_models/generator`.

Looks for a direction in latent space for each attribute of the synthetic faces, tells how well
each was found, and paints strips of pictures along the chosen or the best ones. Only a generator
of synthetic faces will do: other data bring no attributes.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from absl import flags

from kerasgan.cli import app, common_flags
from kerasgan.cli.seeds import parse_seeds
from kerasgan.errors import UserError, refused_path

if TYPE_CHECKING:
    import numpy as np

    from kerasgan.sampling.directions import Direction
    from kerasgan.sampling.painter import Painter


def define_flags() -> None:
    """Only for the command: whoever imports this module keeps their own flags."""
    common_flags.define_source_flags()
    common_flags.define_output_flags("attributes.png", "the strips, a .png file")
    flags.DEFINE_list(
        "attributes",
        None,
        "names, one strip each. None: the 6 best of those that do not resemble each other",
    )
    flags.DEFINE_string("seeds", "0", "one strip for each of them and each attribute, as in 3,8")
    flags.DEFINE_integer("columns", 9, "pictures in a strip, the unchanged one in the middle")
    flags.DEFINE_float(
        "reach", 4.0, "how far the strip goes either way; latents spread by 1 in any direction"
    )
    flags.DEFINE_integer("num_images", 4096, "generated faces to learn the directions from")


def main() -> int:
    """Searches, reports and paints."""
    options = flags.FLAGS
    common_flags.check_source()
    output = common_flags.check_output((".png",))
    seeds = parse_seeds("seeds", options.seeds)
    common_flags.check_at_least("columns", 3)
    common_flags.check_at_least("num_images", 64)
    if not 0 < options.reach < float("inf"):
        raise UserError(f"--reach={options.reach}: must be above 0 and finite")

    painter = common_flags.open_painter()
    if painter.dataset != "synthetic_faces":
        raise UserError(
            f"the generator was trained on {painter.dataset or 'unknown data'}: must be "
            "synthetic_faces, the only data that bring attributes"
        )
    from kerasgan.sampling.directions import attribute_names, find_directions
    from kerasgan.sampling.picture_files import write_png

    for name in options.attributes or []:
        if name not in attribute_names():
            raise UserError(f"--attributes={name}: must be of {', '.join(attribute_names())}")
    directions = find_directions(painter, num_images=options.num_images)
    _report(directions)
    chosen = _choose(directions)
    strips = _strips(painter, chosen, seeds)
    with refused_path("output", output):
        write_png(output, strips)
    print(f"{output}: from top to bottom {', '.join(direction.name for direction in chosen)}")
    return 0


def _report(directions: "Sequence[Direction]") -> None:
    print("attribute                       readable  linear  most of it in seeds, and least")
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
            raise UserError("no attribute has a direction; the generator may need longer training")
        return [direction for direction in found if direction.resembles is None][:6]
    return [direction for name in wanted for direction in directions if direction.name == name]


def _strips(
    painter: "Painter", directions: "Sequence[Direction]", seeds: Sequence[int]
) -> "np.ndarray":
    """One row for each direction and seed: uint8 [H, W, C]."""
    import numpy as np

    from kerasgan.model.latents import latents_from_seeds
    from kerasgan.pixels import make_grid

    columns, reach = flags.FLAGS.columns, flags.FLAGS.reach
    starts = latents_from_seeds(seeds, painter.latent_dim).numpy()
    steps = np.linspace(-reach, reach, columns)[:, None]
    rows = [start + steps * direction.vector for direction in directions for start in starts]
    return make_grid(painter.paint(np.concatenate(rows)), columns=columns)


if __name__ == "__main__":
    define_flags()
    app.run(main)
