"""From pictures of any size to images of one size: the crop and the resize filter.

The crops have names, and docs/data.md says which papers use them. Scores obtained with different
crops or filters cannot be compared.
"""

import dataclasses

import numpy as np
from PIL import Image

from kerasgan.channels import PLAIN, colour_of, has_alpha
from kerasgan.compositing import add_alpha, unpremultiply
from kerasgan.config import PictureSettings, choices
from kerasgan.data.pictures.decode import BadPictureError
from kerasgan.errors import UserError

CELEBA_SIZE = (178, 218)  # width, height of an aligned picture
# Sides in pixels of the square around the centre of an aligned CelebA picture.
CELEBA_CROPS = {"celeba108": 108, "celeba140": 140, "celeba160": 160, "celeba178": 178}
CROPS = choices("crop")
# All are anti-aliased: every pixel that a new one covers contributes to it.
FILTERS = {
    "area": Image.Resampling.BOX,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

_MAX_GROUP_PIXELS = 1 << 19  # resized together: few enough for the processor's cache


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preprocessing:
    """A crop, a filter and a size.

    Attributes:
        image_shape: height, width and channels of the result.
        crop: "celeba108" and so on, "center" (the largest centred box of the requested proportions)
            or "none" (the whole picture, even if that changes its proportions).
        resize: "area", "bilinear", "bicubic" or "lanczos", as Pillow computes them.
        background: the colour under transparent pictures: a name or #rrggbb; "none" if the result
            has an alpha channel.

    Raises:
        UserError: the crop, filter or colour does not exist.
    """

    image_shape: tuple[int, int, int]
    crop: str = PictureSettings.crop
    resize: str = PictureSettings.resize
    background: str = PLAIN

    @classmethod
    def of(cls, settings: PictureSettings) -> "Preprocessing":
        """What the settings ask for."""
        return cls(
            image_shape=settings.image_shape,
            crop=settings.crop,
            resize=settings.resize,
            background=settings.background,
        )

    def __post_init__(self) -> None:
        for flag, value, known in (("crop", self.crop, CROPS), ("resize", self.resize, FILTERS)):
            if value not in known:
                raise UserError(f"--{flag}={value}: must be one of {', '.join(known)}")
        if has_alpha(self.image_shape):
            object.__setattr__(self, "background", "none")
        else:
            colour_of(self.background)

    @property
    def background_colour(self) -> tuple[int, int, int] | None:
        """Red, green and blue, 0 to 255; None if pictures keep their transparency."""
        return None if has_alpha(self.image_shape) else colour_of(self.background)

    def box(self, width: int, height: int) -> tuple[int, int, int, int]:
        """The part of a picture that is kept: left, top, right, bottom in pixels.

        Raises:
            BadPictureError: a CelebA crop is used on a picture of another size.
        """
        if self.crop == "none":
            return 0, 0, width, height
        left, top = 0, 0
        if self.crop in CELEBA_CROPS:
            if (width, height) != CELEBA_SIZE:
                raise BadPictureError(
                    f"is {width}x{height}: --crop={self.crop} is for aligned CelebA pictures, "
                    f"{CELEBA_SIZE[0]}x{CELEBA_SIZE[1]}"
                )
            side = CELEBA_CROPS[self.crop]
            left, top, width, height = (width - side) // 2, (height - side) // 2, side, side
        rows, columns = self.image_shape[:2]
        # The largest box with the proportions rows : columns, rounded to the nearest pixel.
        box_height = min(max((2 * width * rows + columns) // (2 * columns), 1), height)
        box_width = min(max((2 * height * columns + rows) // (2 * rows), 1), width)
        left, top = left + (width - box_width) // 2, top + (height - box_height) // 2
        return left, top, left + box_width, top + box_height

    def __call__(self, picture: Image.Image) -> np.ndarray:
        """RGB or RGBA picture -> uint8 [H, W, C]; grey is the luma of ITU-R BT.601.

        RGBA pictures are resized premultiplied, or the hidden colours of transparent
        pixels would show at the edges. Where alpha is 0 the result is 0.

        Raises:
            BadPictureError: the crop does not fit the picture.
        """
        height, width, channels = self.image_shape
        box = self.box(*picture.size)
        if channels == 1:
            picture = picture.convert("L")
        if box != (0, 0, *picture.size):
            # Not resize(box=...), where pixels outside the box contribute at its edges.
            picture = picture.crop(box)
        if has_alpha(self.image_shape):
            return self._resize_premultiplied(picture)
        image = picture.resize((width, height), FILTERS[self.resize])
        return np.asarray(image).reshape(self.image_shape)

    def _resize_premultiplied(self, picture: Image.Image) -> np.ndarray:
        """RGBA picture -> uint8 [H, W, 4], straight before and after."""
        height, width, _ = self.image_shape
        if picture.size == (width, height):
            pixels = np.asarray(picture)
            return pixels * (pixels[..., 3:] > 0)
        image = picture.convert("RGBa").resize((width, height), FILTERS[self.resize])
        return unpremultiply(np.asarray(image, np.float32)).astype(np.uint8)

    def resize_together(self, boxes: np.ndarray) -> np.ndarray:
        """Boxes of one size -> the same images as `__call__` gives, in fewer calls.

        Pillow resizes horizontally and then vertically. Here it does so for all boxes at once:
        first stacked vertically and then side by side, so that no pixel is mixed with another box.

        Args:
            boxes: uint8 [n, h, w, 3], RGB, already cropped.

        Returns:
            uint8 [n, H, W, C].
        """
        images = np.empty([len(boxes), *self.image_shape], np.uint8)
        step = max(1, _MAX_GROUP_PIXELS // (boxes.shape[1] * boxes.shape[2]))
        for start in range(0, len(boxes), step):
            images[start : start + step] = self._resize_group(boxes[start : start + step])
        return images

    def _resize_group(self, boxes: np.ndarray) -> np.ndarray:
        height, width, channels = self.image_shape
        count, rows, columns, colours = boxes.shape
        stacked = Image.fromarray(boxes.reshape(count * rows, columns, 3))
        if channels == 1:
            stacked, colours = stacked.convert("L"), 1
        narrow = np.asarray(stacked.resize((width, count * rows), FILTERS[self.resize]))
        in_a_row = narrow.reshape(count, rows, -1).swapaxes(0, 1).reshape(rows, count * width, -1)
        flat = Image.fromarray(in_a_row[..., 0] if channels == 1 else in_a_row)
        images = np.asarray(flat.resize((count * width, height), FILTERS[self.resize]))
        images = images.reshape(height, count, width, colours).swapaxes(0, 1)
        return add_alpha(images) if has_alpha(self.image_shape) else images
