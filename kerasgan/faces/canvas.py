"""The canvas of the synthetic faces and the flat, anti-aliased shapes drawn on it.

Each shape is a signed distance to its outline (negative inside), in head units: the origin is
between the eyes, u points to the viewer's right and v down, and the bare head reaches from v = -1
(crown) to v = 1 (chin). Clipped to half a pixel on either side, the distance gives the share of the
pixel that the shape covers; that is all the anti-aliasing.

Pixels are computed only with + - * / sqrt, min, max and floor. IEEE 754 fixes their results to the
last bit, so an image does not depend on its batch, order, thread or processor.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

# Always float32; Any, because numpy's type stubs take float32 * 0.5 for float64.
Floats = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

_PIVOT = 0.9  # the head tilts about the top of the neck, so that head and neck stay joined
# Shading changes red less than blue, so that shaded skin turns warm, not grey.
_SHADE_GAIN = np.array([0.85, 1.0, 1.12], np.float32)


class Pictures:
    """A chunk of images being drawn, with the poses that map pixels to head units."""

    def __init__(self, attributes: Mapping[str, npt.NDArray[Any]], height: int, width: int) -> None:
        self.columns: dict[str, Floats] = {}  # [n, 1, 1], or [n, 3] for colours
        for name, values in attributes.items():
            values = values.astype(np.float32)
            self.columns[name] = values if values.ndim == 2 else values[:, None, None]
        get = self.columns.__getitem__
        side = min(height, width)
        self.size = height, width
        self.unit = get("head_size") * side / 2  # pixels per head unit
        neck_x = width / 2 + get("shift_x") * side
        neck_y = height / 2 + (get("shift_y") - 0.015) * side
        self.neck = neck_x, neck_y + _PIVOT * self.unit
        self.x = (np.arange(width, dtype=np.float32) + 0.5 - self.neck[0]) / self.unit
        self.y = np.arange(height, dtype=np.float32)[:, None] + 0.5
        self.y = (self.y - self.neck[1]) / self.unit
        angle = get("tilt") * np.pi / 180
        # The error of two terms of the Taylor series is below 1e-6 for less than 8 degrees.
        self.sine = angle * (1 - angle * angle / 6)
        self.cosine = np.sqrt(1 - self.sine * self.sine)
        self.planes = np.empty((3, len(angle), height, width), np.float32)

    def has(self, name: str) -> Bools:
        """Which of the images [n] have the boolean attribute."""
        holders: Bools = self.columns[name][:, 0, 0] != 0
        return holders

    def head(
        self, left: float, right: float, top: float, bottom: float, who: Bools | None = None
    ) -> "Window":
        """A window on a box in the frame of the tilted head, for some of the images."""
        return Window(self, (left, right, top, bottom), who, leaning=True)

    def body(
        self, left: float, right: float, top: float, bottom: float, who: Bools | None = None
    ) -> "Window":
        """A window on a box in the frame of the body, which is never tilted."""
        return Window(self, (left, right, top, bottom), who, leaning=False)


class Window:
    """A rectangle of pixels in some of the images, with their head units u and v, [m, h, w].

    Its size depends on the other images in the chunk, so every shape must end inside its box:
    where the window would cut it off depends on the chunk.
    """

    def __init__(
        self,
        pictures: Pictures,
        box: tuple[float, float, float, float],
        who: Bools | None,
        leaning: bool,
    ) -> None:
        self.pictures = pictures
        # A full slice makes views; an index array copies, which pays only for part of the chunk.
        self.who: Any = slice(None) if who is None or who.all() else np.flatnonzero(who)
        self.pixel = 1 / pictures.unit[self.who]  # head units per pixel, [m, 1, 1]
        sine, cosine = pictures.sine[self.who], pictures.cosine[self.who]
        if not leaning:
            sine, cosine = np.zeros_like(sine), np.ones_like(cosine)
        u: Floats = np.array(box[:2], np.float32)
        v: Floats = np.array(box[2:], np.float32)[:, None] - _PIVOT
        self.cols = self._span(cosine * u - sine * v, 0)  # of the four corners, [m, 2, 2]
        self.rows = self._span(sine * u + cosine * v, 1)
        x: Floats = pictures.x[self.who][:, :, self.cols]
        y: Floats = pictures.y[self.who][:, self.rows]
        if leaning:
            self.u, self.v = x * cosine + y * sine, y * cosine - x * sine
            self.v += _PIVOT
        else:
            self.u, self.v = x, y + _PIVOT  # [m, 1, w] and [m, h, 1]

    def _span(self, corners: Floats, axis: int) -> slice:
        """Rows (axis 1) or columns (axis 0) between the corners, plus two for soft edges."""
        size = self.pictures.size[1 - axis]
        at = self.pictures.neck[axis][self.who] + corners / self.pixel
        if not len(at):
            return slice(0, 0)
        low, high = int(at.min()) - 2, int(at.max()) + 3
        return slice(min(max(low, 0), size), min(max(high, 0), size))

    def __getitem__(self, name: str) -> Floats:
        """An attribute of the images in this window, [m, 1, 1] or [m, 3]."""
        values: Floats = self.pictures.columns[name][self.who]
        return values

    def turned(self, depth: float = 0.17) -> Floats:
        """The u that a point had before the head turned: the middle of the face moves most."""
        across = self.u / self["head_width"]
        across *= across
        shift = np.minimum(across, 1) - 1
        shift *= self["yaw"] * depth
        shift += self.u
        return shift

    def cover(self, distance: Floats, softness: float = 0.0) -> Floats:
        """Signed distance -> the covered share of each pixel; softness widens the edge."""
        cover = distance * (-1 / np.maximum(self.pixel, softness))
        cover += 0.5
        return np.clip(cover, 0, 1, out=cover)

    def stroke(self, distance: Floats, half_width: Floats | float) -> Floats:
        """Cover of a line around distance 0; a line thinner than a pixel is drawn paler."""
        visible = np.maximum(half_width, self.pixel * 0.5)
        cover = self.cover(np.abs(distance) - visible)
        cover *= half_width / visible
        return cover

    def paint(self, cover: Floats, colour: Floats, shade: Floats | None = None) -> None:
        """Blends colour [m, 3], lit by shade (0 is neutral), into the images, weighted by cover."""
        window = (self.who, self.rows, self.cols)
        for plane, tint, gain in zip(self.pictures.planes, colour.T, _SHADE_GAIN, strict=True):
            tint = tint[:, None, None]
            target = plane[window]
            change = tint - target
            if shade is not None:  # with the constant, even black hair shines
                change += shade * (tint * gain + 0.08)
            change *= cover
            target += change
            if not isinstance(self.who, slice):
                plane[window] = target


def ellipse(x: Floats, y: Floats, a: Floats | float, b: Floats | float) -> Floats:
    """Distance to an ellipse to first order: f divided by the length of its gradient.

    f = x^2/a^2 + y^2/b^2 - 1.
    """
    square_x, square_y = x * (1 / a), y * (1 / b)
    square_x *= square_x
    square_y *= square_y
    gradient = square_x * (4 / (a * a)) + square_y * (4 / (b * b))
    inside = square_x + square_y
    inside -= 1
    np.sqrt(gradient, out=gradient)
    gradient += 1e-6
    inside /= gradient
    return inside


def box(x: Floats, y: Floats, a: Floats | float, b: Floats | float, radius: float) -> Floats:
    """Distance to a box with half-sizes a and b and rounded corners."""
    x, y = np.abs(x) - a + radius, np.abs(y) - b + radius
    distance: Floats = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2)
    distance += np.minimum(np.maximum(x, y), 0)
    distance -= radius
    return distance


def blob(x: Floats, y: Floats, a: Floats | float, b: Floats | float) -> Floats:
    """A soft spot, 1 in the middle and 0 outside the ellipse, for shadows and highlights."""
    square_x, square_y = x * (1 / a), y * (1 / b)
    square_x *= square_x
    square_y *= square_y
    spot = 1 - square_x - square_y
    np.maximum(spot, 0, out=spot)
    spot *= spot
    return spot
