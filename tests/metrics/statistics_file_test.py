import numpy as np
import pytest

from kerasgan.errors import UserError
from kerasgan.metrics.frechet import Moments, fid
from kerasgan.metrics.measuring import Summary
from kerasgan.metrics.statistics_file import Origin, load_statistics, save_statistics

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
