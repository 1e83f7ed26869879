"""Shows what is between pictures: `python -m kerasgan.interpolate --model=saved_models/generator`.

--show=walk: an animation along great circles through seeds and back, or from label to label.
--show=corners: a grid of pictures between four seeds.
--show=training: an animation of a run's sample grids, all painted from the same latents.

The first two take --latents in place of seeds, such as `python -m kerasgan.project` makes.
"""

import pathlib
from typing import TYPE_CHECKING

from absl import flags

from kerasgan.channels import CHECKERBOARD
from kerasgan.cli import app, common_flags, outputs
from kerasgan.cli.seeds import Seeds, parse_seeds
from kerasgan.errors import UserError, refused_path
from kerasgan.sampling.animation import ENDINGS, check_available, write_animation
from kerasgan.sampling.limits import check_frame_rate, check_grid_size, check_size

if TYPE_CHECKING:
    import numpy as np

    from kerasgan.sampling.asked_labels import AskedLabels
    from kerasgan.sampling.painter import Painter

_MAX_STATIONS = 10_000  # seeds of a walk: more than anybody looks at, and they fit into memory
_DEFAULT_OUTPUTS = {"walk": "walk.gif", "corners": "corners.png", "training": "training.gif"}


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_source_flags()
    outputs.define_output_flags(
        None, "the picture: .gif, .webp or .mp4, or .png for corners. None: <show>.gif or .png"
    )
    flags.DEFINE_string("show", "walk", f"what to make: {', '.join(_DEFAULT_OUTPUTS)}")
    flags.DEFINE_string("seeds", None, "such as 3,8,20-23. None: 0-7 for a walk, 0-3 for corners")
    common_flags.define_latents_flag("seeds", ", to walk through or to be the corners")
    common_flags.define_labels_flag("all pictures have the label of the first seed in sample")
    flags.DEFINE_integer("num_frames", 160, "frames of a walk")
    flags.DEFINE_bool("loop", True, "make a walk return to where it began")
    flags.DEFINE_integer("side", 8, "rows and columns of the grid between corners")
    flags.DEFINE_integer("fps", 20, "frames a second")
    flags.DEFINE_integer("scale", 2, "each pixel of an animation becomes a square of this side")


def main() -> int:
    """Makes one picture, and prints its path."""
    show = flags.FLAGS.show
    if show not in _DEFAULT_OUTPUTS:
        raise UserError(f"--show={show}: must be one of {', '.join(_DEFAULT_OUTPUTS)}")
    common_flags.check_source()
    for name, minimum in (("num_frames", 2), ("side", 2), ("fps", 1), ("scale", 1)):
        common_flags.check_number(name, minimum)
    endings = (".png",) if show == "corners" else ENDINGS
    output = outputs.output_file(endings, default=_DEFAULT_OUTPUTS[show])
    if show != "corners":
        check_available(output)
        check_frame_rate(output, flags.FLAGS.fps)
    {"walk": _walk, "corners": _corners, "training": _training}[show](output)
    print(output)
    return 0


def _walk(output: pathlib.Path) -> None:
    options = flags.FLAGS
    seeds = _seeds("0-7")
    if seeds is not None and len(seeds) < 2 and not options.labels:
        raise UserError(f"--seeds={options.seeds}: must be at least 2 seeds for a walk")
    if seeds is not None and len(seeds) > _MAX_STATIONS:
        raise UserError(f"--seeds={options.seeds}: must be at most {_MAX_STATIONS} for a walk")
    painter = common_flags.open_painter()
    from kerasgan.sampling.walks import walk

    asked = common_flags.asked_labels(painter)
    count = options.num_frames
    _check_animation(output, painter.image_shape, count)
    if asked is not None and len(asked) > 1 and seeds is not None:
        _animate(output, _between_labels(painter, seeds, asked), painter.background)
        return
    if seeds is not None and len(seeds) < 2:
        raise UserError(
            f"--seeds={options.seeds}: must be at least 2 seeds for a walk, or --labels at least 2 "
            "labels"
        )
    stations = common_flags.latents_of(painter, seeds)
    if not 2 <= len(stations) <= _MAX_STATIONS:
        raise UserError(
            f"--latents={options.latents}: holds {len(stations)}; must be 2 to {_MAX_STATIONS} "
            "latents for a walk"
        )
    labels = common_flags.one_label(painter, seeds[0] if seeds else 0, count)
    latents = walk(stations, num_frames=count, loop=options.loop)
    _animate(output, list(painter.paint(latents, labels)), painter.background)


def _between_labels(painter: "Painter", seeds: Seeds, asked: "AskedLabels") -> "list[np.ndarray]":
    """The frames of a walk from label to label at one seed."""
    from kerasgan.sampling.walks import walk_labels

    options = flags.FLAGS
    if options.seeds is not None and len(seeds) > 1:
        raise UserError(
            f"--seeds={options.seeds}: must be one seed for a walk between labels, or --labels "
            "must be one label for a walk between seeds"
        )
    count = options.num_frames
    ways = walk_labels(asked.values, num_frames=count, loop=options.loop)
    return list(painter.between_labels([seeds[0]] * count, *ways))


def _corners(output: pathlib.Path) -> None:
    options = flags.FLAGS
    seeds = _seeds("0-3")
    if seeds is not None and len(seeds) != 4:
        raise UserError(f"--seeds={options.seeds}: must be 4 seeds for corners")
    painter = common_flags.open_painter()
    from kerasgan.pixels import make_grid
    from kerasgan.sampling.picture_files import write_png
    from kerasgan.sampling.walks import sheet

    check_grid_size(output, painter.image_shape, rows=options.side, columns=options.side)
    corners = common_flags.latents_of(painter, seeds)
    if len(corners) != 4:
        raise UserError(
            f"--latents={options.latents}: holds {len(corners)}; must be 4 latents for corners"
        )
    latents = sheet(corners, side=options.side)
    labels = common_flags.one_label(painter, seeds[0] if seeds else 0, len(latents))
    images = painter.paint(latents, labels)
    with refused_path("output", output):
        grid = make_grid(images, columns=options.side, background=painter.background)
        write_png(output, grid)


def _seeds(default: str) -> Seeds | None:
    """The seeds that --seeds names; None if --latents is given instead."""
    if common_flags.check_latents("seeds"):
        return None
    return parse_seeds("seeds", flags.FLAGS.seeds or default)


def _training(output: pathlib.Path) -> None:
    if flags.FLAGS.run_dir is None:
        raise UserError(f"--model={flags.FLAGS.model}: must be --run_dir for --show=training")
    if flags.FLAGS.latents is not None:
        raise UserError(
            f"--latents={flags.FLAGS.latents}: --show=training shows the run's own grids; leave it "
            "out"
        )
    if flags.FLAGS.labels is not None:
        raise UserError(
            f"--labels={flags.FLAGS.labels[0]}: --show=training shows the labels of the run's own "
            "grids; leave it out"
        )
    folder = pathlib.Path(flags.FLAGS.run_dir) / "samples"
    grids = sorted(folder.glob("ema_*.png"))  # the numbers in their names have one width
    if not grids:
        raise UserError(f"--run_dir={flags.FLAGS.run_dir}: the run has no sample grids")
    import numpy as np
    from PIL import Image

    pictures = [np.asarray(Image.open(path)) for path in grids]
    frames = [picture.reshape(*picture.shape[:2], -1) for picture in pictures]  # grey: [H, W, 1]
    _check_animation(output, frames[0].shape, len(frames))
    _animate(output, frames)


def _check_animation(output: pathlib.Path, shape: tuple[int, int, int], num_frames: int) -> None:
    height, width, channels = shape
    scale = flags.FLAGS.scale
    check_size(output, (height * scale, width * scale, channels), frames=num_frames)


def _animate(output: pathlib.Path, frames: list, background: str = CHECKERBOARD) -> None:
    options = flags.FLAGS
    with refused_path("output", output):
        write_animation(
            output,
            frames,
            frames_per_second=options.fps,
            scale=options.scale,
            background=background,
        )


if __name__ == "__main__":
    define_flags()
    app.run(main)
