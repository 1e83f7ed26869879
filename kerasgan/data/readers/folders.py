"""Pictures in a folder and its subfolders."""

import errno
import logging
import os
import pathlib
import re
import stat

import numpy as np

from kerasgan.data.image_set import SkippedFile
from kerasgan.data.pictures.decode import ENDINGS, BadPictureError
from kerasgan.data.pile import Pile
from kerasgan.data.readers.own_outputs import RUN_REASON, leave_out_outputs, posix_path
from kerasgan.errors import UserError

_LOG = logging.getLogger(__name__)

MAX_FILE_BYTES = 1 << 30  # no picture meant for training is larger

_SYSTEM_FILES = ("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r")
_CONTAINER = re.compile(
    r"\.(npy|npz|zip|rar|7z|tar(\.\w+)?|tgz|tbz2|txz|tfrecords?(-\d{5}-of-\d{5})?)$", re.IGNORECASE
)
_CONTAINER_REASON = "may hold pictures, but is read only if --dataset names it"


def open_folder(folder: pathlib.Path, *, flag: str = "dataset", outputs_too: bool = False) -> Pile:
    """Lists the pictures in a folder at any depth, in the order of their paths compared as text.

    Links to folders are followed; each folder is read once.

    Args:
        folder: where to look.
        flag: that names it, for messages.
        outputs_too: whether to list what kerasgan wrote, such as samples, which are no data.

    Raises:
        UserError: the folder does not exist, cannot be listed, or holds no pictures.
    """
    if not folder.is_dir():
        raise UserError(f"--{flag}={folder}: no such folder")
    listing = _Listing(folder, flag)
    listing.walk()
    listing.found.sort()
    found, skipped = listing.found, listing.skipped
    if not outputs_too:
        kept, skipped = leave_out_outputs(
            [name for name, _, _ in found], skipped, lambda name: (folder / name).read_bytes()
        )
        found = [found[index] for index in kept]
    if not found:
        raise UserError(f"--{flag}={folder}: the folder holds {no_pictures(skipped)}")
    names = [name for name, _, _ in found]
    containers = [file.name for file in skipped if file.reason == _CONTAINER_REASON]
    if containers and not outputs_too:
        _LOG.warning("--%s=%s: %s %s", flag, folder, _some(containers), _CONTAINER_REASON)

    root = str(folder)

    def read(index: int) -> bytes:
        # pathlib and buffering would take longer than reading a small file itself.
        with open(f"{root}/{names[index]}", "rb", buffering=0) as file:
            return file.read()

    return Pile(
        source="folder",
        names=names,
        sizes=np.array([size for _, size, _ in found], np.int64),
        stamps=np.array([changed for _, _, changed in found], np.int64),
        read=read,
        skipped=sorted(skipped, key=lambda file: file.name),
    )


def list_unread(folder: pathlib.Path, reason: str) -> tuple[int, list[SkippedFile]]:
    """Lists the files of a folder that is read in another way than picture by picture.

    Args:
        folder: with files at any depth.
        reason: why its pictures are not read.

    Returns:
        The number of pictures, and all files, those of other kinds included.
    """
    listing = _Listing(folder, "dataset")
    listing.walk()
    files = [SkippedFile(name, reason, bad=False) for name, _, _ in listing.found]
    files += [SkippedFile(file.name, file.reason, bad=False) for file in listing.skipped]
    return len(listing.found), sorted(files, key=lambda file: file.name)


def why_ignored(name: str) -> str | None:
    """Why a file is ignored; None if it may be a picture."""
    *folders, file = posix_path(name).parts
    for part in folders:
        if part == "__MACOSX" or part.startswith("."):
            return f"is in {part}, which is hidden"
    if file.lower() in _SYSTEM_FILES:
        return "is a system file"
    if file.startswith("."):
        return "is hidden"
    if _CONTAINER.search(file):
        return _CONTAINER_REASON
    if not file.lower().endswith(ENDINGS):
        return "does not have the file extension of a picture"
    return None


def no_pictures(skipped: list[SkippedFile]) -> str:
    """Says what a place without readable pictures holds."""
    bad = [file for file in skipped if file.bad]
    if bad:
        return f"no picture that can be read: {bad[0].name} {bad[0].reason}"
    for reason in (RUN_REASON, _CONTAINER_REASON):
        for file in skipped:
            if file.reason == reason:
                return f"no pictures: {file.name} {file.reason}"
    return f"no pictures (files that end in {', '.join(ENDINGS)})"


class _Listing:
    """The files in a folder at any depth: pictures with their sizes and times, and the others."""

    def __init__(self, folder: pathlib.Path, flag: str):
        self.found: list[tuple[str, int, int]] = []
        self.skipped: list[SkippedFile] = []
        self._folder = folder
        self._flag = flag
        self._seen: dict[tuple[int, int], str] = {}

    def walk(self) -> None:
        """Lists everything; folders are identified by device and inode, so none is listed twice."""
        waiting = [""]
        while waiting:
            inner: list[str] = []
            self._list(waiting.pop(0), inner)
            waiting = sorted(inner) + waiting

    def _list(self, place: str, inner: list[str]) -> None:
        path = self._folder / place
        try:
            info = path.stat()
            known = self._seen.setdefault((info.st_dev, info.st_ino), place)
            if known != place:
                leads_back = place.startswith(f"{known}/") or known == ""
                reason = (
                    f"is a link to {known or 'the data set itself'}, which has already been read"
                )
                self.skipped.append(SkippedFile(place, reason, bad=leads_back))
                return
            with os.scandir(path) as entries:
                for entry in entries:
                    self._look_at(entry, f"{place}/{entry.name}" if place else entry.name, inner)
        except OSError as error:
            if place == "":
                raise UserError(
                    f"--{self._flag}={self._folder}: cannot be listed: {error.strerror}"
                ) from error
            self.skipped.append(SkippedFile(place, f"cannot be listed: {error.strerror}"))

    def _look_at(self, entry: os.DirEntry, name: str, inner: list[str]) -> None:
        try:
            if entry.is_dir():
                if entry.name == "__MACOSX" or entry.name.startswith("."):
                    self.skipped.append(SkippedFile(name, "is hidden", bad=False))
                else:
                    inner.append(name)
                return
            ignored = why_ignored(name)
            if ignored is not None:
                self.skipped.append(SkippedFile(name, ignored, bad=False))
                return
            self._add(name, entry.stat())
        except OSError as error:
            self.skipped.append(SkippedFile(name, _why_unreachable(entry, error)))

    def _add(self, name: str, info: os.stat_result) -> None:
        if not stat.S_ISREG(info.st_mode):
            self.skipped.append(SkippedFile(name, "is not a regular file"))
        elif info.st_size == 0:
            self.skipped.append(SkippedFile(name, "is empty"))
        elif info.st_size > MAX_FILE_BYTES:
            self.skipped.append(SkippedFile(name, f"is too large: {info.st_size:,} bytes"))
        else:
            # ctime rather than mtime: it changes with permissions and links too, and whenever
            # a file is replaced by one with an old mtime.
            self.found.append((name, info.st_size, info.st_ctime_ns))


def _some(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _why_unreachable(entry: os.DirEntry, error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "is a link that leads back to itself"
    if error.errno == errno.ENOENT and entry.is_symlink():
        return f"is a link to {os.readlink(entry.path)}, which does not exist"
    return f"cannot be read: {error.strerror}"


def read_part(path: pathlib.Path, start: int, size: int) -> bytes:
    """Reads `size` bytes of a file, beginning at byte `start`.

    Raises:
        BadPictureError: the file ends before that.
    """
    with path.open("rb") as file:
        file.seek(start)
        data = file.read(size)
    if len(data) < size:
        raise BadPictureError(f"is cut off: {path.name} ends in the middle of it")
    return data
