"""A generator as a web page: a folder that any static server shows, with nothing to install.

The pictures are painted in the visitor's browser by LiteRT.js, which is in the folder too; the page
asks no other server for anything. It runs LiteRT files whose batch is one picture.
"""

import json
import pathlib
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kerasgan.errors import UserError
from kerasgan.files import unfinished_folder

_SOURCE = pathlib.Path(__file__).parent / "page"
DESCRIPTION = "model.json"
GENERATOR = "generator.tflite"
DISCRIMINATOR = "discriminator.tflite"


def write_page(
    folder: pathlib.Path,
    *,
    paint: Callable[..., dict[str, tf.Tensor]],
    image_shape: tuple[int, int, int],
    latent_dim: int,
    metadata: dict[str, Any],
    discriminate: Callable[..., dict[str, tf.Tensor]] | None = None,
    directions: Sequence[dict[str, Any]] = (),
) -> None:
    """Writes the page's folder, which appears only when complete and replaces an earlier page.

    Args:
        folder: the page's. Check it with `check_page_folder` first.
        paint: the signature `serving_default`: `latents` float32 [n, latent_dim] to `images`
            float32 [n, H, W, C] in [-1, 1].
        image_shape: height, width, channels.
        latent_dim: the length of a latent vector.
        metadata: shown as text, such as `describe_run` returns.
        discriminate: the signature `discriminate`: `images` to `logits` [n, 1]; None to leave the
            discriminator out.
        directions: for a slider each, `name` and `vector`, a list of latent_dim numbers.

    Raises:
        OSError: it cannot be written.
    """
    description = {
        "format": 1,
        "latent_dim": latent_dim,
        "image_shape": list(image_shape),
        "discriminator": discriminate is not None,
        "directions": list(directions),
        "metadata": metadata,
    }
    with unfinished_folder(folder, shared=True) as place:
        page = place / "page"
        shutil.copytree(_SOURCE, page)
        (page / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
        (page / GENERATOR).write_bytes(_litert(paint, "latents", [1, latent_dim]))
        if discriminate is not None:
            (page / DISCRIMINATOR).write_bytes(_litert(discriminate, "images", [1, *image_shape]))
        if folder.exists():
            folder.rename(place / "earlier")  # removed with `place`
        page.rename(folder)


def check_page_folder(folder: pathlib.Path) -> None:
    """Makes certain that only a page would be replaced.

    Raises:
        UserError: the folder holds something else.
    """
    if folder.is_file() or (
        folder.is_dir() and any(folder.iterdir()) and not (folder / DESCRIPTION).is_file()
    ):
        raise UserError(f"--output={folder}: exists and is no page; must be a page or a new folder")


def _litert(function: Callable[..., dict[str, tf.Tensor]], name: str, shape: list[int]) -> bytes:
    """A LiteRT model of a function with one input, for this one shape."""
    traced = tf.function(
        lambda inputs: function(**{name: inputs}),
        input_signature=[tf.TensorSpec(shape, tf.float32, name=name)],
        autograph=False,
    ).get_concrete_function()
    module = tf.Module()
    module.weights = list(traced.variables)  # the converter only knows what belongs to a module
    content: bytes = tf.lite.TFLiteConverter.from_concrete_functions([traced], module).convert()
    return content
