"""What several features of a face share: the outline of the head, its colour and its light."""

import numpy as np

from kerasgan.faces.canvas import Floats, Window, ellipse

HAT_LINE = -0.42  # lower edge of every hat; the hair above it is pressed away
_SKIN = np.array(
    [(253, 221, 199), (243, 196, 161), (209, 152, 110), (152, 99, 68), (92, 60, 46)], np.float32
)
SHADOW = np.array([1.0, 0.82, 0.74], np.float32)  # lines and hollows of the face are warm


def skin_colour(window: Window) -> Floats:
    """Colour [m, 3] of the skin, between the five of the palette."""
    at = window["skin_tone"][:, 0] * (len(_SKIN) - 1)
    lower = np.clip(np.floor(at), 0, len(_SKIN) - 2)
    low, high = _SKIN[lower[:, 0].astype(int)], _SKIN[lower[:, 0].astype(int) + 1]
    colour: Floats = (low + (at - lower) * (high - low)) / 255
    return colour


def rgb(window: Window, red: int, green: int, blue: int) -> Floats:
    """The same colour for every picture of the window, [m, 3]."""
    colour = np.array([red, green, blue], np.float32) / 255
    return np.broadcast_to(colour, (len(window.pixel), 3))


def head_outline(w: Window, longer: Floats | float = 0.0) -> Floats:
    """Distance to the bare head; `longer` stretches the chin, for beards."""
    down = np.maximum(w.v, 0)
    down *= down
    taper = down * (0.30 - 0.34 * w["jaw"])
    wider = w.u * (1 + taper)
    return ellipse(wider, w.v - np.maximum(w.v, 0) * longer, w["head_width"], 1.0)


def light(w: Window) -> Floats:
    """Shade of a rounded head: the light comes from above and from one side."""
    shade = w.u * (w["light_x"] * w["light_strength"] * 1.3)
    shade = shade - w.v * (w["light_strength"] * 0.35)
    return shade
