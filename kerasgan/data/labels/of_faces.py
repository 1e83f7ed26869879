"""The labels of synthetic faces: any of the attributes that they were drawn from."""

from collections.abc import Mapping

import numpy as np

from kerasgan.config import DataSettings
from kerasgan.data.labels.label_file import is_label_file
from kerasgan.data.labels.of_pile import named_columns
from kerasgan.data.labels.values import Column, to_labels
from kerasgan.errors import UserError
from kerasgan.faces.attributes import CHOICES, RANGES, SIDED
from kerasgan.label_space import Labels
from kerasgan.settings import split_names


def label_faces(settings: DataSettings, attributes: Mapping[str, np.ndarray]) -> Labels | None:
    """What a conditional GAN is asked for.

    Bools are 0 and 1, numbers go from -1 to 1 over their documented range, and kinds, such as
    those of fringes, are classes.

    Args:
        settings: which attributes.
        attributes: what `sample_attributes` returns.

    Raises:
        UserError: there are no such attributes, they do not go together, or they have a side and
            images are mirrored.
    """
    asked = settings.labels
    if asked is None:
        return None
    if asked == "folders" or is_label_file(asked):
        raise UserError(
            f"--labels={asked}: synthetic_faces have neither folders nor names; must be names of "
            "their attributes, such as glasses,smile"
        )
    sided = [name for name in split_names(asked) if name in SIDED]
    if settings.random_flip and sided:
        raise UserError(
            f"--random_flip: mirrors images, and {sided[0]} in --labels={asked} has a left and a "
            "right; leave one of them out"
        )
    columns = named_columns(asked, attributes, CHOICES, {})
    names = [str(number) for number in range(len(columns[0].values))]
    return to_labels(asked, [_scaled(column) for column in columns], names)


def _scaled(column: Column) -> Column:
    """A number's documented range becomes -1 to 1."""
    if column.name not in RANGES:
        return column
    low, high = RANGES[column.name]
    values = 2 * (column.values.astype(np.float64) - low) / (high - low) - 1
    return Column(column.name, np.clip(values, -1, 1))  # float32 may leave the range by a rounding
