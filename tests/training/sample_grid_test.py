import numpy as np
import pytest

from kerasgan.config import Config
from kerasgan.data.image_set import DataFingerprint, ImageSet
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.training.callbacks.record_samples import sample_latents
from kerasgan.training.sample_grid import lay_out_samples

CONFIG = Config(image_size=16, num_samples=16, latent_dim=5, seed=3)


def images(labels=None, count=40):
    """Images whose grey level is their index."""
    rows = (
        np.zeros([count, 16, 16, 3], np.uint8)
        + np.arange(count, dtype=np.uint8)[:, None, None, None]
    )
    known = dict.fromkeys(DataFingerprint.__dataclass_fields__, "")
    return ImageSet(
        rows=rows, fingerprint=DataFingerprint(**{**known, "count": count}), conditions=labels
    )


def classes(count, values):
    names = tuple(f"class {index}" for index in range(count))
    return Labels(space=LabelSpace(kind="classes", names=names), values=np.asarray(values))


def attributes(values, names=("glasses", "beard", "gaze")):
    values = np.asarray(values, np.float32)
    return Labels(space=LabelSpace(kind="attributes", names=names), values=values)


def test_an_unconditional_grid_has_as_many_latents_as_asked_for():
    shown = lay_out_samples(CONFIG, images())
    np.testing.assert_array_equal(shown.latents, sample_latents(16, 5, seed=3))
    assert shown.columns == 4 and shown.conditions is None and shown.row_names == ()
    assert shown.real_images[:, 0, 0, 0].tolist() == np.linspace(0, 39, 16, dtype=int).tolist()


def test_a_row_is_a_class_and_a_column_a_latent():
    shown = lay_out_samples(CONFIG, images(classes(3, np.arange(40) % 3)))
    assert shown.row_names == ["class 0", "class 1", "class 2"] and shown.columns == 4
    assert shown.latents.shape == (12, 5)
    np.testing.assert_array_equal(shown.conditions.argmax(axis=1), np.repeat([0, 1, 2], 4))
    rows = shown.latents.numpy().reshape(3, 4, 5)
    np.testing.assert_array_equal(rows, np.tile(sample_latents(4, 5, seed=3), [3, 1, 1]))
    real = shown.real_images[:, 0, 0, 0].reshape(3, 4)
    np.testing.assert_array_equal(real % 3, np.repeat([[0], [1], [2]], 4, axis=1))
    assert all(len(set(row)) == 4 for row in real.tolist())


@pytest.mark.parametrize(
    ("num_samples", "count", "rows", "columns"),
    [(64, 1000, 16, 4), (64, 10, 10, 6), (64, 2, 2, 8), (4, 3, 2, 2), (1, 3, 1, 1)],
)
def test_many_classes_are_spread_over_the_rows(num_samples, count, rows, columns):
    config = Config(image_size=16, num_samples=num_samples, latent_dim=5)
    shown = lay_out_samples(config, images(classes(count, np.arange(40) % count)))
    asked = shown.conditions.argmax(axis=1).reshape(rows, columns)
    assert shown.columns == columns and len(shown.row_names) == rows
    assert asked[0, 0] == 0 and (rows == 1 or asked[-1, -1] == count - 1)
    assert np.ptp(np.diff(asked[:, 0])) <= 1 if rows > 2 else True


def test_a_class_with_few_images_leaves_its_row_incomplete():
    values = np.zeros(40, np.int64)
    values[7] = 1
    shown = lay_out_samples(CONFIG, images(classes(3, values)))
    real = shown.real_images[:, 0, 0, 0].reshape(3, 4)
    np.testing.assert_array_equal(real[1:], [[7, 255, 255, 255], [255] * 4])


def test_each_attribute_is_shown_at_its_other_extreme():
    values = np.zeros([40, 3])
    values[:10, 0] = 1  # glasses are rare
    values[:, 1] = np.arange(40) >= 15  # beards are not
    values[:, 2] = 0.5 - 1.5 * np.linspace(0, 1, 40) ** 3  # -1 is farther from the middle than 0.5
    shown = lay_out_samples(CONFIG, images(attributes(values)))
    asked = shown.conditions[:: shown.columns]
    middle = np.sort(values[:, 2])[19]
    expected = [[0, 1, middle], [1, 1, middle], [0, 0, middle], [0, 1, -1]]
    np.testing.assert_allclose(asked, expected, rtol=1e-6)
    assert shown.row_names == ["usual", "glasses=1", "beard=0", "gaze=-1"]
    real = shown.real_images[:, 0, 0, 0].reshape(4, 4)
    assert 20 in real[0] and (real[0] >= 15).all() and (real[2] < 15).all()


def test_more_attributes_than_rows_are_spread_too():
    names = tuple(f"a{index}" for index in range(40))
    values = np.eye(40, dtype=np.float32)
    shown = lay_out_samples(CONFIG, images(attributes(values, names)))
    assert shown.row_names == ["usual", "a0=1", "a19=1", "a39=1"]
