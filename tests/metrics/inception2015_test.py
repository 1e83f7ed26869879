import hashlib
import pathlib

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.errors import UserError
from kerasgan.metrics import inception2015
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.frechet import Moments, fid


def write_graph(path, *, output="pool_3"):
    """A frozen graph with the tensor names and the fixed batch size of 1 of the published one.

    Its features are the means of the pixels resized to 4 x 4, and their squares.
    """
    with tf.Graph().as_default() as graph:
        image = tf.compat.v1.placeholder(tf.uint8, [None, None, 3], name="DecodeJpeg")
        batch = tf.expand_dims(tf.cast(image, tf.float32), 0, name="ExpandDims")
        small = tf.compat.v1.image.resize_bilinear(batch, [4, 4], name="ResizeBilinear")
        scaled = tf.multiply(small - 128.0, 1 / 128, name="Mul")
        features = tf.concat([scaled, scaled**2], axis=-1)
        tf.compat.v1.nn.avg_pool2d(features, 4, 1, "VALID", name=output)
    path.write_bytes(graph.as_graph_def().SerializeToString())
    return path


def images(count, seed):
    return np.random.default_rng(seed).integers(0, 256, [count, 8, 8, 3], np.uint8)


def expected_features(pictures):
    # Every second pixel: TensorFlow 1 keeps corners where they are, and interpolates nothing here.
    scaled = (pictures[:, ::2, ::2].astype(np.float64) - 128) / 128
    return np.concatenate([scaled.mean((1, 2)), (scaled**2).mean((1, 2))], axis=-1)


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Replaces the published graph by the test's own."""
    path = write_graph(tmp_path / "graph.pb")
    monkeypatch.setattr(inception2015, "MD5", md5(path))
    monkeypatch.setattr(inception2015, "URL", path.as_uri())
    return path


def test_a_graph_for_one_image_takes_batches_of_any_size(tmp_path):
    run = inception2015.load_frozen_graph(write_graph(tmp_path / "graph.pb"))
    for count in (1, 5, 3):
        pictures = images(count, count)
        features = run(pictures)
        assert features.shape == (count, 6)
        np.testing.assert_allclose(features, expected_features(pictures), atol=1e-5)


def test_from_images_to_the_distance(published, tmp_path):
    extractor = open_extractor(f"inception2015:{published}", cache_dir=tmp_path / "none")
    assert (extractor.name, extractor.size) == ("inception2015", 6)
    assert extractor.digest == hashlib.sha256(published.read_bytes()).hexdigest()
    real, generated = images(200, 0), images(150, 1) // 2
    value = fid(Moments.of(extractor.features(real)), Moments.of(extractor.features(generated)))
    a, b = expected_features(real), expected_features(generated)
    c1, c2 = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    roots = np.sqrt(np.linalg.eigvals(c1 @ c2).real.clip(0))
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(c1 + c2) - 2 * roots.sum()
    assert value == pytest.approx(expected, rel=1e-4)


def test_it_is_downloaded_once_and_cached(published, tmp_path):
    cache = tmp_path / "cache"
    path = inception2015.find_graph(None, cache_dir=cache)
    assert path == cache / "classify_image_graph_def.pb"
    assert path.read_bytes() == published.read_bytes()
    published.unlink()
    assert inception2015.find_graph(None, cache_dir=cache) == path
    assert list(cache.iterdir()) == [path]


def test_other_content_is_refused(tmp_path, published):
    other = write_graph(tmp_path / "other.pb", output="else")
    with pytest.raises(UserError, match=f"other.pb has MD5 {md5(other)}; the published graph has"):
        open_extractor(f"inception2015:{other}")
    target = tmp_path / "cache" / "x.pb"
    with pytest.raises(UserError, match="has MD5"):
        inception2015.download(other.as_uri(), target, md5=md5(published))
    assert list(target.parent.iterdir()) == []


def test_a_missing_file_is_named(tmp_path):
    missing = tmp_path / "missing.pb"
    with pytest.raises(UserError, match=f"cannot read {missing}: No such file"):
        open_extractor(f"inception2015:{missing}")


def test_without_network_one_line_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(
        inception2015, "URL", "http://127.0.0.1:9/graph.pb"
    )  # no server listens there
    with pytest.raises(UserError) as refusal:
        open_extractor("inception2015", cache_dir=tmp_path)
    message = str(refusal.value)
    assert "cannot download http://127.0.0.1:9/graph.pb: [Errno 111] Connection refused" in message
    assert "--extractor=inception2015:<file>" in message
    assert "\n" not in message
    assert list(tmp_path.iterdir()) == []


def test_other_graphs_are_refused(tmp_path):
    garbage = tmp_path / "garbage.pb"
    garbage.write_bytes(b"\xff" * 100)
    with pytest.raises(UserError, match=r"garbage.pb is not a frozen graph"):
        open_extractor(str(garbage))
    other = write_graph(tmp_path / "other.pb", output="else")
    with pytest.raises(UserError, match=r"ExpandDims:0 \(images\) and pool_3:0 \(features\)"):
        open_extractor(str(other))
    with pytest.raises(UserError, match=r"cannot read"):
        inception2015.load_frozen_graph(pathlib.Path(tmp_path / "missing.pb"))
