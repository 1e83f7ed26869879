"""A GAN as a SavedModel that TensorFlow Serving loads."""

import dataclasses
import json
import pathlib
from typing import Any

import keras
import tensorflow as tf

from kerasgan.files import tensorflow_path, unfinished_folder
from kerasgan.label_space import LabelSpace
from kerasgan.serving import metadata as metadata_file
from kerasgan.serving import model_card
from kerasgan.serving.labelled_endpoints import functions_of
from kerasgan.serving.warm_up import write_warm_up


def export_saved_model(
    generator: keras.Model,
    folder: pathlib.Path,
    *,
    discriminator: keras.Model | None = None,
    labels: LabelSpace | None = None,
    metadata: dict[str, Any] | None = None,
) -> pathlib.Path:
    """Writes <folder>/<next version>/, which can be loaded with TensorFlow only.

    The signatures are those of `kerasgan.serving.endpoints`, or if the networks are conditional of
    `kerasgan.serving.labelled_endpoints`. The version appears only when complete: a server that
    polls the folder never sees half of it.

    Args:
        generator: a built model from latents to images, usually the averaged one.
        folder: the model's folder; created if missing.
        discriminator: for the signature `discriminate`; None to leave it out.
        labels: what conditional networks are asked for; None for unconditional ones.
        metadata: the content of the asset metadata.json, such as `describe_run` returns; unless it
            is empty, the version gets a model card too. The meaning of labels is added to it:
            `labels`, with their `kind` and `names`.

    Returns:
        The version's folder.

    Raises:
        ValueError: the generator does not take these labels.
    """
    generator = _copy(generator)
    discriminator = discriminator and _copy(discriminator)
    signatures = functions_of(generator, discriminator, labels)
    content = dict(metadata or {})
    if labels is not None:
        content["labels"] = dataclasses.asdict(labels)

    module = tf.Module()
    networks = [generator] if discriminator is None else [generator, discriminator]
    module.weights = [weight.value for network in networks for weight in network.weights]
    with unfinished_folder(folder / "version", shared=True) as place:
        asset = place / metadata_file.FILE
        asset.write_text(json.dumps(content, indent=2) + "\n")
        module.metadata = tf.saved_model.Asset(tensorflow_path(asset))
        unfinished = place / "model"
        tf.saved_model.save(module, tensorflow_path(unfinished), signatures=signatures)
        write_warm_up(signatures, unfinished)
        if metadata:
            card = model_card.model_card(folder.absolute().name, metadata)
            (unfinished / model_card.FILE).write_text(card, encoding="utf-8")
        return _rename_to_next_version(unfinished, folder)


def latest_version(folder: pathlib.Path) -> pathlib.Path | None:
    """The version that TensorFlow Serving would load; None if there is none."""
    versions = _versions(folder)
    return folder / str(max(versions)) if versions else None


def _copy(network: keras.Model) -> keras.Model:
    """A copy outside any strategy, whose variables belong to one device."""
    plain = keras.models.clone_model(network)
    plain.set_weights(network.get_weights())
    return plain


def _versions(folder: pathlib.Path) -> list[int]:
    return [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]


def _rename_to_next_version(unfinished: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    while True:
        version = folder / str(max(_versions(folder), default=0) + 1)
        try:
            return unfinished.rename(version)
        except OSError:
            if not version.exists():
                raise
            # Another export took the number at the same moment.
