"""The features of a synthetic face, each a function that draws it, from back to front."""

import numpy as np

from kerasgan.faces import hair
from kerasgan.faces.canvas import Floats, Pictures, Window, blob, box, ellipse
from kerasgan.faces.head import HAT_LINE, SHADOW, head_outline, light, rgb, skin_colour


def _draw_background(pictures: Pictures) -> None:
    height, width = pictures.size
    x = ((np.arange(width, dtype=np.float32) + 0.5) / width)[None, None]
    y = ((np.arange(height, dtype=np.float32) + 0.5) / height)[None, :, None]
    kind = pictures.columns["background"]
    spot = blob(x - 0.5, y - 0.45, 0.72, 0.72)
    weight = (kind == 1) * y + (kind == 2) * (x + y) / 2 + (kind == 3) * spot
    start, end = pictures.columns["background_colour"], pictures.columns["background_colour_2"]
    for plane, low, high in zip(pictures.planes, start.T, end.T, strict=True):
        np.multiply(weight, (high - low)[:, None, None], out=plane)
        plane += low[:, None, None]


def _shoulders(w: Window) -> Floats:
    hang = np.minimum(w.v - 2.5, 0)  # below the shoulders the sides run straight down
    return ellipse(w.u, hang, w["shoulder_width"], 1.26)


def _draw_clothes(pictures: Pictures) -> None:
    w = pictures.body(-5, 5, 1.1, 9)
    shade = w.u * (w["light_x"] * w["light_strength"] * 0.6)
    w.paint(w.cover(_shoulders(w)), w["clothes_colour"], shade)
    w = pictures.body(-5, 5, 1.1, 9, pictures.has("striped"))
    stripe = np.abs((w.v - np.floor(w.v * 4) / 4) - 0.125) - 0.06  # four a head unit
    w.paint(w.cover(np.maximum(stripe, _shoulders(w))), 1 - (1 - w["clothes_colour"]) * 0.6)


def _draw_neck(pictures: Pictures) -> None:
    """The neck in the shadow of the chin, and the skin in the opening of the clothes."""
    w = pictures.body(-0.8, 0.8, 0.4, 1.95)
    neckline, side = w["neckline"], np.abs(w.u)
    half = 0.32 + w["jaw"] * 0.12
    flare = np.maximum(w.v - 1.0, 0)
    neck = np.maximum(side - half - flare * flare * 1.3, np.abs(w.v - 0.93) - 0.43)
    round_cut = ellipse(w.u, w.v - 1.3, half + 0.15, 0.2)
    v_cut = (side + w.v * 0.6) * 0.857 - 0.95
    open_collar = (neckline == 1) | (neckline == 2)
    cut = np.maximum(np.where(open_collar, v_cut, round_cut), _shoulders(w))
    distance = np.minimum(neck, cut)
    distance = np.where(neckline == 3, neck, distance)
    shadow = blob(w.u + w["light_x"] * 0.1, w.v - 0.92, 0.7, 0.44)
    shadow *= -0.5
    w.paint(w.cover(distance), skin_colour(w), shadow)


def _draw_collars(pictures: Pictures) -> None:
    neckline = pictures.columns["neckline"][:, 0, 0]
    w = pictures.body(-0.8, 0.8, 1.0, 1.8, neckline == 2)
    side, down = np.abs(w.u), w.v - 1.36
    flaps = np.maximum(np.abs(side - 0.36 + down * 0.62) * 0.85 - 0.11, np.abs(down) - 0.2)
    flaps = np.maximum(flaps, 0.45 * side - down - 0.34)
    w.paint(w.cover(flaps), 1 - (1 - w["clothes_colour"]) * 0.5)
    w = pictures.body(-0.8, 0.8, 1.0, 1.8, neckline == 3)
    roll = box(w.u, w.v - 1.27, 0.37 + w["jaw"] * 0.12, 0.19, 0.1)
    shade = blob(w.u, w.v - 1.1, 0.7, 0.25) * -0.35
    w.paint(w.cover(roll), w["clothes_colour"] * 0.9, shade)


def _draw_head(pictures: Pictures) -> None:
    """Ears, then the head over them, then blush."""
    w = pictures.head(-1.05, 1.05, -0.2, 0.45)
    skin = skin_colour(w)
    turned_u = w.u + w["yaw"] * 0.07
    ear_x = np.abs(turned_u) - w["head_width"] * 0.99
    w.paint(w.cover(ellipse(ear_x, w.v - 0.1, 0.12, 0.2)), skin * 0.94, light(w))
    w.paint(w.cover(ellipse(ear_x - 0.03, w.v - 0.1, 0.045, 0.11), 0.06), skin * 0.74)
    w = pictures.head(-0.9, 0.9, -1.05, 1.05)
    shade = light(w)
    shade -= np.maximum(w.u * w.u * 1.7 + w.v * w.v - 0.55, 0) * 0.16  # the rim turns away
    w.paint(w.cover(head_outline(w)), skin, shade)
    w = pictures.head(-0.75, 0.75, 0.05, 0.65)
    cheeks = blob(np.abs(w.turned()) - 0.40, w.v - 0.34, 0.24, 0.22) * (0.08 + 0.3 * w["blush"])
    w.paint(cheeks, skin_colour(w) * np.array([1.0, 0.62, 0.58], np.float32))


def _draw_eyes(pictures: Pictures) -> None:
    w = pictures.head(-0.75, 0.75, -0.32, 0.50)
    skin, face = skin_colour(w), w.turned()
    x, y = np.abs(face) - w["eye_spacing"], w.v
    w.paint(blob(x, y + 0.06, 0.30, 0.25) * 0.24, skin * SHADOW * 0.76)
    width, height = 0.195 * w["eye_size"], 0.125 * w["eye_size"] * w["eye_open"]
    y = y + x * w["eye_slant"]
    bow = 1 - (x / width) ** 2
    upper, lower = -height * bow - y, y - 0.85 * height * bow
    steep = 1 / np.sqrt(1 + (x * (2 * height / (width * width))) ** 2)
    white = w.cover(np.maximum(upper, lower) * steep)
    w.paint(white, rgb(w, 246, 244, 240))
    # Both eyes look the same way: undo the mirror image of the left one.
    look_x = np.copysign(1, face) * x - 0.065 * w["gaze_x"]
    look_y = w.v - 0.03 * w["gaze_y"] + 0.012
    radius = 0.098 * w["eye_size"]
    iris = np.sqrt(look_x * look_x + look_y * look_y)
    w.paint(w.cover(iris - radius) * white, w["eye_colour"])
    w.paint(w.cover(iris - radius * 0.5) * white, rgb(w, 18, 14, 14))
    glint = ellipse(look_x - 0.035 * w["light_x"], look_y + 0.042, 0.03, 0.03)
    w.paint(w.cover(glint) * white, rgb(w, 255, 255, 255))
    lid = w.stroke(upper * steep, 0.022 + 0.018 * w["makeup"])
    lid *= w.cover(np.abs(x) - width * (1.02 + 0.12 * w["makeup"]))
    w.paint(lid, skin * 0.28)


def _draw_brows(pictures: Pictures) -> None:
    w = pictures.head(-0.75, 0.75, -0.50, -0.06)
    x = np.abs(w.turned()) - w["eye_spacing"]
    middle = -w["brow_height"] - 0.05 * (1 - (x * 4) ** 2) - x * w["brow_angle"] * 0.22
    thickness = w["brow_thickness"] * np.clip(1.1 - x * 2.2, 0.4, 1)
    cover = w.cover(np.maximum(np.abs(w.v - middle) - thickness, np.abs(x) - 0.22))
    cover *= 0.88
    w.paint(cover, w["hair_colour"] * 0.72)


def _draw_nose(pictures: Pictures) -> None:
    w = pictures.head(-0.5, 0.5, -0.2, 0.62)
    skin, width, tip = skin_colour(w), w["nose_width"], w["nose_length"]
    x = w.turned(0.21)
    y = w.v - tip
    dark_side = x + w["light_x"] * 0.075
    w.paint(blob(dark_side, y + 0.16, 0.11, 0.34) * 0.34, skin * SHADOW * 0.74)
    w.paint(blob(x - w["light_x"] * 0.03, y + 0.10, 0.07, 0.24) * 0.4, 1 - (1 - skin) * 0.62)
    w.paint(blob(x, y - 0.05, width * 1.5, 0.13) * 0.45, skin * SHADOW * 0.7)
    base = y - 0.055 + 0.09 * (x / width) ** 2
    line = w.stroke(base, 0.022) * w.cover(np.abs(x) - width)
    w.paint(line, skin * SHADOW * 0.58)


def _draw_mouth(pictures: Pictures) -> None:
    w = pictures.head(-0.6, 0.6, 0.42, 1.15)
    x = w.turned(0.19)
    smile, opened, full = w["smile"], w["open_mouth"], w["lip_fullness"]
    across = (x / (0.25 + 0.07 * np.maximum(smile, 0))) ** 2
    bow = 1 - across
    y = w.v - 0.63 - 0.06 * smile + 0.11 * smile * across
    gap = opened * (0.13 + 0.06 * np.maximum(smile, 0)) * bow
    lips = np.maximum(-full * 0.8 * bow - y, y - gap - full * bow)
    w.paint(blob(x, y - gap - full - 0.07, 0.2, 0.09) * 0.4, skin_colour(w) * SHADOW * 0.76)
    w.paint(w.cover(lips), w["lip_colour"])
    inside = w.cover(np.maximum(-y, y - gap)) * opened
    w.paint(inside, rgb(w, 92, 26, 30))
    teeth = w.cover(y - 0.45 * gap - 0.02) * inside * (smile > 0)
    w.paint(teeth, rgb(w, 250, 248, 244))
    line = w.stroke(y, 0.017) * w.cover(across - 1, 0.1) * (1 - opened)
    w.paint(line, w["lip_colour"] * 0.45)


def _draw_earrings(pictures: Pictures) -> None:
    w = pictures.head(-1.05, 1.05, 0.2, 0.5, pictures.has("earrings"))
    x = np.abs(w.u + w["yaw"] * 0.07) - w["head_width"] * 1.02
    w.paint(w.cover(ellipse(x, w.v - 0.35, 0.055, 0.07)), rgb(w, 236, 200, 96))


def _draw_glasses(pictures: Pictures) -> None:
    w = pictures.head(-1.0, 1.0, -0.36, 0.38, pictures.has("glasses"))
    face = w.turned()
    x, y, rounded = np.abs(face) - w["eye_spacing"], w.v - 0.015, w["glasses_round"]
    circle = np.sqrt(x * x + y * y) - 0.245
    lens = np.where(rounded != 0, circle, box(x, y, 0.255, 0.185, 0.07))
    w.paint(w.cover(lens) * w["glasses_tint"], rgb(w, 38, 40, 50))
    bar = np.maximum(
        np.abs(w.v + 0.06), np.maximum(0.24 - np.abs(x), np.abs(w.u) - w["head_width"])
    )
    frame = np.minimum(np.abs(lens), bar)
    w.paint(w.stroke(frame, 0.038), w["glasses_colour"])


def _draw_hats(pictures: Pictures) -> None:
    hat, brim = pictures.has("hat"), pictures.has("hat_brim")
    w = pictures.head(-1.1, 1.1, -1.4, -0.2, hat & ~brim)
    half, colour, shade = w["head_width"] * 0.94 + 0.10, w["hat_colour"], light(w)
    dome = np.maximum(ellipse(w.u, w.v - HAT_LINE, half, 0.86), w.v - HAT_LINE + 0.08)
    w.paint(w.cover(dome), colour, shade)
    fold = box(w.u, w.v - HAT_LINE + 0.12 + 0.05 * w.u * w.u, half + 0.04, 0.13, 0.1)
    w.paint(w.cover(fold), colour * 0.8, shade)

    w = pictures.head(-1.4, 1.4, -1.5, -0.1, hat & brim)
    colour, shade, half = w["hat_colour"], light(w), w["head_width"] * 0.92 + 0.06
    w.paint(blob(w.u, w.v - HAT_LINE - 0.1, 0.62, 0.2) * 0.5, skin_colour(w) * 0.6)
    crown = box(w.u * (1 - 0.15 * (w.v + 0.4)), w.v + 0.85, half, 0.45, 0.28)
    cover = w.cover(crown)
    w.paint(cover, colour, shade)
    cover *= w.cover(np.abs(w.v + 0.64) - 0.08)
    w.paint(cover, colour * 0.5)
    w.paint(w.cover(ellipse(w.u, w.v + 0.48 + 0.07 * w.u * w.u, half + 0.45, 0.12)), colour * 0.9)


LAYERS = (  # from back to front
    _draw_background,
    _draw_clothes,
    hair.draw_bun,
    hair.draw_back_hair,
    _draw_neck,
    _draw_collars,
    _draw_head,
    _draw_eyes,
    _draw_brows,
    _draw_nose,
    hair.draw_beard,
    _draw_mouth,
    hair.draw_moustache,
    hair.draw_side_hair,
    hair.draw_front_hair,
    _draw_earrings,
    _draw_glasses,
    _draw_hats,
)
