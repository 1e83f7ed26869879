"""How every figure looks, and what it becomes: a PNG, a GIF, or an output cell of a notebook."""

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

from kerasgan.sampling.animation import write_animation

THEMES = ("light", "dark")

# Okabe & Ito 2002: told apart with every kind of colour vision.
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
VERMILION, PURPLE = "#D55E00", "#CC79A7"

_DOTS_PER_INCH = 150


@dataclasses.dataclass(frozen=True)
class Drawing:
    """A picture, or a moving one.

    Attributes:
        frames: uint8 [H, W, 3] each, all of one shape; one frame is a still picture.
        frames_per_second: of a moving one.
    """

    frames: tuple[np.ndarray, ...]
    frames_per_second: int = 4

    def save(self, path: pathlib.Path) -> None:
        """Writes a PNG of the last frame, or a GIF, as the ending asks."""
        if path.suffix.lower() == ".png":
            path.write_bytes(self._repr_png_())
        else:
            frames = _few_colours(self.frames)
            write_animation(path, frames, frames_per_second=self.frames_per_second)

    def _repr_png_(self) -> bytes:
        """What a notebook shows of a still picture."""
        # A palette is a third of the size, and these figures have few colours.
        picture = Image.fromarray(self.frames[-1]).quantize(256, dither=Image.Dither.NONE)
        file = io.BytesIO()
        picture.save(file, "png", optimize=True)
        return file.getvalue()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the moving picture where there is one."""
        if len(self.frames) == 1:
            return {"image/png": base64.b64encode(self._repr_png_()).decode()}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "drawing.gif"
            self.save(path)
            return {"image/gif": base64.b64encode(path.read_bytes()).decode()}


def _few_colours(frames: Sequence[np.ndarray]) -> list[np.ndarray]:
    """The same frames in 48 colours that all of them share: a third of the file."""
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
    """The colours of a theme that carry no meaning of their own."""

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
    """Figures made inside have the theme's colours and the project's fonts.

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
    # The defaults first: a figure does not depend on the user's own matplotlibrc.
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
    """An empty figure, in inches, that fits its parts into itself unless layout is None."""
    return Figure(figsize=(width, height), dpi=dots_per_inch, layout=layout)


def render(figure: Figure) -> np.ndarray:
    """A figure's pixels, uint8 [H, W, 3]."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()
