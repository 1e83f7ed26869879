import hashlib
import importlib.resources

import numpy as np
import pytest

from kerasgan.faces import synthetic_faces
from kerasgan.metrics import embedded
from kerasgan.metrics.embedded import DIGEST, YES_NO, EmbeddedNetwork


@pytest.fixture(scope="module")
def network():
    return EmbeddedNetwork()


@pytest.fixture(scope="module")
def faces():
    """Faces of a seed that was not used in training."""
    return synthetic_faces(1000, image_size=(64, 64), seed=7)


def test_the_shipped_file_is_small_and_has_the_recorded_digest():
    content = importlib.resources.files("kerasgan.metrics").joinpath("embedded.npz").read_bytes()
    assert len(content) < 1_000_000
    assert hashlib.sha256(content).hexdigest() == DIGEST


def test_a_file_with_another_digest_is_refused(monkeypatch):
    monkeypatch.setattr(embedded, "DIGEST", "0" * 64)
    with pytest.raises(RuntimeError, match=f"has SHA-256 {DIGEST}; must have 000"):
        EmbeddedNetwork()


def test_features_of_faces_have_mean_0_and_deviation_1(network, faces):
    features = network.features(faces[0])
    assert features.shape == (1000, network.size)
    assert features.dtype == np.float32
    assert np.abs(features.mean(0)).max() < 0.2
    assert np.abs(features.std(0) - 1).max() < 0.2


def test_features_do_not_depend_on_the_rest_of_the_batch(network, faces):
    together = network.features(faces[0][:7])
    alone = np.concatenate([network.features(faces[0][i : i + 1]) for i in range(7)])
    np.testing.assert_allclose(alone, together, atol=1e-4)


def test_attributes_of_unseen_faces_are_predicted_correctly(network, faces):
    images, truth = faces
    seen = network.attributes(images)
    assert set(seen) == {*YES_NO, "hair_shade"}
    for name, values in seen.items():
        assert np.mean(values == truth[name]) > 0.92, name
    for name in ("glasses", "hat", "beard", "open_mouth"):
        assert np.mean(seen[name] == truth[name]) > 0.98, name


@pytest.mark.parametrize("shape", [(32, 32, 3), (112, 80, 3), (64, 64, 1)])
def test_images_of_any_size_and_grey_images_are_accepted(network, shape):
    images = synthetic_faces(3, image_size=shape[:2], seed=0)[0][..., : shape[2]]
    features = network.features(images)
    assert features.shape == (3, network.size)
    assert np.all(np.isfinite(features))
