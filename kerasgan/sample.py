"""Makes pictures: `python -m kerasgan.sample --model=saved_models/generator`.

The ending of --output decides what is made: a grid (.png), raw arrays (.npz), or, with any other
name, a folder of PNG files that are named after their seeds. The same command continues arrays or a
folder that were interrupted.

A generator that was trained with labels takes --labels. With several of them a grid has a row for
each seed and a column for each label, and a folder has a folder for each label.
"""

import collections
import hashlib
import itertools
import math
import pathlib
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from absl import flags

from kerasgan.cli import app, common_flags, outputs
from kerasgan.cli.seeds import LARGEST_SEED, MAX_SEEDS, parse_seeds
from kerasgan.errors import UserError, refused_path

if TYPE_CHECKING:
    import numpy as np

    from kerasgan.sampling.array_file import ArrayFile
    from kerasgan.sampling.asked_labels import AskedLabels
    from kerasgan.sampling.painter import Painter
    from kerasgan.sampling.picture_files import PictureFolder

_ROWS_OF_LABELS = 8  # seeds in a grid with several labels, if their number is not given
_FILE_ENDINGS = (".png", ".npz")

_MAX_BATCH_SIZE = 65_536  # far more than any processor or GPU gains from


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_source_flags()
    outputs.define_output_flags(
        "samples.png", "a grid (.png), raw arrays (.npz), or a folder of PNG files (anything else)"
    )
    flags.DEFINE_integer("num_images", 64, "how many pictures, of each label if there are several")
    flags.DEFINE_integer("first_seed", 0, "the first picture's seed; the others count up from it")
    flags.DEFINE_string("seeds", None, "chosen seeds instead, such as 3,8,20-23")
    common_flags.define_latents_flag("seeds")
    flags.DEFINE_float(
        "truncation", 1.0, "scales the latents; below 1, pictures are more regular and more alike"
    )
    common_flags.define_labels_flag("each seed has a label of its own, all of them evenly")
    flags.DEFINE_integer(
        "columns",
        None,
        "pictures in a row of a grid. None: makes a square, or has a column for each label",
    )
    flags.DEFINE_integer("batch_size", 64, "pictures painted at a time; does not change them")


def main() -> int:
    """Samples, and prints where the pictures are."""
    options = flags.FLAGS
    common_flags.check_source()
    truncation = common_flags.check_truncation()
    common_flags.check_number("batch_size", 1, _MAX_BATCH_SIZE)
    if options.columns is not None:
        common_flags.check_number("columns", 1)
    seeds = _chosen_seeds()
    output = _check_output()

    painter = common_flags.open_painter()
    asked = common_flags.asked_labels(painter)
    settings = {"generator": painter.identity, "truncation": truncation}
    latents = None
    if options.latents is not None:
        latents = common_flags.latents_of(painter, None)
        seeds = range(len(latents))  # not really seeds, but rows of the file
        settings["latents"] = hashlib.sha256(latents.tobytes()).hexdigest()
    paint = _painting(painter, latents, truncation)
    shape, background = painter.image_shape, painter.background
    with refused_path("output", output):
        if asked is not None and len(asked) > 1:
            total = _write_labels(output, paint, seeds, settings, shape, background, asked)
        else:
            total = len(seeds)
            if asked is not None:
                settings["labels"] = asked.names[0]
                paint = _asking(paint, asked, 0)
            elif painter.label_space is not None:
                settings["labels"] = "each seed its own"
            _write(output, paint, seeds, settings, shape, background)
    print(f"{total} pictures in {output}")
    return 0


def _painting(
    painter: "Painter", latents: "np.ndarray | None", truncation: float
) -> Callable[..., "np.ndarray"]:
    """A function of seeds, or of rows of the latents, and of their labels."""

    def paint(some: Sequence[int], labels: "np.ndarray | None" = None) -> "np.ndarray":
        if latents is None:
            return painter.sample(some, truncation, labels)
        if labels is None and painter.label_space is not None:
            labels = painter.label_space.evenly(some)
        return painter.paint(latents[some] * truncation, labels)

    return paint


def _asking(
    paint: Callable[..., "np.ndarray"], asked: "AskedLabels", label: int
) -> Callable[[Sequence[int]], "np.ndarray"]:
    """The same function for one of the labels."""
    return lambda some: paint(some, asked.of(label, len(some)))


def _write_labels(
    output: pathlib.Path,
    paint: Callable[..., "np.ndarray"],
    seeds: Sequence[int],
    settings: dict[str, Any],
    image_shape: tuple[int, int, int],
    background: str,
    asked: "AskedLabels",
) -> int:
    """Paints each seed with each of several labels, and returns how many pictures that are.

    Raises:
        UserError: a file of arrays is asked for, which has no place for the labels.
    """
    from kerasgan.sampling.limits import check_grid_size
    from kerasgan.sampling.picture_files import write_grid

    options, count = flags.FLAGS, len(asked)
    if output.suffix.lower() == ".npz":
        raise UserError(
            f"--output={output}: has no place for labels; must be a .png file or a folder for "
            f"{count} labels, or one label at a time"
        )
    if output.suffix.lower() != ".png":
        for label, name in enumerate(asked.names):
            folder = output / _folder_name(name)
            _write(
                folder,
                _asking(paint, asked, label),
                seeds,
                {**settings, "labels": name},
                image_shape,
                background,
            )
        return len(seeds) * count
    if options.seeds is None and options.latents is None and not options["num_images"].present:
        seeds = seeds[:_ROWS_OF_LABELS]
    columns = options.columns or count
    pairs = range(len(seeds) * count)  # a seed after the other, each with all labels
    check_grid_size(output, image_shape, rows=math.ceil(len(pairs) / columns), columns=columns)

    def paint_pairs(some: Sequence[int]) -> "np.ndarray":
        labels = asked.values[[pair % count for pair in some]]
        return paint([seeds[pair // count] for pair in some], labels)

    pictures = _painted(paint_pairs, pairs)
    write_grid(output, pictures, columns=columns, background=background)
    print(f"from left to right: {', '.join(asked.names)}")
    return len(pairs)


def _folder_name(label: str) -> str:
    """A label as the name of a folder within another: what would lead out of it is escaped."""
    return re.sub(r"[%/\\\x00-\x1f]|^\.", lambda found: f"%{ord(found[0]):02X}", label)


def _write(
    output: pathlib.Path,
    paint: Callable[[Sequence[int]], "np.ndarray"],
    seeds: Sequence[int],
    settings: dict[str, Any],
    image_shape: tuple[int, int, int],
    background: str,
) -> None:
    """Paints a grid, or what is still missing in a file of arrays or a folder."""
    from kerasgan.sampling.limits import check_grid_size
    from kerasgan.sampling.picture_files import write_grid

    if output.suffix.lower() == ".png":
        columns = flags.FLAGS.columns or math.ceil(math.sqrt(len(seeds)))
        rows = math.ceil(len(seeds) / columns)
        check_grid_size(output, image_shape, rows=rows, columns=columns)
        pictures = _painted(paint, seeds)
        write_grid(output, pictures, columns=columns, background=background)
        return
    collection = _open_collection(output, settings, seeds, image_shape)
    missing = collection.missing()
    if len(missing) < len(seeds):
        print(f"{len(seeds) - len(missing)} of {len(seeds)} pictures are there already")
    collection.write(_painted(paint, missing))


def _open_collection(
    output: pathlib.Path,
    settings: dict[str, Any],
    seeds: Sequence[int],
    image_shape: tuple[int, int, int],
) -> "ArrayFile | PictureFolder":
    from kerasgan.sampling.array_file import ArrayFile
    from kerasgan.sampling.picture_files import PictureFolder

    overwrite = flags.FLAGS.overwrite
    if output.suffix.lower() == ".npz":
        return ArrayFile(output, settings, seeds, image_shape=image_shape, overwrite=overwrite)
    return PictureFolder(output, settings, seeds, overwrite=overwrite)


def _painted(
    paint: Callable[[Sequence[int]], "np.ndarray"], seeds: Sequence[int]
) -> Iterator[tuple[Sequence[int], "np.ndarray"]]:
    """Batches of seeds with their images. The next are painted while one is being written."""
    from tqdm import tqdm

    size = flags.FLAGS.batch_size
    batches = (seeds[start : start + size] for start in range(0, len(seeds), size))
    with ThreadPoolExecutor(2) as pool, tqdm(total=len(seeds), unit=" images", disable=None) as bar:

        def begin(count: int) -> list[tuple[Sequence[int], "Future[np.ndarray]"]]:
            return [
                (batch, pool.submit(paint, batch)) for batch in itertools.islice(batches, count)
            ]

        ahead = collections.deque(begin(3))  # two in work and one to be written: no core waits
        while ahead:
            batch, images = ahead.popleft()
            yield batch, images.result()
            bar.update(len(batch))
            ahead.extend(begin(1))


def _chosen_seeds() -> Sequence[int]:
    """The seeds that the flags name.

    Raises:
        UserError: the flags contradict each other, or a number is out of its range.
    """
    options = flags.FLAGS
    given = [name for name in ("seeds", "latents") if options[name].value is not None]
    given += [name for name in ("num_images", "first_seed") if options[name].present]
    if len(given) > 1 and given != ["num_images", "first_seed"]:
        raise UserError(f"--{given[1]}: must not be given together with --{given[0]}")
    if options.seeds is not None:
        return parse_seeds("seeds", options.seeds)
    first = common_flags.check_number("first_seed", 0)
    seeds = range(first, first + common_flags.check_number("num_images", 1, MAX_SEEDS))
    if seeds[-1] > LARGEST_SEED:
        raise UserError(f"--first_seed={first}: seeds must go up to at most {LARGEST_SEED}")
    return seeds


def _check_output() -> pathlib.Path:
    """The file or folder that --output names.

    Raises:
        UserError: it may not be written, or is of the wrong kind.
    """
    output = pathlib.Path(flags.FLAGS.output)
    if output.suffix.lower() in _FILE_ENDINGS:
        return outputs.output_file(_FILE_ENDINGS)
    if flags.FLAGS.latents is not None:
        raise UserError(
            f"--output={output}: must end in .png or .npz, because latents have no seeds to name "
            "files after"
        )
    return outputs.output_folder()


if __name__ == "__main__":
    define_flags()
    app.run(main)
