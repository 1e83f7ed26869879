"""What a pile of pictures holds: kinds, sizes, bad files and duplicates, and flags that suit it."""

import collections
import dataclasses
import functools
import hashlib
import math
from collections.abc import Collection
from typing import Any

import numpy as np
from PIL import Image

from kerasgan.channels import has_alpha
from kerasgan.config import PictureSettings
from kerasgan.data.image_set import SkippedFile
from kerasgan.data.pictures.decode import ALPHA_MODES, BadPictureError, to_colour
from kerasgan.data.pictures.prepare import in_parts, open_content, read, skipped_file
from kerasgan.data.pictures.preprocess import CELEBA_CROPS, CELEBA_SIZE, Preprocessing
from kerasgan.data.pile import Pile
from kerasgan.label_space import Labels

_PREVIEW = 64  # images
_SIDES = (128, 64, 32, 16)  # that are suggested
_MOST_ELONGATED = 2.0  # proportions that are suggested; a network has few uses for longer images
_GREY_MODES = ("1", "L", "LA", "La", "I", "I;16", "I;16L", "I;16B")
_ONE_COLOUR = 16  # levels of 255: a picture whose pixels differ by less shows next to nothing
_SLIVER = 64  # levels of 255: pictures that use fewer were probably scaled wrongly
_DEFAULT_BAD_PERCENT = 1  # of the pictures: the default of --max_bad_fraction
_FEW = 2000  # pictures, for which there is a preset of its own


@dataclasses.dataclass
class Inspection:
    """What was found.

    Attributes:
        formats: of the files, with how many have each.
        modes: as Pillow calls them, with how many have each.
        sizes: (width, height), with how many have each.
        readable: the indices of pictures, in order.
        bad: files that give no picture.
        ignored: files that are not meant to.
        ranges: the lowest and the highest level of each picture, red, green and blue alike.
        covers: of each picture, the shares of its pixels that are transparent and partly so; empty
            unless transparency is kept.
        duplicates: (a file, an earlier one with the same content).
        contradictions: the duplicates whose labels are not those of the earlier file.
        preview: uint8 images [H, W, C] from all over the pile.
        examples: images of the pictures that were asked for, by their indices.
    """

    formats: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    modes: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    sizes: collections.Counter[tuple[int, int]] = dataclasses.field(
        default_factory=collections.Counter
    )
    readable: list[int] = dataclasses.field(default_factory=list)
    bad: list[SkippedFile] = dataclasses.field(default_factory=list)
    ignored: list[SkippedFile] = dataclasses.field(default_factory=list)
    ranges: list[tuple[int, int]] = dataclasses.field(default_factory=list)
    covers: list[tuple[float, float]] = dataclasses.field(default_factory=list)
    duplicates: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    contradictions: list[str] = dataclasses.field(default_factory=list)
    preview: list[np.ndarray] = dataclasses.field(default_factory=list)
    examples: dict[int, np.ndarray] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class _Picture:
    number: int
    digest: bytes
    format: str
    mode: str
    size: tuple[int, int]
    levels: tuple[int, int]
    covers: tuple[float, float] | None
    image: np.ndarray | None


def inspect(pile: Pile, preprocessing: Preprocessing, examples: Collection[int] = ()) -> Inspection:
    """Decodes every picture once.

    Args:
        pile: the pictures.
        preprocessing: how they become images.
        examples: the indices of pictures to keep as images, besides those for the preview.
    """
    shown = set(np.linspace(0, len(pile) - 1, min(_PREVIEW, len(pile)), dtype=int).tolist())
    found = Inspection(
        bad=[file for file in pile.skipped if file.bad],
        ignored=[file for file in pile.skipped if not file.bad],
    )
    seen: dict[bytes, int] = {}
    look = functools.partial(_look_at, pile, preprocessing, shown | set(examples))
    for part in in_parts(len(pile), look):
        for picture in part:
            if isinstance(picture, SkippedFile):
                (found.bad if picture.bad else found.ignored).append(picture)
                continue
            found.readable.append(picture.number)
            found.formats[picture.format] += 1
            found.modes[picture.mode] += 1
            found.sizes[picture.size] += 1
            found.ranges.append(picture.levels)
            if picture.covers is not None:
                found.covers.append(picture.covers)
            first = seen.setdefault(picture.digest, picture.number)
            if first != picture.number:
                found.duplicates.append((pile.names[picture.number], pile.names[first]))
                if not _are_alike(pile.conditions, picture.number, first):
                    found.contradictions.append(pile.names[picture.number])
            if picture.image is not None and picture.number in shown:
                found.preview.append(picture.image)
            if picture.image is not None and picture.number in examples:
                found.examples[picture.number] = picture.image
    return found


def _are_alike(labels: Labels | None, one: int, other: int) -> bool:
    """Whether two pictures have the same labels, or none."""
    return labels is None or np.array_equal(labels.values[one], labels.values[other])


def suggest(found: Inspection, *, channels: int = PictureSettings.channels) -> list[str]:
    """Flags that suit the pictures, each with a reason.

    Args:
        found: what `inspect` returned.
        channels: what --channels is.
    """
    if not found.sizes:
        return []
    count = found.sizes.total()
    return _for_bad_files(len(found.bad), count) + _for_pictures(found, count, channels)


def _for_bad_files(bad: int, good: int) -> list[str]:
    """A limit that allows the bad files, if the default does not."""
    percent = math.ceil(100 * bad / (bad + good))
    if percent <= _DEFAULT_BAD_PERCENT:
        return []
    return [f"--max_bad_fraction={percent / 100:g}: leaves out the {bad} bad files"]


def _for_pictures(found: Inspection, count: int, channels: int) -> list[str]:
    if found.sizes[CELEBA_SIZE] > 0.99 * count:
        return [
            "--crop=celeba178 and --image_size=64: these are aligned CelebA pictures; choose the "
            f"crop ({', '.join(CELEBA_CROPS)}) of the results that you compare with",
            "--flagfile=flags/celeba64.flags",
        ]
    widths, heights = (
        np.repeat([size[axis] for size in found.sizes], list(found.sizes.values()))
        for axis in (0, 1)
    )
    short = int(np.percentile(np.minimum(widths, heights), 5))
    side = next((side for side in _SIDES if side <= short), _SIDES[-1])
    enlarged = "" if side <= short else ", and are enlarged"
    lines = [
        f"--image_size={side}: 95 in 100 pictures have at least {short} pixels a side{enlarged}"
    ]
    aspect = float(np.median(heights / widths))
    aspect = min(max(aspect, 1 / _MOST_ELONGATED), _MOST_ELONGATED)
    if not 0.8 <= aspect <= 1.25:
        tall = max(16, round(min(side, 64) * max(1.0, aspect) / 8) * 8)
        wide = max(16, round(min(side, 64) * max(1.0, 1 / aspect) / 8) * 8)
        lines.append(f"--image_size={tall}x{wide}: keeps more of pictures that are not square")
    if channels != 1 and sum(found.modes[mode] for mode in _GREY_MODES) == count:
        lines.append("--channels=1: all pictures are grey")
    with_alpha = sum(found.modes[mode] for mode in ALPHA_MODES)
    if not has_alpha((channels,)) and 2 * with_alpha > count:
        lines.append(f"--channels=4: keeps the transparency of {with_alpha} pictures")
    lines.append(
        "--flagfile=flags/faces_folder.flags: for few pictures"
        if count < _FEW
        else "--flagfile=flags/quick.flags on a processor, flags/dcgan.flags on a GPU"
    )
    return lines


def warnings_of(found: Inspection) -> list[str]:
    """What is suspicious about pictures that can all be read.

    Pixels that were scaled wrongly when they were saved, as 0 to 1 instead of 0 to 255, train a
    network to paint black.
    """
    if not found.ranges:
        return []
    low, high = np.array(found.ranges).T
    lines = []
    flat = int(np.sum(high - low < _ONE_COLOUR))
    if 2 * flat > len(low):
        lines.append(f"{flat} of {len(low)} pictures are of nearly one colour")
    # Percentiles, because one good picture among a thousand black ones changes nothing.
    darkest = int(np.percentile(low, 5, method="higher"))
    brightest = int(np.percentile(high, 95, method="lower"))
    if brightest - darkest < _SLIVER:
        lines.append(
            f"levels are {darkest} to {brightest}, of 0 to 255: were the pictures saved with "
            "the right scale?"
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
            part.append(skipped_file(pile, number, error))
    return part


def _inspect_one(pile: Pile, preprocessing: Preprocessing, number: int, show: bool) -> _Picture:
    content = read(pile, number)
    opened = open_content(content)
    kind, mode = opened.format or "array", opened.mode
    data = content.tobytes() if isinstance(content, np.ndarray) else content
    picture = to_colour(opened, preprocessing.background_colour)
    preprocessing.box(*picture.size)
    covers = _covers(picture)
    # Of the colours as far as they show, and of alpha where pictures differ in it.
    extrema: Any = (picture if covers is None else picture.convert("RGBa")).getextrema()
    if covers == (0.0, 0.0):
        extrema = extrema[:3]
    return _Picture(
        number=number,
        digest=hashlib.blake2b(data, digest_size=16).digest(),
        format=kind,
        mode=mode,
        size=picture.size,
        levels=(min(low for low, _ in extrema), max(high for _, high in extrema)),
        covers=covers,
        image=preprocessing(picture) if show else None,
    )


def _covers(picture: Image.Image) -> tuple[float, float] | None:
    """The shares of transparent and of partly transparent pixels; None without alpha."""
    if picture.mode != "RGBA":
        return None
    counts, pixels = picture.getchannel("A").histogram(), picture.width * picture.height
    return counts[0] / pixels, sum(counts[1:255]) / pixels
