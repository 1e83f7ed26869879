"""Sampled images as PNG files: one grid, or a folder with a file for each."""

import json
import os
import pathlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgan.channels import CHECKERBOARD
from kerasgan.errors import UserError
from kerasgan.files import UNFINISHED, replace_file
from kerasgan.marks import mark_png
from kerasgan.pixels import make_grid

Batches = Iterable[tuple[Sequence[int], np.ndarray]]  # seeds and images uint8 [n, H, W, C]

SETTINGS_FILE = "settings.json"


def write_png(path: pathlib.Path, image: np.ndarray) -> None:
    """Writes one image to be looked at, uint8 [H, W, C]."""
    replace_file(path, mark_png(tf.io.encode_png(image).numpy()))


def write_grid(
    path: pathlib.Path, batches: Batches, *, columns: int, background: str = CHECKERBOARD
) -> None:
    """Writes all images side by side in one PNG file, transparent ones on a background."""
    images = np.concatenate([images for _, images in batches])
    write_png(path, make_grid(images, columns=columns, background=background))


class PictureFolder:
    """A folder of seed_<seed>.png files, and settings.json, which says what they are.

    A folder that was begun with the same settings is continued: the pictures in it are kept. Every
    file appears whole or not at all, so stopping at any moment does no harm.

    Args:
        folder: made if missing.
        settings: which the pictures are a function of, besides their seeds; ready for JSON.
        seeds: that the folder is to hold, and no others.
        overwrite: remove the pictures of other settings or seeds rather than refuse them.

    Raises:
        UserError: the folder holds something else.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        settings: dict[str, Any],
        seeds: Sequence[int],
        *,
        overwrite: bool = False,
    ):
        self._folder = folder
        self._seeds = seeds
        if folder.is_dir():
            if overwrite:
                self._remove_strangers(settings)
            self._refuse_strangers(settings)
        folder.mkdir(parents=True, exist_ok=True)
        for left_over in folder.glob(f"*{UNFINISHED}"):
            left_over.unlink()
        text = json.dumps(settings, indent=2) + "\n"
        replace_file(folder / SETTINGS_FILE, text.encode())

    def missing(self) -> list[int]:
        """The seeds whose pictures are still to be made, in order."""
        have = set(self._present())
        return [seed for seed in self._seeds if seed not in have]

    def write(self, batches: Batches) -> None:
        """Writes one file for each image."""
        for seeds, images in batches:
            for seed, contents in zip(seeds, tf.io.encode_png(images).numpy(), strict=True):
                replace_file(self._path(seed), contents, flush=False)

    def _path(self, seed: int) -> pathlib.Path:
        return self._folder / f"seed_{seed:08d}.png"

    def _present(self) -> Iterator[int]:
        for name in os.listdir(self._folder):
            if match := re.fullmatch(r"seed_(\d{8,})\.png", name):
                yield int(match[1])

    def _known_settings(self) -> Any:
        """What settings.json says of the pictures; None if it cannot be read."""
        try:
            return json.loads((self._folder / SETTINGS_FILE).read_text())
        except (FileNotFoundError, ValueError):
            return None

    def _remove_strangers(self, settings: dict[str, Any]) -> None:
        """Removes all pictures, or where the settings agree, those of other seeds."""
        same = self._known_settings() == settings
        wanted = set(map(self._path, self._seeds)) if same else set()
        for path in set(self._folder.glob("seed_*.png")) - wanted:
            path.unlink()
        if not same:
            (self._folder / SETTINGS_FILE).unlink(missing_ok=True)

    def _refuse_strangers(self, settings: dict[str, Any]) -> None:
        if not (self._folder / SETTINGS_FILE).is_file():
            if any(path.suffix != UNFINISHED for path in self._folder.iterdir()):
                raise UserError(
                    f"--output={self._folder}: holds other files; must be a new or empty folder, "
                    "or one to be continued"
                )
            return
        if self._known_settings() != settings:
            raise UserError(
                f"--output={self._folder}: holds pictures of another model, truncation or label; "
                "give --overwrite to replace them"
            )
        others = set(self._present()).difference(self._seeds)
        if others:
            raise UserError(
                f"--output={self._folder}: holds {len(others)} pictures that were not asked for, "
                f"such as seed {min(others)}; give --overwrite to remove them"
            )
