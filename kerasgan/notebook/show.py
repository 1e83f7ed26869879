"""Shows a generator in a notebook: `kerasgan.show(painter)`."""

import importlib.util
import os
import pathlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasgan.data.image_set import ImageSet
from kerasgan.errors import UserError
from kerasgan.files import local_path
from kerasgan.label_space import LabelSpace
from kerasgan.model.gan import GAN
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.sampling.open_painter import painter_of_gan, painter_of_model, painter_of_run
from kerasgan.sampling.painter import Painter

if TYPE_CHECKING:
    from kerasgan.notebook.widget import GeneratorWidget


def show(
    source: Painter | GAN | str | os.PathLike[str],
    *,
    checkpoint: str = "last",
    labels: ImageSet | Sequence[str] | None = None,
) -> "GeneratorWidget":
    """A generator to play with under a notebook's cell, as the cell's last line.

    It has the pictures of seeds, a walk between those that are kept, truncation, and controls for
    labels and for the directions that `python -m kerasgan.attributes` has found. Python paints, so
    the kernel must be running. What is chosen can be read and set: `shown.seed`, `shown.kept`.

    Args:
        source: a painter, a GAN, or the folder of a run or of an exported model.
        checkpoint: of a run: "last", "best", or the number of a step.
        labels: of a conditional GAN only, which does not know what its labels mean: the names of
            its classes in order, or images with the labels that it learns.

    Returns:
        An anywidget; needs `pip install "kerasgan[notebook]"`.

    Raises:
        UserError: anywidget is not installed, or there is no such run or model.
        ValueError: the GAN does not make images, or is conditional and the labels are missing or
            others.
    """
    if importlib.util.find_spec("anywidget") is None:
        raise UserError('kerasgan.show: needs pip install "kerasgan[notebook]"')
    from kerasgan.notebook.widget import GeneratorWidget

    if isinstance(source, GAN):
        return GeneratorWidget(painter_of_gan(source, _space_of(source, labels)))
    if labels is not None:
        raise ValueError("show: labels are those of a GAN; a run, model or painter knows its own")
    if isinstance(source, Painter):
        return GeneratorWidget(source)
    folder = pathlib.Path(local_path("source", source))
    if (folder / CONFIG_FILE).is_file():
        return GeneratorWidget(painter_of_run(folder, checkpoint))
    return GeneratorWidget(painter_of_model(folder))


def _space_of(gan: GAN, labels: ImageSet | Sequence[str] | None) -> LabelSpace | None:
    """What the labels of a GAN mean; None if it has none."""
    width = gan.condition_width
    if isinstance(labels, ImageSet):
        space = labels.conditions.space if labels.conditions is not None else None
    else:
        space = LabelSpace(kind="classes", names=tuple(labels)) if labels is not None else None
    if (space.width if space else 0) != width:
        raise ValueError(
            f"show: the GAN takes {width or 'no'} labels; labels must be "
            + (
                f"the names of {width} classes, or images with the labels that it learns"
                if width
                else "left out"
            )
        )
    return space
