"""A generator as one file for other runtimes: ONNX, LiteRT (once TensorFlow Lite), or Keras."""

import importlib.util
import os
import pathlib
import warnings

import keras
import numpy as np

from kerasgan.errors import UserError
from kerasgan.files import tensorflow_path, unfinished_folder
from kerasgan.model.validation import condition_width_of
from kerasgan.runs.origin import discriminator_file


def export_file(
    generator: keras.Model,
    path: pathlib.Path,
    file_format: str,
    *,
    discriminator: keras.Model | None = None,
) -> None:
    """Writes a file, which appears only when complete.

    ONNX and LiteRT files map `latents` float32 [n, latent_dim] to `images` float32 [n, H, W, C]
    in [-1, 1], and need neither Keras nor TensorFlow to run. Those of a conditional generator also
    take `conditions` float32 [n, width], one-hot vectors of classes or the values of attributes:
    these runtimes cannot refuse an index of no class. A Keras file is the generator itself, next to
    which another has the discriminator; `import kerasgan.model.layers` before reading them with
    `keras.saving.load_model`.

    Args:
        generator: a built model from latents, or [latents, conditions], to images.
        path: the file, with the extension of the format: .onnx, .tflite or .keras.
        file_format: "onnx", "litert" or "keras".
        discriminator: to go with a Keras file, from which other runs can then begin.

    Raises:
        UserError: the format is ONNX and its converter is not installed.
    """
    if file_format == "onnx" and not all(map(importlib.util.find_spec, ("onnx", "tf2onnx"))):
        raise UserError("--format=onnx: needs pip install 'kerasgan[onnx]'")
    path.parent.mkdir(parents=True, exist_ok=True)
    with unfinished_folder(path, shared=True) as folder:
        unfinished = folder / f"generator{path.suffix}"  # the writers ask for this ending
        if file_format == "keras":
            generator.save(unfinished)
            if discriminator is not None:
                discriminator.save(discriminator_file(unfinished))
                os.replace(discriminator_file(unfinished), discriminator_file(path))
        else:
            _convert(generator, unfinished, file_format)
        os.replace(unfinished, path)


def _convert(generator: keras.Model, path: pathlib.Path, file_format: str) -> None:
    # The dictionary names the output; Keras only exports models that have been called.
    inputs = generator.inputs if condition_width_of(generator) else generator.input
    named = keras.Model(inputs, {"images": generator.output})
    zeros = [np.zeros([1, tensor.shape[-1]], np.float32) for tensor in generator.inputs]
    named(zeros if len(zeros) > 1 else zeros[0], training=False)
    with warnings.catch_warnings():
        # Keras's patch of tf2onnx looks up np.object, and NumPy warns that it may return.
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
        named.export(tensorflow_path(path), format=file_format, verbose=False)
