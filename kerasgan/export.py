"""A generator as a SavedModel that TensorFlow Serving loads."""

import pathlib

import keras
import tensorflow as tf


def export_generator(generator: keras.Model, folder: pathlib.Path) -> pathlib.Path:
    """Writes <folder>/<next version>/, which needs TensorFlow alone to be loaded.

    The signature `serving_default` maps `latents` float32 [n, latent_dim] to `images` float32
    [n, H, W, C] in [-1, 1]. The version appears only when it is complete: a server that polls the
    folder never sees half of it.

    Args:
        generator: a built model from latents to images.
        folder: the model's folder; made if missing.

    Returns:
        The version's folder.
    """
    # A copy outside of any strategy: its variables belong to one device.
    plain = keras.models.clone_model(generator)
    plain.set_weights(generator.get_weights())

    archive = keras.export.ExportArchive()
    archive.track(plain)
    archive.add_endpoint(
        "serving_default",
        lambda latents: {"images": plain(latents, training=False)},
        input_signature=[tf.TensorSpec([None, plain.input_shape[-1]], tf.float32, name="latents")],
    )
    folder.mkdir(parents=True, exist_ok=True)
    versions = [int(path.name) for path in folder.iterdir() if path.name.isdecimal()]
    version = folder / str(max(versions, default=0) + 1)
    unfinished = folder / f"unfinished-{version.name}"
    archive.write_out(str(unfinished), verbose=False)
    return unfinished.rename(version)
