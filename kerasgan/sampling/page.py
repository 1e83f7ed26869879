"""The web page of a generator, wherever it came from."""

import pathlib

from kerasgan.errors import UserError
from kerasgan.sampling.direction_file import kept_directions
from kerasgan.sampling.latent_file import read_latents, read_names
from kerasgan.sampling.painter import Painter
from kerasgan.serving.web_page import write_page

_MAX_PICTURES = 64  # that a page keeps


def write_page_of(
    painter: Painter,
    folder: pathlib.Path,
    *,
    licence: str | None = None,
    latents: pathlib.Path | None = None,
) -> None:
    """Writes a page on which one can play with the generator; see `write_page`.

    It has a slider for each direction that `python -m kerasgan.attributes` has found, and controls
    for the labels of a conditional generator.

    Args:
        painter: the generator.
        folder: the page's.
        licence: of the model as an SPDX identifier; None: what its metadata say.
        latents: a file whose pictures the page keeps from the start, under their names, such as
            `python -m kerasgan.project` writes; None for no such pictures.

    Raises:
        OSError: it cannot be written.
        UserError: the file of latents cannot be read, holds latents of another generator, or holds
            more than a page keeps.
    """
    pictures = []
    if latents is not None:
        vectors = read_latents(latents, painter.latent_dim)
        if len(vectors) > _MAX_PICTURES:
            raise UserError(
                f"--latents={latents}: holds {len(vectors)} latents; must be at most "
                f"{_MAX_PICTURES}, as many as a page keeps"
            )
        pictures = [
            {"name": name, "latents": [round(float(x), 6) for x in vector]}
            for name, vector in zip(read_names(latents, len(vectors)), vectors, strict=True)
        ]
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
        pictures=pictures,
    )
