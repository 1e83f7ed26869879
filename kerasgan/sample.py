"""Makes pictures: `python -m kerasgan.sample --model=saved_models/generator`.

The ending of --output decides what is made: a grid (.png), raw arrays (.npz), or, with any other
name, a folder of PNG files that are named after their seeds. The same command continues arrays or a
folder that were interrupted.
"""

import collections
import hashlib
import itertools
import math
import pathlib
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
    from kerasgan.sampling.picture_files import PictureFolder

_FILE_ENDINGS = (".png", ".npz")

_MAX_BATCH_SIZE = 65_536  # far more than any processor or GPU gains from


def define_flags() -> None:
    """Only for the command: importing this module defines no flags."""
    common_flags.define_source_flags()
    outputs.define_output_flags(
        "samples.png", "a grid (.png), raw arrays (.npz), or a folder of PNG files (anything else)"
    )
    flags.DEFINE_integer("num_images", 64, "how many pictures")
    flags.DEFINE_integer("first_seed", 0, "the first picture's seed; the others count up from it")
    flags.DEFINE_string("seeds", None, "chosen seeds instead, such as 3,8,20-23")
    flags.DEFINE_string(
        "latents", None, "a .npy file of latents, float [n, latent_dim], instead of seeds"
    )
    flags.DEFINE_float(
        "truncation", 1.0, "scales the latents; below 1, pictures are more regular and more alike"
    )
    flags.DEFINE_integer("columns", None, "pictures in a row of a grid. None: makes a square")
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
    if options.latents is not None:
        latents = _load_latents(painter.latent_dim)
        seeds = range(len(latents))  # not really seeds, but rows of the file

    def paint(some: Sequence[int]) -> "np.ndarray":
        if options.latents is not None:
            return painter.paint(latents[some] * truncation)
        return painter.sample(some, truncation)

    if output.suffix.lower() == ".png":
        from kerasgan.sampling.limits import check_grid_size

        columns = _columns(len(seeds))
        rows = math.ceil(len(seeds) / columns)
        check_grid_size(output, painter.image_shape, rows=rows, columns=columns)
    settings = {"generator": painter.identity, "truncation": truncation}
    if options.latents is not None:
        settings["latents"] = hashlib.sha256(latents.tobytes()).hexdigest()
    with refused_path("output", output):
        _write(output, paint, seeds, settings, painter.image_shape)
    print(f"{len(seeds)} pictures in {output}")
    return 0


def _write(
    output: pathlib.Path,
    paint: Callable[[Sequence[int]], "np.ndarray"],
    seeds: Sequence[int],
    settings: dict[str, Any],
    image_shape: tuple[int, int, int],
) -> None:
    """Paints a grid, or what is still missing in a file of arrays or a folder."""
    from kerasgan.sampling.picture_files import write_grid

    if output.suffix.lower() == ".png":
        write_grid(output, _painted(paint, seeds), columns=_columns(len(seeds)))
        return
    collection = _open_collection(output, settings, seeds, image_shape)
    missing = collection.missing()
    if len(missing) < len(seeds):
        print(f"{len(seeds) - len(missing)} of {len(seeds)} pictures are there already")
    collection.write(_painted(paint, missing))


def _columns(num_images: int) -> int:
    """Images in a row of a grid: as the user wants, or so that the grid is square."""
    return flags.FLAGS.columns or math.ceil(math.sqrt(num_images))


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


def _load_latents(latent_dim: int) -> "np.ndarray":
    """The array that --latents names: float32 [n, latent_dim].

    Raises:
        UserError: it cannot be read, or is of another shape.
    """
    import numpy as np

    path = flags.FLAGS.latents
    try:
        latents = np.load(path, allow_pickle=False)
        numbers = np.asarray(latents, np.float32)
    except (OSError, ValueError, TypeError) as error:
        raise UserError(
            f"--latents={path}: not a readable .npy file of numbers: {error}"
        ) from error
    if numbers.ndim != 2 or numbers.shape[1] != latent_dim or not len(numbers):
        shape = "x".join(map(str, numbers.shape))
        raise UserError(f"--latents={path}: of shape {shape}; must be n x {latent_dim}")
    return numbers


if __name__ == "__main__":
    define_flags()
    app.run(main)
