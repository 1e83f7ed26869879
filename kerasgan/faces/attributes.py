"""Random attributes of the procedural portraits: who is drawn, before anything is drawn."""

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from kerasgan.faces.canvas import Floats
from kerasgan.faces.random_numbers import Draws, hsv_to_rgb

HAIR_SHADES = ("black", "dark brown", "brown", "blond", "red", "grey")
FRINGES = ("swept back", "straight fringe", "parted left", "parted right", "parted in the middle")
BACKGROUNDS = ("plain", "vertical gradient", "diagonal gradient", "spot of light")
NECKLINES = ("round", "V", "shirt collar", "roll neck")

# Lengths are in head units (half the height of the head) unless said otherwise, colours are
# float32 [n, 3] sRGB in [0, 1], "left" and "right" are the viewer's.
ATTRIBUTES: dict[str, str] = {
    "head_size": "height of the bare head over the picture's shorter side, [0.60, 0.66]",
    "shift_x": "sideways shift over the picture's shorter side, right is positive, [-0.04, 0.04]",
    "shift_y": "shift down over the picture's shorter side, [-0.025, 0.025]",
    "tilt": "lean of the head in degrees, clockwise is positive, [-8, 8]",
    "yaw": "turn of the head, [-1, 1], from full left to full right",
    "head_width": "half-width of the head, [0.70, 0.80]",
    "jaw": "shape of the jaw, [0, 1], from narrow to broad",
    "skin_tone": "colour of the skin, [0, 1], from light to dark",
    "blush": "redness of the cheeks, [0, 1]",
    "makeup": "coloured lips and strong lashes, bool, 0.55 of narrow jaws (< 0.5), else never",
    "eye_size": "size of the eyes, 1 is average, [0.9, 1.15]",
    "eye_spacing": "distance from the nose to the middle of an eye, [0.31, 0.36]",
    "eye_slant": "outer corners up (positive) or down, slope, [-0.15, 0.15]",
    "eye_open": "opening of the lids, 1 is wide, [0.65, 1]",
    "eye_colour": "colour of the iris: brown, hazel, green, blue or grey",
    "gaze_x": "where the eyes look, [-1, 1], left to right",
    "gaze_y": "where the eyes look, [-1, 1], up to down",
    "brow_height": "gap between eye and brow, [0.23, 0.30]",
    "brow_angle": "slope of the brows, [-1, 1], from worried to stern",
    "brow_thickness": "half the height of a brow, [0.030, 0.060]",
    "nose_width": "half-width of the nose, [0.11, 0.17]",
    "nose_length": "height of the tip of the nose below the eyes, [0.32, 0.42]",
    "smile": "curve of the mouth, [-0.5, 1], from sad to happy",
    "open_mouth": "lips apart, bool, 0.35; teeth show if the mouth also smiles",
    "lip_fullness": "height of each lip at its middle, [0.045, 0.085]",
    "lip_colour": "colour of the lips: near the skin's, stronger with makeup",
    "hair_shade": "index into HAIR_SHADES, int; hair_colour was drawn near this shade",
    "hair_colour": "colour of hair, brows, beard and moustache",
    "bald": "no hair on top, bool, 0.24 of broad jaws (>= 0.5), 0.02 of narrow ones",
    "side_hair": "bald heads only: a ring of hair over the ears, bool, 0.5 of the bald",
    "bun": "long hair tied up on the head, bool, 0.18 of those who are neither bald nor cropped",
    "hair_length": "[0, 1], from cropped to below the shoulders; 0 if bald, 0.15 with a bun",
    "hair_volume": "thickness of the hair around the head, [0.07, 0.42]",
    "hair_lift": "extra height of the hair on top, [0, 0.15]",
    "curly": "curls: bumpy outline and more volume, bool, 0.25",
    "fringe": "index into FRINGES, int",
    "beard": "hair on chin and cheeks, bool, 0.42 of broad jaws, else never",
    "beard_length": "[0, 1], from stubble to full",
    "moustache": "bool, 0.65 of the bearded, 0.2 of other broad jaws, else never",
    "glasses": "bool, 0.3",
    "glasses_round": "round frames, not rectangular ones, bool, 0.5",
    "glasses_tint": "darkness of the lenses, [0, 1]; above 0.5 they are sunglasses (0.1)",
    "glasses_colour": "colour of the frame",
    "earrings": "bool, 0.45 of the faces with makeup, else never",
    "hat": "bool, 0.15",
    "hat_brim": "a hat with a brim, not a woollen one, bool, 0.5",
    "hat_colour": "colour of the hat",
    "light_x": "where the light comes from, [-1, 1], left to right",
    "light_strength": "contrast of light and shade, [0.10, 0.24]",
    "background": "index into BACKGROUNDS, int",
    "background_colour": "colour of the upper left corner",
    "background_colour_2": "colour at the other end of the gradient, or of the spot",
    "clothes_colour": "colour of the clothes",
    "striped": "stripes on the clothes, bool, 0.2",
    "neckline": "index into NECKLINES, int",
    "shoulder_width": "half-width of the shoulders, [1.3, 1.65]; broader with broad jaws",
}

# What the lines above say, for programs: the range of each number, and what integers stand for.
RANGES: dict[str, tuple[float, float]] = {
    name: (float(found[1]), float(found[2]))
    for name, meaning in ATTRIBUTES.items()
    if (found := re.search(r"\[(-?[\d.]+), (-?[\d.]+)\]", meaning))
}
CHOICES: dict[str, tuple[str, ...]] = {
    "hair_shade": HAIR_SHADES,
    "fringe": FRINGES,
    "background": BACKGROUNDS,
    "neckline": NECKLINES,
}
# In the mirror image these are others. (A diagonal gradient goes the other way there, but is one.)
SIDED = ("shift_x", "tilt", "yaw", "gaze_x", "fringe", "light_x")

_EYE_COLOURS = np.array(  # dark brown, brown, hazel, green, blue, grey
    [(60, 36, 24), (98, 58, 32), (128, 94, 44), (74, 116, 72), (62, 116, 176), (104, 126, 142)],
    np.float32,
)
_HAIR_COLOURS = np.array(  # in the order of HAIR_SHADES
    [(30, 26, 28), (62, 42, 32), (112, 74, 46), (214, 174, 104), (168, 78, 36), (178, 178, 182)],
    np.float32,
)
# Frequencies of the shades for the lightest and the darkest skin; in between, their mixture.
_HAIR_CHANCES_LIGHT = np.array([0.10, 0.18, 0.24, 0.24, 0.12, 0.12], np.float32)
_HAIR_CHANCES_DARK = np.array([0.60, 0.24, 0.04, 0.00, 0.00, 0.12], np.float32)
_EYE_CHANCES_LIGHT = np.array([0.10, 0.20, 0.15, 0.15, 0.28, 0.12], np.float32)
_EYE_CHANCES_DARK = np.array([0.70, 0.28, 0.02, 0.00, 0.00, 0.00], np.float32)
_FRAME_COLOURS = np.array(  # black, tortoise, gold, silver, dark red, navy
    [(24, 24, 28), (92, 52, 30), (178, 138, 62), (140, 144, 150), (120, 28, 36), (30, 44, 92)],
    np.float32,
)


def _mix(start: Floats, end: Floats, weight: Floats) -> Floats:
    mixed: Floats = start + weight[:, None] * (end - start)
    return mixed


def sample_attributes(
    indices: npt.NDArray[np.integer], *, seed: int
) -> dict[str, npt.NDArray[Any]]:
    """Attributes of the faces of the given numbers; row i depends on seed and indices[i] only.

    Args:
      indices: integers >= 0 of shape [n], in any order.
      seed: any integer; another seed gives other people.

    Returns:
      One array for each name in ATTRIBUTES (which lists ranges and frequencies): shape [n],
      or [n, 3] for colours (sRGB in [0, 1]); bool, int64 or float32.

    Raises:
      ValueError: indices are not a one-dimensional array of integers.
    """
    indices = np.asarray(indices)
    if indices.ndim != 1 or not np.issubdtype(indices.dtype, np.integer):
        raise ValueError(
            "indices must be a one-dimensional array of integers, received "
            f"shape {indices.shape} of {indices.dtype}."
        )
    draws = Draws(indices, seed)
    attributes: dict[str, npt.NDArray[Any]] = {}
    attributes.update(_sample_pose_and_features(draws))
    attributes.update(_sample_hair_and_colours(draws))
    attributes.update(_sample_surroundings(draws))
    return {name: attributes[name] for name in ATTRIBUTES}


def _sample_pose_and_features(draws: Draws) -> dict[str, npt.NDArray[Any]]:
    return {
        "head_size": draws.uniform("head_size", 0.60, 0.66),
        "shift_x": draws.bell("shift_x", -0.04, 0.04),
        "shift_y": draws.bell("shift_y", -0.025, 0.025),
        "tilt": draws.bell("tilt", -8, 8),
        "yaw": draws.bell("yaw", -1, 1),
        "head_width": draws.uniform("head_width", 0.70, 0.80),
        "blush": draws.uniform("blush"),
        "eye_size": draws.uniform("eye_size", 0.9, 1.15),
        "eye_spacing": draws.uniform("eye_spacing", 0.31, 0.36),
        "eye_slant": draws.bell("eye_slant", -0.15, 0.15),
        "eye_open": draws.uniform("eye_open", 0.65, 1.0),
        "gaze_x": draws.bell("gaze_x", -1, 1),
        "gaze_y": draws.bell("gaze_y", -1, 1),
        "brow_height": draws.uniform("brow_height", 0.23, 0.30),
        "brow_angle": draws.bell("brow_angle", -1, 1),
        "nose_width": draws.uniform("nose_width", 0.11, 0.17),
        "nose_length": draws.uniform("nose_length", 0.32, 0.42),
        "smile": draws.uniform("smile", -0.5, 1),
        "open_mouth": draws.chance("open_mouth", 0.35),
        "lip_fullness": draws.uniform("lip_fullness", 0.045, 0.085),
        "fringe": draws.choice("fringe", np.full(5, 0.2, np.float32)),
        "beard_length": draws.uniform("beard_length"),
        "glasses": draws.chance("glasses", 0.3),
        "glasses_round": draws.chance("glasses_round", 0.5),
        "hat": draws.chance("hat", 0.15),
        "hat_brim": draws.chance("hat_brim", 0.5),
        "light_x": draws.uniform("light_x", -1, 1),
        "light_strength": draws.uniform("light_strength", 0.10, 0.24),
        "background": draws.choice("background", np.array([0.2, 0.3, 0.2, 0.3], np.float32)),
        "striped": draws.chance("striped", 0.2),
        "neckline": draws.choice("neckline", np.array([0.35, 0.25, 0.25, 0.15], np.float32)),
    }


def _sample_hair_and_colours(draws: Draws) -> dict[str, npt.NDArray[Any]]:
    """What depends on the jaw or on the skin: beards go with broad jaws, blond with light skin."""
    jaw, skin_tone = draws.uniform("jaw"), draws.uniform("skin_tone")
    broad = jaw >= 0.5
    makeup = draws.chance("makeup", 0.55) & ~broad
    bald = draws.chance("bald", np.where(broad, 0.24, 0.02).astype(np.float32))
    beard = draws.chance("beard", 0.42) & broad
    moustache = draws.chance("moustache", np.where(beard, 0.65, 0.2).astype(np.float32)) & broad
    curly = draws.chance("curly", 0.25)
    short = broad & draws.chance("short", 0.85)
    bun = ~(short | bald) & draws.chance("bun", 0.18)
    length = np.where(
        short, draws.uniform("hair_length", 0, 0.3), draws.uniform("hair_length", 0.2, 1)
    )
    darkness = np.clip(skin_tone * 1.25, 0, 1)
    hair_chances = _mix(_HAIR_CHANCES_LIGHT[None], _HAIR_CHANCES_DARK[None], darkness)
    eye_chances = _mix(_EYE_CHANCES_LIGHT[None], _EYE_CHANCES_DARK[None], darkness)
    shade = draws.choice("hair_shade", hair_chances)
    gloss = draws.uniform("hair_gloss", 0.85, 1.15)[:, None]
    eyes = _EYE_COLOURS[draws.choice("eye_colour", eye_chances)] / 255
    return {
        "jaw": jaw,
        "skin_tone": skin_tone,
        "makeup": makeup,
        "earrings": makeup & draws.chance("earrings", 0.45),
        "brow_thickness": draws.uniform("brow_thickness", 0.030, 0.048) + 0.012 * jaw,
        "eye_colour": eyes * draws.uniform("eye_gloss", 0.9, 1.15)[:, None],
        "hair_shade": shade,
        "hair_colour": np.clip(_HAIR_COLOURS[shade] / 255 * gloss, 0, 1),
        "bald": bald,
        "side_hair": bald & draws.chance("side_hair", 0.5),
        "bun": bun,
        "hair_length": np.where(bald, 0, np.where(bun, 0.15, length)).astype(np.float32),
        "hair_lift": draws.bell("hair_lift", 0, 0.15),
        "hair_volume": np.where(
            curly,
            draws.uniform("hair_volume", 0.16, 0.42),
            draws.uniform("hair_volume", 0.07, 0.20),
        ),
        "curly": curly,
        "beard": beard,
        "moustache": moustache,
        "lip_colour": _sample_lips(draws, skin_tone, makeup),
        "shoulder_width": draws.uniform("shoulder_width", 1.3, 1.45) + 0.2 * jaw,
    }


def _sample_lips(draws: Draws, skin_tone: Floats, makeup: npt.NDArray[np.bool_]) -> Floats:
    natural = _mix(
        np.array([[0.82, 0.50, 0.46]], np.float32),
        np.array([[0.42, 0.22, 0.20]], np.float32),
        skin_tone,
    )
    painted = _mix(
        np.array([[0.78, 0.14, 0.20]], np.float32),
        np.array([[0.80, 0.30, 0.44]], np.float32),
        draws.uniform("lip_colour"),
    )
    painted = painted * (1 - 0.25 * skin_tone[:, None])
    return np.where(makeup[:, None], painted, natural)


def _sample_surroundings(draws: Draws) -> dict[str, npt.NDArray[Any]]:
    hue = draws.uniform("background hue")
    saturation = draws.bell("background saturation", 0.03, 0.48)
    value = draws.uniform("background value", 0.42, 0.95)
    other_hue = hue + draws.bell("background_2 hue", -0.16, 0.16)
    other_value = np.clip(value * draws.uniform("background_2 value", 0.6, 1.4), 0.3, 1)
    sunglasses = draws.chance("sunglasses", 0.1)
    frames = draws.choice("frames", np.array([0.4, 0.2, 0.12, 0.12, 0.08, 0.08], np.float32))
    return {
        "background_colour": hsv_to_rgb(hue, saturation, value),
        "background_colour_2": hsv_to_rgb(other_hue, saturation, other_value),
        "clothes_colour": draws.colour("clothes", (0.05, 0.85), (0.25, 0.95)),
        "hat_colour": draws.colour("hat colour", (0.1, 0.8), (0.25, 0.85)),
        "glasses_tint": np.where(
            sunglasses, draws.uniform("tint", 0.75, 0.95), draws.uniform("tint", 0.05, 0.2)
        ),
        "glasses_colour": _FRAME_COLOURS[frames] / 255,
    }
