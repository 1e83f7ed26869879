"""What was found for pictures, as a folder: latents, pictures, ways there, and errors."""

import hashlib
import json
import pathlib
import zipfile
from typing import Any

import numpy as np

from kerasgan.channels import CHECKERBOARD
from kerasgan.errors import UserError
from kerasgan.files import replace_file
from kerasgan.pixels import make_grid
from kerasgan.projecting.photographs import Photographs
from kerasgan.projecting.projector import Projection
from kerasgan.sampling.latent_file import write_latents
from kerasgan.sampling.picture_files import write_png

LATENTS_FILE = "latents.npz"
RESULTS_FILE = "projections.json"
PICTURES_FOLDER = "pictures"
WAYS_FOLDER = "ways"


class ProjectionFolder:
    """A folder with the results for some images, which grows by one image at a time.

    - latents.npz: `latents` float32 [n, latent_dim] and `names` [n];
    - projections.json: the settings, and each image's name and errors in grey levels;
    - pictures/<name>.png: the image that was found;
    - ways/<name>.png: the given image, the start of the search, steps of it, and what was found.

    A folder that was begun with the same settings is continued. Every file appears whole or not at
    all, and an image counts as done once it is in projections.json.

    Args:
        folder: made if missing.
        settings: which the results are a function of, besides the images; ready for JSON.
        photographs: the images that the folder is to hold results for, and no others.
        overwrite: remove the results of other settings or images rather than refuse them.
        background: under transparent pixels in the strips.

    Raises:
        UserError: the folder holds something else.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        settings: dict[str, Any],
        photographs: Photographs,
        overwrite: bool = False,
        background: str = CHECKERBOARD,
    ):
        self._folder = folder
        self._settings = settings
        self._background = background
        self._photographs = photographs
        self._pixels = [hashlib.sha256(image.tobytes()).hexdigest() for image in photographs.images]
        self._results: dict[str, dict[str, Any]] = {}
        self._latents: dict[str, np.ndarray] = {}
        if folder.is_dir() and any(folder.iterdir()):
            self._take_over(overwrite)
        folder.mkdir(parents=True, exist_ok=True)
        self._save_results()  # from now on the folder is known to be one of these
        self._save_latents()
        for part in (folder / PICTURES_FOLDER, folder / WAYS_FOLDER):
            part.mkdir(exist_ok=True)

    def missing(self) -> list[int]:
        """The indices of the images that have no result yet."""
        names = enumerate(self._photographs.names)
        return [index for index, name in names if name not in self._results]

    def results(self) -> list[dict[str, Any]]:
        """What projections.json says of each image that is done, in the order of the images."""
        return [self._results[name] for name in self._done()]

    def add(self, index: int, found: Projection) -> None:
        """Writes what was found for an image."""
        name, given = self._photographs.names[index], self._photographs.images[index]
        strip = np.concatenate([given[None], found.way])
        write_png(self._folder / PICTURES_FOLDER / f"{name}.png", found.image)
        grid = make_grid(strip, columns=len(strip), background=self._background)
        write_png(self._folder / WAYS_FOLDER / f"{name}.png", grid)
        self._latents[name] = found.latents
        self._results[name] = {
            "name": name,
            "pixels": self._pixels[index],
            "error": round(found.error, 4),
            "start_error": round(found.start_error, 4),
        }
        self._save_latents()
        self._save_results()

    def _save_latents(self) -> None:
        names = self._done()
        path = self._folder / LATENTS_FILE
        if names:
            write_latents(path, np.stack([self._latents[name] for name in names]), names)
        else:
            path.unlink(missing_ok=True)

    def _save_results(self) -> None:
        content = {"settings": self._settings, "images": self.results()}
        replace_file(self._folder / RESULTS_FILE, (json.dumps(content, indent=2) + "\n").encode())

    def _done(self) -> list[str]:
        return [name for name in self._photographs.names if name in self._results]

    def _take_over(self, overwrite: bool) -> None:
        """Keeps what an earlier command found for these images, or refuses what it left."""
        try:
            content = json.loads((self._folder / RESULTS_FILE).read_text())
            settings = content["settings"]
            results = {result["name"]: result for result in content["images"]}
            pixels = {name: result["pixels"] for name, result in results.items()}
        except (FileNotFoundError, ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"--output={self._folder}: holds other files; must be a new or empty folder, or "
                "one to be continued"
            ) from error
        wanted = dict(zip(self._photographs.names, self._pixels, strict=True))
        same = settings == self._settings
        kept = {name for name in pixels if same and wanted.get(name) == pixels[name]}
        others = sorted(pixels.keys() - kept)
        if others and not overwrite:
            what = f"{len(others)} images that were not asked for, such as {others[0]}"
            if not same:
                what = "results of another model, label or search"
            raise UserError(
                f"--output={self._folder}: holds {what}; give --overwrite to remove them"
            )
        for name in others:
            for part in (PICTURES_FOLDER, WAYS_FOLDER):
                (self._folder / part / f"{name}.png").unlink(missing_ok=True)
        latents = self._earlier_latents() if kept else {}
        self._latents = {name: latents[name] for name in kept if name in latents}
        self._results = {name: results[name] for name in self._latents}

    def _earlier_latents(self) -> dict[str, np.ndarray]:
        """The latents in the folder by name; {} if they cannot be read."""
        try:
            with np.load(self._folder / LATENTS_FILE, allow_pickle=False) as arrays:
                return dict(zip(arrays["names"].tolist(), arrays["latents"], strict=True))
        except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile):
            return {}
