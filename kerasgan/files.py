"""Writing files and folders: what has its final name is complete, whatever happens meanwhile.

Everything is written next to its place under an unfinished name and renamed at the end. After a
full disk or a kill at any moment, what was there before is still there.
"""

import contextlib
import errno
import functools
import os
import pathlib
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from typing import IO

from kerasgan.errors import UserError, refused_path

# Ends the name of a file or folder until it is complete: no pattern like *.png finds it.
UNFINISHED = ".unfinished"

WINDOWS_PATH = re.compile(r"[A-Za-z]:[\\/]|\\\\")  # C:\faces, C:/faces, \\server\faces

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # pathlib makes one slash of two
# Python has such a lone surrogate for each byte of a path that is not UTF-8.
_NOT_FOR_TENSORFLOW = re.compile(r"[*?\[\\\ud800-\udfff]")


def unfinished_path(path: pathlib.Path, *, shared: bool = False) -> pathlib.Path:
    """The name of `path` while it is being written.

    Args:
        path: of the finished file or folder.
        shared: whether several processes may write it at the same time, as in a cache. Each then
            gets a name of its own.
    """
    token = f".{secrets.token_hex(4)}" if shared else ""
    return path.with_name(f"{path.name}{token}{UNFINISHED}")


@contextlib.contextmanager
def new_file(
    path: pathlib.Path, *, flush: bool = True, shared: bool = False
) -> Iterator[pathlib.Path]:
    """Gives the name under which to write a file, which replaces `path` when the block ends.

    If the block raises, `path` is as it was, and the unfinished file is removed.

    Args:
        path: of the file.
        flush: wait until the file would survive a power cut; too slow for thousands of files.
        shared: see `unfinished_path`.

    Raises:
        OSError: it cannot be written.
    """
    unfinished = unfinished_path(path, shared=shared)
    try:
        yield unfinished
        if flush:
            flush_to_disk(unfinished)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def replace_file(path: pathlib.Path, content: bytes, *, flush: bool = True) -> None:
    """Writes all of `content` to `path`, or leaves `path` as it was.

    Args:
        path: of the file.
        content: of the file from now on.
        flush: see `new_file`.

    Raises:
        OSError: it cannot be written.
    """
    with new_file(path, flush=flush) as unfinished:
        unfinished.write_bytes(content)


@contextlib.contextmanager
def unfinished_folder(path: pathlib.Path, *, shared: bool = False) -> Iterator[pathlib.Path]:
    """Gives an empty folder next to `path`, to be filled and then renamed by the block.

    What the block has not renamed is removed at its end. What a killed process left under the same
    name is removed at its beginning.

    Args:
        path: the final name; only the block knows what to do where it is taken.
        shared: see `unfinished_path`.

    Raises:
        OSError: it cannot be made.
    """
    folder = unfinished_path(path, shared=shared)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def flush_to_disk(path: pathlib.Path) -> None:
    """Returns once a file's content, or a folder's list of files, would survive a power cut.

    Windows cannot flush folders, and files only where they may be written.
    """
    is_folder = path.is_dir()
    try:
        descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    except PermissionError:
        if is_folder:
            return
        raise
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock_file(file: IO, *, wait: bool) -> None:
    """Locks an open file until it is closed or the process ends (`flock`).

    Args:
        file: open for writing.
        wait: wait for another process that holds the lock.

    Raises:
        BlockingIOError: another process holds it, and `wait` is false.
        OSError: this system or this file system has no such locks.
    """
    try:
        import fcntl
    except ImportError as error:
        raise OSError(errno.ENOSYS, "this system has no flock") from error
    fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def local_path(flag: str, path: str | os.PathLike[str]) -> pathlib.Path:
    """The path that a flag names, with the home folder in place of a leading ~.

    Raises:
        UserError: it is a URL, or there is no home folder; the message names the flag.
    """
    refuse_url(flag, path)
    try:
        return pathlib.Path(path).expanduser()
    except RuntimeError as error:
        raise UserError(
            f"--{flag}={path}: there is no such home folder here; set HOME, or name a folder"
        ) from error


def tensorflow_path(path: pathlib.Path) -> str:
    r"""A path as TensorFlow can take it.

    TensorFlow looks up what it reads by patterns, in which *, ?, [ and \ do not stand for
    themselves, and takes no path whose bytes are not UTF-8. Such a path is given as one through a
    link with a plain name, in a temporary folder which lasts as long as this process.

    Args:
        path: of a file or a folder, which need not exist yet.

    Raises:
        UserError: a link is needed and cannot be made.
    """
    if not _NOT_FOR_TENSORFLOW.search(path.as_posix()):
        return path.as_posix()
    try:
        if _NOT_FOR_TENSORFLOW.search(path.name):
            return _link_to(path.absolute()).as_posix()
        return (_link_to(path.parent.absolute()) / path.name).as_posix()
    except OSError as error:
        raise UserError(
            f"{path}: has characters that TensorFlow does not take in a path, and no link to it "
            f"can be made in {tempfile.gettempdir()} ({error.strerror or error}); choose another "
            "path, or another TMPDIR"
        ) from error


@functools.cache
def _link_to(target: pathlib.Path) -> pathlib.Path:
    """A link, for this process, which has the target's ending if that is plain."""
    ending = "" if _NOT_FOR_TENSORFLOW.search(target.suffix) else target.suffix
    link = pathlib.Path(_folder_of_links().name, f"{secrets.token_hex(4)}{ending}")
    link.symlink_to(target)
    return link


@functools.cache
def _folder_of_links() -> tempfile.TemporaryDirectory:
    folder = tempfile.TemporaryDirectory(prefix="kerasgan-")
    if _NOT_FOR_TENSORFLOW.search(pathlib.PurePath(folder.name).as_posix()):
        raise OSError("its path has such characters too")
    return folder


def check_writable(flag: str, folder: pathlib.Path, *, value: pathlib.Path | None = None) -> None:
    """Makes sure, before any work, that `folder` can be made or written to; writes nothing.

    Args:
        flag: the flag's name, for messages.
        folder: where something is to be written.
        value: of the flag, if that is not the folder itself.

    Raises:
        UserError: it cannot; the message names the flag.
    """
    value = value or folder
    refuse_url(flag, value)
    with refused_path(flag, value):
        existing = folder.absolute()
        while not existing.exists():
            refuse_dangling_link(flag, value, existing)
            existing = existing.parent
        if not existing.is_dir():
            raise UserError(f"--{flag}={value}: {existing} is not a folder")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise UserError(f"--{flag}={value}: no permission to write in {existing}")


def refuse_url(flag: str, path: str | os.PathLike[str]) -> None:
    """Refuses gs://bucket and the like, which would become a folder called "gs:".

    Raises:
        UserError: it is a URL; the message names the flag.
    """
    url = _URL.match(str(path))
    if url:
        rest = str(path)[url.end() :].lstrip("/")
        raise UserError(f"--{flag}={url[0]}/{rest}: is a URL; must be a path on this machine")


def refuse_dangling_link(flag: str, value: object, path: pathlib.Path) -> None:
    """Refuses a link to a place that does not exist, as to a drive that is not mounted.

    Args:
        flag: the flag's name.
        value: what the user gave for it.
        path: the value, or one of its parents.

    Raises:
        UserError: it is such a link.
    """
    if path.is_symlink() and not path.exists():
        raise UserError(
            f"--{flag}={value}: {path} is a link to {os.readlink(path)}, which does not exist"
        )
