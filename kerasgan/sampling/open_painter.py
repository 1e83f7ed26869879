"""Opens a trained generator: of a run's folder, a GAN in memory, or an exported model."""

import json
import pathlib
import zlib
from typing import Any

import tensorflow as tf

from kerasgan.channels import CHANNELS
from kerasgan.errors import UserError
from kerasgan.files import tensorflow_path
from kerasgan.label_space import LabelSpace
from kerasgan.model.gan import GAN
from kerasgan.runs.public import data_set_name
from kerasgan.runs.restore import RestoredRun, restore_run
from kerasgan.sampling.painter import Painter
from kerasgan.serving import metadata
from kerasgan.serving.labelled_endpoints import functions_of
from kerasgan.serving.saved_model import latest_version


def painter_of_run(run_dir: pathlib.Path, which: str = "last") -> Painter:
    """The averaged generator of a run.

    Args:
        run_dir: the run's folder.
        which: "last" (the last checkpoint that can be read), "best", or the number of a step.

    Raises:
        UserError: no such run or checkpoint, or one that cannot be read.
    """
    return painter_of_restored(restore_run(run_dir, which), run_dir)


def painter_of_restored(run: RestoredRun, run_dir: pathlib.Path) -> Painter:
    """The averaged generator of a run's checkpoint that has been read already."""
    config, gan, step = run
    return Painter(
        latent_dim=config.latent_dim,
        image_shape=config.image_shape,
        label_space=config.label_space,
        dataset=data_set_name(config.dataset),
        identity=_identity(gan),
        step=step,
        metadata=metadata.describe_run(config, step=step, run_dir=run_dir),
        signatures=functions_of(gan.ema_generator, gan.discriminator, config.label_space),
        notes=run_dir,
    )


def painter_of_gan(gan: GAN, label_space: LabelSpace | None = None) -> Painter:
    """The averaged generator of a GAN, which paints what it is at that moment.

    Args:
        gan: whose samples are images [H, W, C].
        label_space: what its labels mean; None if it is not conditional.

    Raises:
        ValueError: the samples are no images, or the labels are not those of the GAN.
    """
    shape = gan.image_shape
    if len(shape) != 3 or None in shape or shape[-1] not in CHANNELS:
        raise ValueError(f"the generator makes {shape}; must be images [H, W, C]")
    return Painter(
        latent_dim=gan.latent_dim,
        image_shape=shape,
        label_space=label_space,
        dataset=None,
        identity=_identity(gan),
        step=int(gan.step.numpy()),
        metadata={},
        signatures=functions_of(gan.ema_generator, labels=label_space),
        notes=None,
    )


def _identity(gan: GAN) -> str:
    checksum = 0
    for weight in gan.ema_generator.get_weights():
        checksum = zlib.crc32(weight.tobytes(), checksum)
    return f"weights {checksum:08x}"


def painter_of_model(folder: pathlib.Path) -> Painter:
    """The generator of an exported model: a version's folder, or the folder of all versions.

    Raises:
        UserError: the folder holds no SavedModel, or one that cannot be read or lacks the
            signatures of `python -m kerasgan.export`.
    """
    version = _find_version(folder)
    try:
        model = tf.saved_model.load(tensorflow_path(version))
    except (OSError, ValueError, tf.errors.OpError) as error:
        raise UserError(
            f"--model={folder}: cannot be read: {str(error).splitlines()[0]}"
        ) from error
    known = _read_metadata(version)
    wanted = {"sample", "serving_default"} | ({"paint_conditions"} if "labels" in known else set())
    missing = wanted - set(model.signatures)
    if missing:
        raise UserError(
            f"--model={folder}: has no signature {' and '.join(sorted(missing))}; must be a model "
            "from python -m kerasgan.export"
        )
    paint = model.signatures["serving_default"]
    if ("labels" in paint.structured_input_signature[1]) != ("labels" in known):
        raise UserError(
            f"--model={folder}: its metadata do not say what its labels mean; must be a model from "
            "python -m kerasgan.export"
        )
    fingerprint = tf.saved_model.experimental.read_fingerprint(tensorflow_path(version))
    return Painter(
        latent_dim=paint.structured_input_signature[1]["latents"].shape[1],
        image_shape=tuple(paint.structured_outputs["images"].shape[1:]),
        label_space=LabelSpace.read(known["labels"]) if "labels" in known else None,
        dataset=known.get("dataset"),
        identity=f"saved model {fingerprint.singleprint()}",
        step=None,
        metadata=known,
        signatures=model.signatures,
        notes=version / "assets.extra",  # which servers pass over
        _owner=model,
    )


def _find_version(folder: pathlib.Path) -> pathlib.Path:
    if folder.is_file():
        raise UserError(
            f"--model={folder}: is a file; must be a SavedModel's folder, such as "
            "saved_models/<name>"
        )
    if not folder.is_dir():
        raise UserError(f"--model={folder}: no such folder")
    for candidate in (folder, latest_version(folder)):
        if candidate is not None and (candidate / "saved_model.pb").is_file():
            return candidate
    raise UserError(
        f"--model={folder}: is no SavedModel; must be saved_models/<name> or one of its versions"
    )


def _read_metadata(version: pathlib.Path) -> dict[str, Any]:
    path = version / "assets" / metadata.FILE
    return dict(json.loads(path.read_text())) if path.is_file() else {}
