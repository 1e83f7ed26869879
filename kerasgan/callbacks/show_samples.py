"""Shows what the generator paints after each epoch, in a notebook or as files."""

import io
import math
import os
import sys
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure

from kerasgan.channels import CHANNELS
from kerasgan.errors import UserError, refused_path
from kerasgan.files import local_path
from kerasgan.pixels import make_grid
from kerasgan.runs.records import SampleFolder

_INCHES = 6  # the width of a grid in a notebook


class ShowSamples(keras.callbacks.Callback):
    """Shows a grid of samples after each epoch, always of the same latents.

    They are what `gan.generate(count, seed=seed)` returns: from the averaged generator. A notebook
    shows each grid under the cell. With a folder each grid is also a file, such as
    samples_00000300.png after 300 steps.

    Args:
        folder: where the files go; None for no files, which a script cannot ask for.
        count: of samples in a grid.
        seed: of the first one.
        labels: what a conditional GAN is asked for, as in `gan.generate`.

    Raises:
        UserError: the folder cannot be made, or there is none and no notebook to show anything.
        ValueError: in `fit`: the generator does not make images, or not with these labels.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        count: int = 16,
        seed: int = 0,
        labels: Any = None,
    ):
        super().__init__()
        if folder is None and not _in_notebook():
            raise UserError("folder=None: there is no notebook to show samples in; name a folder")
        if count < 1:
            raise ValueError(f"count={count}: must be at least 1")
        self._folder = None
        if folder is not None:
            path = local_path("folder", folder)
            with refused_path("folder", path):
                path.mkdir(parents=True, exist_ok=True)
            self._folder = SampleFolder(path)
        self._count = count
        self._seed = seed
        self._labels = labels

    def on_train_begin(self, logs: Any = None) -> None:
        """Checks that there will be something to show."""
        shape = self.model.image_shape
        if len(shape) != 3 or shape[-1] not in CHANNELS:
            raise ValueError(f"ShowSamples: the generator makes {shape}; must be images [H, W, C]")
        self._generate()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Shows one grid."""
        step = int(self.model.step.numpy())
        grid = make_grid(self._generate(), columns=math.ceil(math.sqrt(self._count)))
        if self._folder is not None:
            self._folder.write("samples", grid, step)
        if _in_notebook():
            _show(grid, f"epoch {epoch + 1}, step {step}")

    def _generate(self) -> np.ndarray:
        """The samples, uint8 [count, H, W, C]."""
        images: np.ndarray = self.model.generate(self._count, labels=self._labels, seed=self._seed)
        return images


def _in_notebook() -> bool:
    """Whether this is a Jupyter kernel, as Colab's is: IPython in a terminal has none."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def _show(grid: np.ndarray, title: str) -> None:
    """Displays a grid, uint8 [H, W, C], under the cell."""
    figure = Figure(figsize=(_INCHES, _INCHES * grid.shape[0] / grid.shape[1]), layout="tight")
    axes = figure.subplots()
    axes.imshow(np.broadcast_to(grid, [*grid.shape[:2], 3]))
    axes.set_title(title, fontsize=10)
    axes.axis("off")
    file = io.BytesIO()
    figure.savefig(file, format="png")
    display = sys.modules["IPython"].display
    display.display(display.Image(data=file.getvalue()))
