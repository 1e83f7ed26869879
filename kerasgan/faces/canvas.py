"""A pile of flat, anti-aliased shapes: what the synthetic faces are drawn on and with.

Each shape is a signed distance to its outline (negative inside), in head units: the origin
between the eyes, u to the viewer's right, v down, the bare head reaching from v = -1 (crown) to
v = 1 (chin). The distance, cut off at half a pixel on either side, is the share of the pixel that
the shape covers: that is all there is to anti-aliasing.

Pixels are computed with + - * / sqrt, min, max and floor alone. IEEE 754 fixes their results to
the last bit, so neither batch, order, thread nor processor can change a picture.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

# All of it is float32; Any, since numpy's type stubs take float32 * 0.5 for float64.
Floats = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]

_PIVOT = 0.9  # the head leans about the top of the neck, so that head and neck stay joined
# Light falls off less in red than in blue: shaded skin turns warm, not grey.
_SHADE_GAIN = np.array([0.85, 1.0, 1.12], np.float32)


class Pictures:
    """A chunk of pictures in the making, with the pose that maps pixels to head units."""

    def __init__(self, attributes: Mapping[str, npt.NDArray[Any]], height: int, width: int) -> None:
        self.columns: dict[str, Floats] = {}  # [n, 1, 1], or [n, 3] for colours
        for name, values in attributes.items():
            values = values.astype(np.float32)
            self.columns[name] = values if values.ndim == 2 else values[:, None, None]
        get = self.columns.__getitem__
        side = min(height, width)
        self.size = height, width
        self.unit = get("head_size") * side / 2  # pixels for each head unit
        neck_x = width / 2 + get("shift_x") * side
        neck_y = height / 2 + (get("shift_y") - 0.015) * side
        self.neck = neck_x, neck_y + _PIVOT * self.unit
        self.x = (np.arange(width, dtype=np.float32) + 0.5 - self.neck[0]) / self.unit
        self.y = np.arange(height, dtype=np.float32)[:, None] + 0.5
        self.y = (self.y - self.neck[1]) / self.unit
        angle = get("tilt") * np.pi / 180
        # Two terms of the Taylor series err by less than 1e-6 below 8 degrees.
        self.sine = angle * (1 - angle * angle / 6)
        self.cosine = np.sqrt(1 - self.sine * self.sine)
        self.planes = np.empty((3, len(angle), height, width), np.float32)

    def has(self, name: str) -> Bools:
        """Which pictures [n] have the boolean attribute."""
        holders: Bools = self.columns[name][:, 0, 0] != 0
        return holders

    def head(
        self, left: float, right: float, top: float, bottom: float, who: Bools | None = None
    ) -> "Window":
        """The pixels that may lie in a box of the leaning head, for some of the pictures."""
        return Window(self, (left, right, top, bottom), who, leaning=True)

    def body(
        self, left: float, right: float, top: float, bottom: float, who: Bools | None = None
    ) -> "Window":
        """The pixels of a box in the frame of the body, which never leans."""
        return Window(self, (left, right, top, bottom), who, leaning=False)


class Window:
    """A rectangle of pixels in some pictures, with their head units u and v, [m, h, w].

    It depends on who else is in the chunk, so every shape must end inside its box: what is cut
    off at the rim would be cut off elsewhere in other company.
    """

    def __init__(
        self,
        pictures: Pictures,
        box: tuple[float, float, float, float],
        who: Bools | None,
        leaning: bool,
    ) -> None:
        self.pictures = pictures
        # A full slice makes views, an index array copies: worth it only for a part of the chunk.
        self.who: Any = slice(None) if who is None or who.all() else np.flatnonzero(who)
        self.pixel = 1 / pictures.unit[self.who]  # head units for each pixel, [m, 1, 1]
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
        """Rows (axis 1) or columns (axis 0) between the corners, two more for soft edges."""
        size = self.pictures.size[1 - axis]
        at = self.pictures.neck[axis][self.who] + corners / self.pixel
        if not len(at):
            return slice(0, 0)
        low, high = int(at.min()) - 2, int(at.max()) + 3
        return slice(min(max(low, 0), size), min(max(high, 0), size))

    def __getitem__(self, name: str) -> Floats:
        """Attribute of the pictures in this window, [m, 1, 1] or [m, 3]."""
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
        """Signed distance -> covered share of each pixel; softness widens the edge."""
        cover = distance * (-1 / np.maximum(self.pixel, softness))
        cover += 0.5
        return np.clip(cover, 0, 1, out=cover)

    def stroke(self, distance: Floats, half_width: Floats | float) -> Floats:
        """Cover of a line around distance 0. One thinner than a pixel is paler, not lost."""
        visible = np.maximum(half_width, self.pixel * 0.5)
        cover = self.cover(np.abs(distance) - visible)
        cover *= half_width / visible
        return cover

    def paint(self, cover: Floats, colour: Floats, shade: Floats | None = None) -> None:
        """Lays colour [m, 3], lit by shade (0 is neutral), over the pictures where cover is 1."""
        window = (self.who, self.rows, self.cols)
        for plane, tint, gain in zip(self.pictures.planes, colour.T, _SHADE_GAIN, strict=True):
            tint = tint[:, None, None]
            target = plane[window]
            change = tint - target
            if shade is not None:  # the constant lets even black hair shine
                change += shade * (tint * gain + 0.08)
            change *= cover
            target += change
            if not isinstance(self.who, slice):
                plane[window] = target


def ellipse(x: Floats, y: Floats, a: Floats | float, b: Floats | float) -> Floats:
    """Distance to an ellipse to first order: f over its gradient's length.

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
    """Distance to a box of half-sizes a, b with rounded corners."""
    x, y = np.abs(x) - a + radius, np.abs(y) - b + radius
    distance: Floats = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2)
    distance += np.minimum(np.maximum(x, y), 0)
    distance -= radius
    return distance


def blob(x: Floats, y: Floats, a: Floats | float, b: Floats | float) -> Floats:
    """Soft spot, 1 in the middle and 0 from the ellipse outwards, for shades and highlights."""
    square_x, square_y = x * (1 / a), y * (1 / b)
    square_x *= square_x
    square_y *= square_y
    spot = 1 - square_x - square_y
    np.maximum(spot, 0, out=spot)
    spot *= spot
    return spot
