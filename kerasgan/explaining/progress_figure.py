"""What the same latents give, from the first step of a run to its last."""

import pathlib

import numpy as np
from PIL import Image

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.explaining.figures import Drawing, new_figure, render, themed
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.runs.grids import more_early_ones, sample_grids

_GAP_PIXELS = 2  # white, between the images of a sample grid


def draw_progress(
    run_dir: pathlib.Path, *, rows: int = 6, columns: int = 8, theme: str = "light"
) -> Drawing:
    """A row for each of some sample grids, more of them early, with its first images.

    Args:
        run_dir: the run's folder.
        rows: of the figure; fewer where the run has fewer grids.
        columns: images in a row; fewer where a grid's row has fewer.
        theme: "light" or "dark".

    Raises:
        UserError: no run is there, or it has no sample grids.
    """
    if not (run_dir / CONFIG_FILE).is_file():
        raise UserError(f"--run_dir={run_dir}: no run is there; must be a folder with config.json")
    height, width, _ = Config.load(run_dir / CONFIG_FILE).image_shape
    grids = sample_grids(run_dir)
    if not grids:
        raise UserError(f"--run_dir={run_dir}: the run has no sample grids")
    chosen = more_early_ones(grids, rows)
    with themed(theme):
        pictures = [_read(path) for _, path in chosen]
        columns = min(columns, (pictures[0].shape[1] + _GAP_PIXELS) // (width + _GAP_PIXELS))
        figure = new_figure(7.4, 7.4 * len(chosen) * height / (columns * width) + 0.2)
        axes = figure.subplots(len(chosen), 1, squeeze=False)[:, 0]
        for place, (step, _), picture in zip(axes, chosen, pictures, strict=True):
            place.imshow(picture[:height, : columns * (width + _GAP_PIXELS) - _GAP_PIXELS])
            place.set_ylabel(f"step\n{step:,}", rotation=0, ha="right", va="center")
            place.set(xticks=[], yticks=[])
            place.spines[:].set_visible(False)
        return Drawing((render(figure),))


def _read(path: pathlib.Path) -> np.ndarray:
    """uint8 [H, W, 3]."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))
