import numpy as np
import pytest

from kerasgan.sampling.directions import as_numbers, attribute_names, regress, train_reader


def test_attributes_become_standardised_columns():
    names, matrix = as_numbers(
        {
            "smile": np.array([0.0, 0.5, 1.0, 0.5], np.float32),
            "hat": np.array([True, False, False, True]),
            "hair_colour": np.array([[9, 9, 9], [0, 0, 0], [0, 9, 0], [9, 0, 0]], np.float32),
            "fringe": np.array([0, 1, 2, 3]),  # a choice: nothing lies between its kinds
        }
    )
    assert names == ["smile", "hat", "hair_colour_brightness"]
    np.testing.assert_allclose(matrix.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(matrix.std(axis=0), 1, atol=1e-3)
    assert {"smile", "glasses", "hair_colour_brightness"} <= set(attribute_names())


def test_regression_finds_what_is_linear_and_says_what_is_not():
    random = np.random.default_rng(0)
    latents = random.normal(size=[2000, 10])
    direction = np.eye(10)[3] - np.eye(10)[7]
    read = np.stack(
        [
            5 + 2 * latents @ direction + 0.5 * random.normal(size=2000),
            random.normal(size=2000),
            latents[:, 0] ** 2,
            np.ones(2000),
        ],
        axis=1,
    )
    vectors, linear = regress(latents, read)
    np.testing.assert_allclose(np.linalg.norm(vectors[:, :3], axis=0), 1)
    assert vectors[:, 0] @ direction / np.sqrt(2) > 0.99
    assert linear[0] > 0.97
    assert abs(linear[1:]).max() < 0.2


@pytest.mark.slow
@pytest.mark.parametrize("channels", [1, 3])
def test_the_reader_reads_what_can_be_seen(channels, monkeypatch):
    monkeypatch.setattr("kerasgan.sampling.directions._NUM_FACES", 1024)
    reader, names, readable = train_reader((16, 16, channels), epochs=8)
    assert reader.input_shape == (None, 16, 16, channels)
    assert reader.output_shape == (None, len(names))
    by_name = dict(zip(names, readable, strict=True))
    assert by_name["background_colour_brightness"] > 0.6
    assert by_name["gaze_x"] < 0.5  # 16 pixels do not show where eyes look
