"""Keras's own settings, which must not change what a command does.

Keras and TensorFlow read keras.json when they are first imported. It may be from other work, which
wanted other numbers or another order of axes.
"""

import json
import os
import pathlib
from typing import Any

from kerasgan.errors import UserError

_CHOICES = {
    "floatx": ("float16", "float32", "float64"),
    "image_data_format": ("channels_last", "channels_first"),
}


def check_keras_json() -> None:
    """Refuses a keras.json with which neither Keras nor TensorFlow can be imported.

    Raises:
        UserError: it is such a file; the message names it and what is wrong.
    """
    home = os.path.expanduser("~/.keras")
    for folder in {home, os.environ.get("KERAS_HOME") or home}:
        path = pathlib.Path(folder, "keras.json")
        if not path.exists():
            continue
        try:
            content = json.loads(path.read_text())
        except ValueError:  # Keras does without it
            continue
        except OSError as error:
            raise UserError(f"{path}: Keras cannot read its settings: {error.strerror}") from error
        wrong = _what_is_wrong(content)
        if wrong:
            raise UserError(
                f"{path}: Keras refuses its settings: {wrong}; mend the file or remove it"
            )


def _what_is_wrong(content: Any) -> str | None:
    if not isinstance(content, dict):
        return "they must be a JSON object"
    for name, choices in _CHOICES.items():
        if content.get(name, choices[0]) not in choices:
            return f"{name} is {content[name]!r}; must be one of {', '.join(choices)}"
    if not isinstance(content.get("epsilon", 0.0), float):
        return f"epsilon is {content['epsilon']!r}; must be a number with a decimal point"
    return None


def use_default_settings() -> None:
    """Sets Keras's defaults, whatever keras.json says: networks are built for these.

    A run's --precision decides about numbers, and axes are [B, H, W, C].
    """
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_image_data_format("channels_last")
    keras.config.set_epsilon(1e-7)
