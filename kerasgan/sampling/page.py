"""The web page of a generator, wherever it came from."""

import pathlib

from kerasgan.errors import UserError
from kerasgan.sampling.direction_file import kept_directions
from kerasgan.sampling.painter import Painter
from kerasgan.serving.web_page import write_page


def write_page_of(painter: Painter, folder: pathlib.Path, *, licence: str | None = None) -> None:
    """Writes a page on which one can play with the generator; see `write_page`.

    It has a slider for each direction that `python -m kerasgan.attributes` has found.

    Args:
        painter: the generator.
        folder: the page's.
        licence: of the model as an SPDX identifier; None: what its metadata say.

    Raises:
        UserError: the generator is conditional.
        OSError: it cannot be written.
    """
    if painter.label_space is not None:
        raise UserError(
            "the generator was trained with labels, which the web page cannot ask for; must be one "
            "without"
        )
    write_page(
        folder,
        paint=painter.signatures["serving_default"],
        discriminate=painter.signatures.get("discriminate"),
        image_shape=painter.image_shape,
        latent_dim=painter.latent_dim,
        metadata=painter.metadata | ({"license": licence} if licence else {}),
        directions=kept_directions(painter),
    )
