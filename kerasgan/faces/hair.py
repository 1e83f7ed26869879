"""The hair of a synthetic face, beards included, each part a function that draws it."""

import numpy as np

from kerasgan.faces.canvas import Bools, Floats, Pictures, Window, blob, ellipse
from kerasgan.faces.head import HAT_LINE, head_outline, light

# v of the hairline = base + slope |t| + bend t^2, t = (u - part) / head width; one row a fringe.
_HAIRLINES = np.array(  # part, base, slope, bend
    [
        (0.0, -0.62, -0.05, 0.12),
        (0.0, -0.34, 0.0, 0.05),
        (-0.42, -0.70, 0.15, 0.22),
        (0.42, -0.70, 0.15, 0.22),
        (0.0, -0.78, 0.35, 0.35),
    ],
    np.float32,
)


def draw_beard(pictures: Pictures) -> None:
    """Hair on chin and cheeks, around the mouth; stubble if it is short."""
    w = pictures.head(-0.95, 0.95, -0.1, 1.3, pictures.has("beard"))
    length = w["beard_length"]
    x = w.turned() / w["head_width"]
    x *= x
    cheek = 0.60 - 0.10 * x - 0.55 * x * x * x - w.v
    mouth = -ellipse(w.turned(0.19), w.v - 0.60 - 0.02 * w["smile"], 0.27, 0.105)
    jaw = head_outline(w, 0.2 * length) - 0.05 * length * np.clip(w.v, 0, 1)
    cover = w.cover(np.maximum(np.maximum(cheek, mouth), jaw), 0.05)
    cover *= 0.5 + 0.45 * np.minimum(length * 2, 1)  # skin shows through stubble
    w.paint(cover, w["hair_colour"] * 0.82, light(w))


def draw_moustache(pictures: Pictures) -> None:
    """Hair between nose and mouth, whose ends follow the smile."""
    w = pictures.head(-0.5, 0.5, 0.3, 0.8, pictures.has("moustache"))
    x = np.abs(w.turned(0.19))
    middle = 0.525 + x * x * (1.1 - 0.7 * w["smile"])
    thick = 0.075 * (1 - (x / 0.33) ** 2)
    w.paint(w.cover(np.abs(w.v - middle) - thick, 0.04), w["hair_colour"] * 0.78)


def _hair_outline(w: Window) -> Floats:
    """Distance to the hair as a whole: a cap with a straight fall below it."""
    length, volume = w["hair_length"], w["hair_volume"]
    fall = np.maximum(2.0 * length - 0.5, 0)
    v = w.v - np.clip(w.v, 0, fall)
    height = np.where(v > 0, 0.45 + 0.2 * length, 1.03 + 0.5 * volume + w["hair_lift"])
    # A hat presses the hair to the head: it regains its volume further down.
    width = w["head_width"] + volume * (1 - w["hat"] * np.clip(0.2 - w.v * 1.4, 0, 0.8))
    distance = ellipse(w.u, v, width, height)
    if w["curly"].any():
        distance -= w["curly"] * (0.10 * (_wave(w.u * 2.3) + _wave(w.v * 2.3 + 0.5)) - 0.10)
    under_hat = (HAT_LINE + 9 * (w["hat"] - 1)) - w.v  # far below zero without a hat
    return np.maximum(distance, under_hat)


def _wave(x: Floats) -> Floats:
    """Parabolic arches of period 1 between 0 and 1."""
    x = x - np.floor(x)
    x *= 4 - 4 * x
    return x


def _hair_groups(pictures: Pictures) -> list[tuple[Bools, float]]:
    """Who has hair, and how far down it can reach: short hair needs a smaller window."""
    hair = ~pictures.has("bald")
    long = pictures.columns["hair_length"][:, 0, 0] > 0.35
    return [(hair & ~long, 0.72), (hair & long, 2.25)]


def draw_back_hair(pictures: Pictures) -> None:
    """Hair behind the head, over the shoulders but not over the chest."""
    for who, bottom in _hair_groups(pictures):
        w = pictures.head(-1.3, 1.3, -1.4, bottom, who)
        chest = np.minimum(0.3 + 0.4 * (w.v - 1.2) - np.abs(w.u), w.v - 1.2)
        distance = np.maximum(_hair_outline(w), chest)
        w.paint(w.cover(distance), w["hair_colour"] * 0.74, light(w) * 0.6)


def draw_bun(pictures: Pictures) -> None:
    """Long hair tied up on the head; a hat would hide it."""
    w = pictures.head(-0.5, 0.5, -1.75, -0.8, pictures.has("bun") & ~pictures.has("hat"))
    y = w.v + 1.08 + 0.5 * w["hair_volume"] + w["hair_lift"]
    shade = light(w) - 0.1 + 0.3 * blob(w.u - 0.1 * w["light_x"], y + 0.1, 0.26, 0.2)
    w.paint(w.cover(ellipse(w.u, y, 0.29, 0.22)), w["hair_colour"] * 0.9, shade)


def draw_front_hair(pictures: Pictures) -> None:
    """Hair over the forehead down to the hairline, and beside the cheeks if it is long."""
    for who, bottom in _hair_groups(pictures):
        w = pictures.head(-1.3, 1.3, -1.4, bottom, who)
        length = w["hair_length"]
        part, base, slope, bend = _HAIRLINES.T[:, w["fringe"].astype(np.int64)]
        face = w.turned() / w["head_width"]
        side = face * face
        side *= side
        side *= side
        away = np.abs(face - part)
        short = 0.02 + 0.8 * (np.maximum(np.abs(face), 0.85) - 0.9)  # ends at the ear
        line = base + slope * away + bend * away * away + side * (0.75 + 1.6 * length)
        line = np.minimum(line, np.maximum(8 * length - 1.6, short))
        rise = 1 / np.sqrt(1 + (slope + 2 * bend * away) ** 2)
        distance = np.maximum(_hair_outline(w), (w.v - line) * rise)
        gloss = blob(w.u - 0.35 * w["light_x"], w.v + 0.86, 0.62, 0.34) * 0.3
        w.paint(w.cover(distance), w["hair_colour"] * 0.96, light(w) + gloss)


def draw_side_hair(pictures: Pictures) -> None:
    """The ring of hair over the ears of a bald head."""
    w = pictures.head(-1.0, 1.0, -0.55, 0.25, pictures.has("side_hair"))
    around = ellipse(w.u, w.v, w["head_width"] + 0.07, 1.0)
    over_ear = ellipse(np.abs(w.turned()) - w["head_width"], w.v + 0.12, 0.15, 0.32)
    w.paint(w.cover(np.maximum(around, over_ear), 0.05), w["hair_colour"] * 0.92, light(w))
