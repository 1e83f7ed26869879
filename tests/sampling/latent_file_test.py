import numpy as np
import pytest

from kerasgan.errors import UserError
from kerasgan.sampling.latent_file import read_latents, read_names, write_latents


def test_latents_are_read_as_they_were_written(tmp_path):
    latents = np.random.default_rng(0).normal(size=[3, 6]).astype(np.float32)
    write_latents(tmp_path / "a.npz", latents, ["me", "you", "ü"])
    np.testing.assert_array_equal(read_latents(tmp_path / "a.npz", 6), latents)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        assert arrays["names"].tolist() == ["me", "you", "ü"]
    np.save(tmp_path / "a.npy", latents.astype(np.float64))
    assert read_latents(tmp_path / "a.npy", 6).dtype == np.float32
    assert read_names(tmp_path / "a.npz", 3) == ["me", "you", "ü"]
    assert read_names(tmp_path / "a.npy", 3) == ["a 1", "a 2", "a 3"]
    assert read_names(tmp_path / "a.npy", 1) == ["a"]


def test_names_that_do_not_fit_are_refused(tmp_path):
    latents = np.zeros([2, 6])
    for names in (np.array(["me"]), np.array([1, 2]), np.array([["me", "you"]])):
        np.savez(tmp_path / "a.npz", latents=latents, names=names)
        with pytest.raises(UserError, match=r"a\.npz: its array names must be 2 texts$"):
            read_names(tmp_path / "a.npz", 2)
    np.savez(tmp_path / "a.npz", latents=latents, names=np.array([{}, {}]))
    with pytest.raises(UserError, match=r"a\.npz: names cannot be read: "):
        read_names(tmp_path / "a.npz", 2)


def test_other_content_is_refused_in_one_line(tmp_path):
    np.savez(tmp_path / "others.npz", images=np.zeros([3, 6]))
    np.save(tmp_path / "nan.npy", np.full([3, 6], np.nan))
    np.save(tmp_path / "wide.npy", np.zeros([3, 7]))
    np.save(tmp_path / "none.npy", np.zeros([0, 6]))
    np.save(tmp_path / "objects.npy", np.array([{}]), allow_pickle=True)
    np.savez_compressed(tmp_path / "broken.npz", latents=np.zeros([3, 6]))
    content = bytearray((tmp_path / "broken.npz").read_bytes())
    content[80:90] = b"x" * 10
    (tmp_path / "broken.npz").write_bytes(content)
    (tmp_path / "empty.npy").touch()
    (tmp_path / "cut.npz").write_bytes((tmp_path / "others.npz").read_bytes()[:100])
    for name, message in (
        ("others.npz", "a .npz file must have an array latents"),
        ("nan.npy", "has NaN or infinite numbers; all must be finite"),
        ("wide.npy", "of shape 3x7; must be n x 6"),
        ("none.npy", "of shape 0x6; must be n x 6"),
        ("objects.npy", "not a readable .npy or .npz file of numbers: "),
        ("broken.npz", "not a readable .npy or .npz file of numbers: "),
        ("empty.npy", "not a readable .npy or .npz file of numbers: "),
        ("cut.npz", "not a readable .npy or .npz file of numbers: "),
        ("missing.npy", "not a readable .npy or .npz file of numbers: "),
    ):
        with pytest.raises(UserError) as refused:
            read_latents(tmp_path / name, 6)
        assert str(refused.value).startswith(f"--latents={tmp_path / name}: {message}"), name
        assert "\n" not in str(refused.value)
