"""Random numbers that are looked up by name, so that every face can be drawn on its own.

Every number is a hash of (seed, index, name of the attribute): no generator is stepped through,
and neither batch, order nor thread can change it.
"""

import zlib

import numpy as np
import numpy.typing as npt

from kerasgan.faces.canvas import Floats


def _splitmix64(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Scrambles 64-bit words; Steele, Lea & Flood (2014), "Fast splittable PRNGs", figure 16."""
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


class Draws:
    """Uniform numbers looked up by name: a pure function of (seed, index, name)."""

    def __init__(self, indices: npt.NDArray[np.integer], seed: int) -> None:
        key = np.array([seed & 0xFFFFFFFFFFFFFFFF], np.uint64)  # any Python int is a seed
        self._keys = _splitmix64(indices.astype(np.uint64) ^ _splitmix64(key))

    def uniform(self, name: str, low: float = 0.0, high: float = 1.0) -> Floats:
        """Numbers in [low, high), float32 [n]."""
        # Streams are told apart by the checksum of the name, not by a running number: a new
        # attribute leaves all others, and so all old pictures, as they were.
        bits = _splitmix64(self._keys ^ np.uint64(zlib.crc32(name.encode())))
        unit = (bits >> np.uint64(40)).astype(np.float32) * np.float32(2**-24)  # in [0, 1)
        return np.float32(low) + unit * np.float32(high - low)

    def bell(self, name: str, low: float, high: float) -> Floats:
        """Mean of two uniforms: a triangle over [low, high), the middle more likely."""
        half = self.uniform(name, low, high) + self.uniform(name + "'", low, high)
        return half * np.float32(0.5)

    def chance(self, name: str, probability: float | Floats) -> npt.NDArray[np.bool_]:
        """True with the given probability, one for all or one for each index [n]; bool [n]."""
        return self.uniform(name) < np.asarray(probability, np.float32)

    def choice(self, name: str, probabilities: Floats) -> npt.NDArray[np.int64]:
        """Index k with the given probabilities, [k] or one row for each index [n, k]."""
        bounds = np.add.accumulate(np.atleast_2d(probabilities), axis=-1)[:, :-1]
        above: npt.NDArray[np.int64] = (self.uniform(name)[:, None] >= bounds).sum(-1)
        return above

    def colour(
        self, name: str, saturation: tuple[float, float], value: tuple[float, float]
    ) -> Floats:
        """Colours [n, 3] of any hue, saturation and value from the ranges, sRGB in [0, 1]."""
        hue = self.uniform(name + " hue")
        return hsv_to_rgb(
            hue,
            self.bell(name + " saturation", *saturation),
            self.uniform(name + " value", *value),
        )


def hsv_to_rgb(hue: Floats, saturation: Floats, value: Floats) -> Floats:
    """Hue in turns, saturation and value in [0, 1]; [n] each -> [n, 3]."""
    offsets = np.array([5 / 6, 3 / 6, 1 / 6], np.float32)
    turned = hue[:, None] + offsets
    turned = (turned - np.floor(turned)) * 6
    dip = np.clip(np.minimum(turned, 4 - turned), 0, 1)
    colour: Floats = value[:, None] * (1 - saturation[:, None] * dip)
    return colour
