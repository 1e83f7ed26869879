"""The web page of a generator, wherever it came from."""

import pathlib

from kerasgan.sampling.direction_file import kept_directions
from kerasgan.sampling.painter import Painter
from kerasgan.serving.web_page import write_page


def write_page_of(painter: Painter, folder: pathlib.Path, *, licence: str | None = None) -> None:
    """Writes a page on which one can play with the generator; see `write_page`.

    It has a slider for each direction that `python -m kerasgan.attributes` has found, and controls
    for the labels of a conditional generator.

    Args:
        painter: the generator.
        folder: the page's.
        licence: of the model as an SPDX identifier; None: what its metadata say.

    Raises:
        OSError: it cannot be written.
    """
    labelled = painter.label_space is not None
    write_page(
        folder,
        paint=painter.signatures["paint_conditions" if labelled else "serving_default"],
        discriminate=painter.signatures.get("discriminate"),
        image_shape=painter.image_shape,
        latent_dim=painter.latent_dim,
        labels=painter.label_space,
        metadata=painter.metadata | ({"license": licence} if licence else {}),
        directions=kept_directions(painter),
    )
