import numpy as np
import pytest

from kerasgan.errors import UserError
from kerasgan.metrics.frechet import Moments, fid
from kerasgan.metrics.measuring import Summary
from kerasgan.metrics.statistics_file import (
    Origin,
    is_statistics,
    load_statistics,
    save_statistics,
)

ORIGIN = Origin(
    data="faces", data_digest="a" * 64, image_size="64x64x3", extractor="embedded",
    extractor_digest="b" * 64, seed=3,
)  # fmt: skip


def summary(*, keep_features=True):
    features = np.random.default_rng(0).normal(size=[50, 7]).astype(np.float32)
    moments = Moments.of(features)
    return Summary(50, "embedded", moments, features if keep_features else None)


@pytest.mark.parametrize("keep_features", [True, False])
def test_statistics_are_read_as_written(tmp_path, keep_features):
    kept = summary(keep_features=keep_features)
    path = tmp_path / "statistics.npz"
    save_statistics(path, kept, ORIGIN)
    read, origin = load_statistics(path)
    assert origin == ORIGIN
    assert (read.count, read.extractor) == (50, "embedded")
    assert fid(read.moments, kept.moments) == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(read.moments.scatter, kept.moments.scatter, rtol=1e-12)
    assert (read.features is not None) == keep_features
    if keep_features:
        np.testing.assert_array_equal(read.features, kept.features)
    assert list(tmp_path.iterdir()) == [path]


def test_pytorch_fid_can_read_what_is_written(tmp_path):
    kept = summary()
    save_statistics(tmp_path / "a.npz", kept, ORIGIN)
    with np.load(tmp_path / "a.npz") as arrays:  # as pytorch_fid.fid_score does
        mu, sigma = arrays["mu"][:], arrays["sigma"][:]
    np.testing.assert_allclose(mu, kept.features.mean(0), atol=1e-6)
    np.testing.assert_allclose(sigma, np.cov(kept.features, rowvar=False), atol=1e-6)


def test_files_of_the_format_before_are_read(tmp_path):
    kept = summary()
    save_statistics(tmp_path / "a.npz", kept, ORIGIN)
    with np.load(tmp_path / "a.npz") as arrays:
        content = dict(arrays)
    content["mean"], content["covariance"] = content.pop("mu"), content.pop("sigma")
    np.savez(tmp_path / "old.npz", **(content | {"format": np.array(2)}))
    read, origin = load_statistics(tmp_path / "old.npz")
    assert origin == ORIGIN
    assert fid(read.moments, kept.moments) == pytest.approx(0, abs=1e-12)
    np.savez(tmp_path / "new.npz", **(content | {"format": np.array(4)}))
    with pytest.raises(UserError, match=r"new.npz: is not a statistics file .*: another format"):
        load_statistics(tmp_path / "new.npz")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_statistics_of_pytorch_fid_are_read(tmp_path, dtype):
    features = np.random.default_rng(1).normal(size=[60, 5])
    mu, sigma = features.mean(0).astype(dtype), np.cov(features, rowvar=False).astype(dtype)
    np.savez(tmp_path / "fid.npz", mu=mu, sigma=sigma)
    read, origin = load_statistics(tmp_path / "fid.npz")
    np.testing.assert_array_equal(read.moments.mean, mu)
    np.testing.assert_array_equal(read.moments.covariance, sigma)
    assert (read.count, read.features, origin.extractor) == (0, None, "inception2015")
    for arrays in (
        {"mu": mu, "sigma": sigma[:3]},
        {"mu": mu, "sigma": np.full_like(sigma, np.nan)},
        {"mu": np.zeros([5, 5]), "sigma": np.float64(1)},
    ):
        np.savez(tmp_path / "bad.npz", **arrays)
        with pytest.raises(UserError, match=r"bad.npz: is not a statistics file"):
            load_statistics(tmp_path / "bad.npz")


def test_files_with_images_are_not_taken_for_statistics(tmp_path):
    statistics = {"mu": np.zeros(3), "sigma": np.eye(3)}
    images = np.zeros([2, 8, 8, 3], np.uint8)
    for name, arrays, expected in (
        ("a", statistics, True),
        ("b", statistics | {"arr_0": images}, False),  # as guided diffusion's references
        ("c", statistics | {"images": images}, False),
        ("d", {"arr_0": images}, False),
        ("e", {"mu": statistics["mu"]}, False),
    ):
        np.savez(tmp_path / f"{name}.npz", **arrays)
        assert is_statistics(tmp_path / f"{name}.npz") == expected, name


def test_damage_to_any_byte_is_refused_in_one_line(tmp_path):
    path = tmp_path / "statistics.npz"
    save_statistics(path, summary(keep_features=False), ORIGIN)
    whole = path.read_bytes()
    refused = 0
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            load_statistics(path)
        except UserError as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > len(whole) / 2


def test_pickled_objects_are_never_unpickled(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    path = tmp_path / "trap.npz"
    np.savez(path, origin=np.array([Trap()], dtype=object))
    (tmp_path / "sprung").unlink(missing_ok=True)
    with pytest.raises(UserError, match=r"trap.npz: is not a statistics file"):
        load_statistics(path)
    assert not (tmp_path / "sprung").exists()


def test_other_files_are_refused(tmp_path):
    with pytest.raises(UserError, match=r"missing.npz: cannot be read: No such file"):
        load_statistics(tmp_path / "missing.npz")
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(UserError, match=r"text.npz: is not a statistics file"):
        load_statistics(tmp_path / "text.npz")
    np.savez(tmp_path / "arrays.npz", mu=np.zeros(3))
    with pytest.raises(UserError, match=r"arrays.npz: is not a statistics file"):
        load_statistics(tmp_path / "arrays.npz")
    path = tmp_path / "cut.npz"
    save_statistics(path, summary(), ORIGIN)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(UserError, match=r"cut.npz: is not a statistics file"):
        load_statistics(path)
    with pytest.raises(UserError, match=r"cannot be written: No such file"):
        save_statistics(tmp_path / "none" / "x.npz", summary(), ORIGIN)
