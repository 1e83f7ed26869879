"""Files of latents: what `sample --latents` and its kin read, and `project` writes."""

import io
import pathlib
import zipfile
import zlib
from collections.abc import Sequence

import numpy as np

from kerasgan.errors import UserError
from kerasgan.files import replace_file


def read_latents(path: pathlib.Path, latent_dim: int, *, flag: str = "latents") -> np.ndarray:
    """The latents in a file: a .npy array, or the array `latents` of a .npz file.

    Args:
        path: of the file.
        latent_dim: the length of a latent vector of the generator.
        flag: that names the file, for messages.

    Returns:
        float32 [n, latent_dim], at least one and all finite.

    Raises:
        UserError: it cannot be read, or holds something else.
    """
    try:
        with path.open("rb") as file:  # np.load would leave a damaged one open
            content = np.load(file, allow_pickle=False)
            if isinstance(content, np.lib.npyio.NpzFile):
                content = content["latents"]
        with np.errstate(over="ignore"):  # too large becomes infinite, which is refused below
            numbers = np.asarray(content, np.float32)
    except KeyError as error:
        raise UserError(f"--{flag}={path}: a .npz file must have an array latents") from error
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise UserError(
            f"--{flag}={path}: not a readable .npy or .npz file of numbers: {error}"
        ) from error
    if numbers.ndim != 2 or numbers.shape[1] != latent_dim or not len(numbers):
        shape = "x".join(map(str, numbers.shape))
        raise UserError(f"--{flag}={path}: of shape {shape}; must be n x {latent_dim}")
    if not np.isfinite(numbers).all():
        raise UserError(f"--{flag}={path}: has NaN or infinite numbers; all must be finite")
    return numbers


def read_names(path: pathlib.Path, count: int) -> list[str]:
    """The names of the pictures that latents stand for: the array `names` of a .npz file.

    Args:
        path: of a file that `read_latents` has read.
        count: of the latents.

    Returns:
        One for each of the latents; in a file without names that of the file, and a number where
        there are several: "faces 1".

    Raises:
        UserError: the file has names of another kind or number.
    """
    with path.open("rb") as file:
        content = np.load(file, allow_pickle=False)
        if not isinstance(content, np.lib.npyio.NpzFile) or "names" not in content:
            return [path.stem] if count == 1 else [f"{path.stem} {i + 1}" for i in range(count)]
        try:
            names = content["names"]
        except (ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise UserError(f"--latents={path}: names cannot be read: {error}") from error
    if names.shape != (count,) or names.dtype.kind != "U":
        raise UserError(f"--latents={path}: its array names must be {count} texts")
    return [str(name) for name in names]


def write_latents(path: pathlib.Path, latents: np.ndarray, names: Sequence[str]) -> None:
    """Writes a .npz file of the arrays `latents` and `names`, uncompressed.

    Args:
        path: of the file.
        latents: float32 [n, latent_dim].
        names: of the pictures that they stand for.

    Raises:
        OSError: it cannot be written.
    """
    content = io.BytesIO()
    np.savez(content, latents=latents.astype(np.float32), names=np.array(names, dtype=np.str_))
    replace_file(path, content.getvalue())
