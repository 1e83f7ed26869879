"""The style of all figures, and how they are shown: as a PNG, a GIF, or in a notebook."""

import base64
import contextlib
import dataclasses
import io
import pathlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import matplotlib
import matplotlib.style
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from kerasgan.files import replace_file
from kerasgan.marks import mark_png
from kerasgan.sampling.animation import write_animation

THEMES = ("light", "dark")

# Okabe & Ito 2002: can be told apart with every kind of colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
VERMILION, PURPLE = "#D55E00", "#CC79A7"

_DOTS_PER_INCH = 150


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A still picture or an animation.

    Attributes:
        frames: uint8 [H, W, 3] each, all of one shape; a still picture is one frame.
        frames_per_second: of an animation.
    """

    frames: tuple[np.ndarray, ...]
    frames_per_second: int = 4

    def save(self, path: pathlib.Path) -> None:
        """Writes a PNG of the last frame or a GIF, depending on the ending."""
        if path.suffix.lower() == ".png":
            replace_file(path, self._repr_png_())
        else:
            frames = _few_colours(self.frames)
            write_animation(path, frames, frames_per_second=self.frames_per_second)

    def _repr_png_(self) -> bytes:
        """What a notebook shows of a still picture."""
        # With a palette the file is a third as large, and these figures have few colours.
        picture = Image.fromarray(self.frames[-1]).quantize(256, dither=Image.Dither.NONE)
        file = io.BytesIO()
        picture.save(file, "png", optimize=True)
        return mark_png(file.getvalue())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the animation if there is one."""
        if len(self.frames) == 1:
            return {"image/png": base64.b64encode(self._repr_png_()).decode()}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "drawing.gif"
            self.save(path)
            return {"image/gif": base64.b64encode(path.read_bytes()).decode()}


def _few_colours(frames: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The same frames in 48 shared colours, which makes the file a third as large."""
    palette = Image.fromarray(np.concatenate(frames[:: max(1, len(frames) // 4)])).quantize(48)
    return [
        np.asarray(
            Image.fromarray(frame)
            .quantize(palette=palette, dither=Image.Dither.NONE)
            .convert("RGB")
        )
        for frame in frames
    ]


@dataclasses.dataclass(frozen=True)
class Palette:
    """The colours of a theme that have no meaning of their own."""

    paper: str
    ink: str
    faint: str  # lines in the background
    fill: str  # of boxes


_PALETTES = {
    "light": Palette(paper="#FFFFFF", ink="#1A1A1A", faint="#C8C8C8", fill="#F2F2F2"),
    "dark": Palette(paper="#14181C", ink="#ECECEC", faint="#4A5056", fill="#252B31"),
}


@contextlib.contextmanager
def themed(theme: str) -> Iterator[Palette]:
    """Gives figures that are made inside it the theme's colours and the project's fonts.

    Args:
        theme: "light" or "dark".

    Raises:
        ValueError: another theme.
    """
    if theme not in _PALETTES:
        raise ValueError(f"theme={theme!r}: must be one of {', '.join(THEMES)}")
    colours = _PALETTES[theme]
    settings: Any = {
        "figure.facecolor": colours.paper,
        "axes.facecolor": colours.paper,
        "axes.edgecolor": colours.ink,
        "axes.labelcolor": colours.ink,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 12,
        "axes.labelsize": 11,
        "axes.grid": False,
        "grid.color": colours.faint,
        "text.color": colours.ink,
        "xtick.color": colours.ink,
        "ytick.color": colours.ink,
        "xtick.labelsize": 10,
        "ytick.labelsize": 10,
        "legend.fontsize": 10,
        "legend.frameon": False,
        "lines.linewidth": 2,
        "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
        "figure.dpi": _DOTS_PER_INCH,
    }
    # The defaults first, so that a figure does not depend on the user's own matplotlibrc.
    with matplotlib.style.context("default"):
        matplotlib.rcParams.update(settings)
        yield colours


def new_figure(
    width: float,
    height: float,
    *,
    dots_per_inch: int = _DOTS_PER_INCH,
    layout: Literal["constrained"] | None = "constrained",
) -> Figure:
    """An empty figure of a size in inches, which arranges its parts unless layout is None."""
    return Figure(figsize=(width, height), dpi=dots_per_inch, layout=layout)


def render(figure: Figure) -> np.ndarray:
    """A figure's pixels, uint8 [H, W, 3]."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
