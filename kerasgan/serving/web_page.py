"""A generator as a web page: a folder that any static server shows, with nothing to install.

The pictures are painted in the visitor's browser by LiteRT.js, which is in the folder too; the page
asks no other server for anything. It runs LiteRT files whose batch is one picture.
"""

import dataclasses
import json
import pathlib
import shutil
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from kerasgan.errors import UserError
from kerasgan.files import unfinished_folder
from kerasgan.label_space import LabelSpace

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
    labels: LabelSpace | None = None,
    directions: Sequence[dict[str, Any]] = (),
    pictures: Sequence[dict[str, Any]] = (),
) -> None:
    """Writes the page's folder, which appears only when complete and replaces an earlier page.

    Args:
        folder: the page's. Check it with `check_page_folder` first.
        paint: the signature `serving_default`: `latents` float32 [n, latent_dim] to `images`
            float32 [n, H, W, C] in [-1, 1]; with labels `paint_conditions`, which takes
            `conditions` float32 [n, width] too.
        image_shape: height, width, channels.
        latent_dim: the length of a latent vector.
        metadata: shown as text, such as `describe_run` returns.
        discriminate: the signature `discriminate`: `images`, and with labels `labels`, to `logits`
            [n, 1]; None to leave the discriminator out.
        labels: what a conditional generator is asked for; None for an unconditional one.
        directions: for a slider each, `name` and `vector`, a list of latent_dim numbers.
        pictures: kept from the start, `name` and `latents`, a list of latent_dim numbers.

    Raises:
        OSError: it cannot be written.
    """
    description = {
        "format": 1,
        "latent_dim": latent_dim,
        "image_shape": list(image_shape),
        "discriminator": discriminate is not None,
        "labels": labels and dataclasses.asdict(labels),
        "directions": list(directions),
        "pictures": list(pictures),
        "metadata": metadata,
    }
    with unfinished_folder(folder, shared=True) as place:
        page = place / "page"
        shutil.copytree(_SOURCE, page)
        (page / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
        asked = {"conditions": [1, labels.width]} if labels else {}
        (page / GENERATOR).write_bytes(_litert(paint, latents=[1, latent_dim], **asked))
        if discriminate is not None:
            judge = _judge_conditions(discriminate, labels) if labels else discriminate
            (page / DISCRIMINATOR).write_bytes(_litert(judge, images=[1, *image_shape], **asked))
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


def _judge_conditions(
    discriminate: Callable[..., dict[str, tf.Tensor]], labels: LabelSpace
) -> Callable[..., dict[str, tf.Tensor]]:
    """The signature `discriminate` for conditions [n, width] in place of labels."""

    def judge(images: tf.Tensor, conditions: tf.Tensor) -> dict[str, tf.Tensor]:
        asked = tf.argmax(conditions, axis=-1) if labels.kind == "classes" else conditions
        return discriminate(images=images, labels=asked)

    return judge


def _litert(function: Callable[..., dict[str, tf.Tensor]], **shapes: list[int]) -> bytes:
    """A LiteRT model of a function, for these shapes of its float32 inputs."""
    specs = [tf.TensorSpec(shape, tf.float32, name=name) for name, shape in shapes.items()]
    traced = tf.function(
        lambda *inputs: function(**dict(zip(shapes, inputs, strict=True))),
        input_signature=specs,
        autograph=False,
    ).get_concrete_function()
    module = tf.Module()
    module.weights = list(traced.variables)  # the converter only knows what belongs to a module
    content: bytes = tf.lite.TFLiteConverter.from_concrete_functions([traced], module).convert()
    return content
