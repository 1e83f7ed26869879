"""Pictures in a .zip or .tar file, read in place: nothing is unpacked to disk."""

import bz2
import pathlib
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from typing import IO

import numpy as np

from kerasgan.data.image_set import SkippedFile
from kerasgan.data.pictures.decode import BadPictureError
from kerasgan.data.pile import Pile
from kerasgan.data.readers.folders import MAX_FILE_BYTES, no_pictures, read_part, why_ignored
from kerasgan.data.readers.own_outputs import leave_out_outputs
from kerasgan.errors import UserError

_START_BYTES = 1 << 21
_LOCAL_HEADER_BYTES = 30  # before name and extra field: APPNOTE.TXT, section 4.3.7


def open_zip(archive: pathlib.Path) -> Pile:
    """Lists the pictures in a .zip file, in the order of their paths compared as text.

    Raises:
        UserError: the file is not a zip archive, is damaged or encrypted, or has no pictures.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            members = [i for i in opened.infolist() if not i.filename.endswith(("/", "\\"))]
            chosen, skipped = _choose_pictures(
                [info.filename for info in members],
                [info.file_size for info in members],
                lambda name: _start(opened.open, name),
            )
    except UnicodeDecodeError as error:
        raise UserError(
            f"--dataset={archive}: a file in it has a name that is not UTF-8, though the archive "
            "says so; pack it again"
        ) from error
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        raise UserError(f"--dataset={archive}: not a readable zip archive: {error}") from error
    members = [members[number] for number in chosen]
    if any(info.flag_bits & 0x1 for info in members):
        raise UserError(f"--dataset={archive}: the archive is encrypted; unpack it first")
    if not members:
        raise UserError(f"--dataset={archive}: the archive holds {no_pictures(skipped)}")
    # For 200,000 members, zipfile's objects take a hundred megabytes, these arrays six.
    sizes = np.array([info.file_size for info in members], np.int64)
    packed = np.array([info.compress_size for info in members], np.int64)
    starts = np.array([info.header_offset for info in members], np.int64)
    checksums = np.array([info.CRC for info in members], np.int64)
    methods = np.array([info.compress_type for info in members], np.int64)

    def read(index: int) -> bytes:
        header = read_part(archive, int(starts[index]), _LOCAL_HEADER_BYTES)
        if header[:4] != b"PK\x03\x04":
            raise BadPictureError("is damaged: the archive holds no file at its position")
        lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
        start = int(starts[index]) + _LOCAL_HEADER_BYTES + lengths
        data = _unpack(
            read_part(archive, start, int(packed[index])), int(methods[index]), int(sizes[index])
        )
        if len(data) != sizes[index] or zlib.crc32(data) != checksums[index]:
            raise BadPictureError("is damaged: its checksum does not match the archive's")
        return data

    return Pile(
        source="zip",
        names=[info.filename for info in members],
        sizes=sizes,
        stamps=checksums,
        read=read,
        skipped=skipped,
    )


def open_tar(archive: pathlib.Path) -> Pile:
    """Lists the pictures in a .tar file, in the order of their paths compared as text.

    Raises:
        UserError: the file is not a tar archive, is damaged or compressed, or has no pictures.
    """
    try:
        with tarfile.open(archive, "r:") as opened:
            contents = [info for info in opened.getmembers() if not info.isdir()]
            members = [info for info in contents if info.isreg() and not info.issparse()]
            end = max((info.offset_data + info.size for info in members), default=0)
            chosen, skipped = _choose_pictures(
                [info.name for info in members],
                [info.size for info in members],
                lambda name: _start(opened.extractfile, name),
            )
        if end > archive.stat().st_size:
            raise tarfile.ReadError("unexpected end of data")
    except (OSError, tarfile.TarError) as error:
        with archive.open("rb") as file:
            start = file.read(6)
        if start.startswith((b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"(\xb5/\xfd")):
            raise UserError(
                f"--dataset={archive}: a compressed tar file cannot be read in place; decompress it"
            ) from error
        raise UserError(f"--dataset={archive}: not a readable tar archive: {error}") from error
    skipped += [_why_skipped(info) for info in contents if not info.isreg() or info.issparse()]
    members = [members[number] for number in chosen]
    if not members:
        raise UserError(f"--dataset={archive}: the archive holds {no_pictures(skipped)}")
    sizes = np.array([info.size for info in members], np.int64)
    starts = np.array([info.offset_data for info in members], np.int64)
    changed = archive.stat().st_ctime_ns

    def read(index: int) -> bytes:
        return read_part(archive, int(starts[index]), int(sizes[index]))

    return Pile(
        source="tar",
        names=[info.name for info in members],
        sizes=sizes,
        stamps=np.full(len(members), changed, np.int64),
        read=read,
        skipped=skipped,
    )


def _choose_pictures(
    names: list[str], sizes: list[int], read: Callable[[str], bytes]
) -> tuple[list[int], list[SkippedFile]]:
    """The indices of the pictures in an archive, sorted by name, and the other files.

    What kerasgan wrote is left out. `read` gives the beginning of a file.
    """
    chosen, skipped = [], []
    for number, (name, size) in enumerate(zip(names, sizes, strict=True)):
        ignored = why_ignored(name)
        if ignored is not None:
            skipped.append(SkippedFile(name, ignored, bad=False))
        elif size == 0:
            skipped.append(SkippedFile(name, "is empty"))
        elif size > MAX_FILE_BYTES:
            skipped.append(SkippedFile(name, f"is too large: {size:,} bytes"))
        else:
            chosen.append(number)
    chosen.sort(key=lambda number: names[number])
    kept, skipped = leave_out_outputs([names[number] for number in chosen], skipped, read)
    return [chosen[index] for index in kept], skipped


def _start(open_member: Callable[[str], IO[bytes] | None], name: str) -> bytes:
    """The first bytes of a member, of which the JSON files of kerasgan have fewer.

    Raises:
        ValueError: it cannot be read.
    """
    try:
        member = open_member(name)
        return member.read(_START_BYTES) if member else b""
    # zipfile raises errors of many classes, as of encryption. Where they matter, the pictures have
    # the same, and are refused with a better reason.
    except Exception as error:
        raise ValueError(f"{name} cannot be read: {error}") from error


def _why_skipped(info: tarfile.TarInfo) -> SkippedFile:
    """Why a member of a tar archive that is not a regular file is skipped."""
    ignored = why_ignored(info.name)
    if ignored is not None:
        return SkippedFile(info.name, ignored, bad=False)
    if info.issym() or info.islnk():
        return SkippedFile(
            info.name, f"is a link to {info.linkname}; links in archives are not followed"
        )
    return SkippedFile(info.name, "is not a regular file")


def _unpack(data: bytes, method: int, size: int) -> bytes:
    """Decompresses a member of a zip archive, to at most one byte more than its stated size."""
    try:
        if method == zipfile.ZIP_STORED:
            return data
        if method == zipfile.ZIP_DEFLATED:
            return zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, size + 1)
        if method == zipfile.ZIP_BZIP2:
            return bz2.BZ2Decompressor().decompress(data, size + 1)
    except (zlib.error, OSError, EOFError) as error:
        raise BadPictureError(f"is damaged: {error}") from error
    raise BadPictureError(f"is compressed by method {method}, which cannot be read in place")
