"""What a pile of pictures holds: kinds, sizes, what is bad or there twice, and what suits it."""

import collections
import dataclasses
import functools
import hashlib

import numpy as np

from kerasgan.data.image_set import SkippedFile
from kerasgan.data.pictures.decode import BadPictureError, open_picture, to_rgb
from kerasgan.data.pictures.prepare import decode, in_parts, read
from kerasgan.data.pictures.preprocess import CELEBA_CROPS, CELEBA_SIZE, Preprocessing
from kerasgan.data.pile import Pile

_PREVIEW = 64  # images
_SIDES = (128, 64, 32, 16)  # that are suggested
_FEW = 2000  # pictures, for which there is a preset of its own


@dataclasses.dataclass
class Inspection:
    """What was found.

    Attributes:
        formats: of the files, with how many have each.
        modes: as Pillow calls them, with how many have each.
        sizes: (width, height), with how many have each.
        bad: files that give no picture.
        duplicates: (a file, an earlier one with the same content).
        preview: uint8 images [H, W, C] from all over the pile.
    """

    formats: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    modes: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    sizes: collections.Counter[tuple[int, int]] = dataclasses.field(
        default_factory=collections.Counter
    )
    bad: list[SkippedFile] = dataclasses.field(default_factory=list)
    duplicates: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    preview: list[np.ndarray] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class _Picture:
    number: int
    digest: bytes
    format: str
    mode: str
    size: tuple[int, int]
    image: np.ndarray | None


def inspect(pile: Pile, preprocessing: Preprocessing) -> Inspection:
    """Decodes every picture once."""
    shown = set(np.linspace(0, len(pile) - 1, min(_PREVIEW, len(pile)), dtype=int).tolist())
    found = Inspection(bad=[file for file in pile.skipped if file.bad])
    seen: dict[bytes, int] = {}
    look = functools.partial(_look_at, pile, preprocessing, shown)
    for part in in_parts(len(pile), look):
        for picture in part:
            if isinstance(picture, SkippedFile):
                found.bad.append(picture)
                continue
            found.formats[picture.format] += 1
            found.modes[picture.mode] += 1
            found.sizes[picture.size] += 1
            first = seen.setdefault(picture.digest, picture.number)
            if first != picture.number:
                found.duplicates.append((pile.names[picture.number], pile.names[first]))
            if picture.image is not None:
                found.preview.append(picture.image)
    return found


def suggest(found: Inspection, *, grey: bool = False) -> list[str]:
    """Flags that suit the pictures, each with a reason.

    Args:
        found: what `inspect` returned.
        grey: whether --channels=1 is given already.
    """
    if not found.sizes:
        return []
    count = found.sizes.total()
    if found.sizes[CELEBA_SIZE] > 0.99 * count:
        return [
            "--crop=celeba178 and --image_size=64: these are aligned CelebA pictures; choose the "
            f"crop ({', '.join(CELEBA_CROPS)}) of those whom you compare with",
            "--flagfile=flags/celeba64.flags",
        ]
    widths, heights = (
        np.repeat([size[axis] for size in found.sizes], list(found.sizes.values()))
        for axis in (0, 1)
    )
    short = int(np.percentile(np.minimum(widths, heights), 5))
    side = next((side for side in _SIDES if side <= short), _SIDES[-1])
    lines = [f"--image_size={side}: 95 in 100 pictures have at least {short} pixels a side"]
    aspect = float(np.median(heights / widths))
    if not 0.8 <= aspect <= 1.25:
        tall = max(16, round(min(side, 64) * max(1.0, aspect) / 8) * 8)
        wide = max(16, round(min(side, 64) * max(1.0, 1 / aspect) / 8) * 8)
        lines.append(f"--image_size={tall}x{wide}: keeps more of pictures that are not square")
    if not grey and found.modes["L"] + found.modes["1"] == count:
        lines.append("--channels=1: all pictures are grey")
    lines.append(
        "--flagfile=flags/faces_folder.flags: for few pictures"
        if count < _FEW
        else "--flagfile=flags/quick.flags on a processor, flags/dcgan.flags on a GPU"
    )
    return lines


def _look_at(
    pile: Pile, preprocessing: Preprocessing, shown: set[int], numbers: range
) -> list[_Picture | SkippedFile]:
    part: list[_Picture | SkippedFile] = []
    for number in numbers:
        try:
            part.append(_inspect_one(pile, preprocessing, number, number in shown))
        except BadPictureError as error:
            part.append(SkippedFile(pile.names[number], str(error)))
    return part


def _inspect_one(pile: Pile, preprocessing: Preprocessing, number: int, show: bool) -> _Picture:
    content = read(pile, number)
    if isinstance(content, np.ndarray):
        picture, kind = decode(content, preprocessing.background_colour), "array"
        mode = "L" if content.ndim == 2 or content.shape[-1] == 1 else "RGB"
        data = content.tobytes()
    else:
        opened = open_picture(content)
        kind, mode = opened.format or "", opened.mode
        picture, data = to_rgb(opened, preprocessing.background_colour), content
    preprocessing.box(*picture.size)
    return _Picture(
        number=number,
        digest=hashlib.blake2b(data, digest_size=16).digest(),
        format=kind,
        mode=mode,
        size=picture.size,
        image=preprocessing(picture) if show else None,
    )
