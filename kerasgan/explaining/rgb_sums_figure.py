"""A generator's image as it grows: the sum of what its grids have added so far."""

import keras
import numpy as np

from kerasgan.compositing import lay_on
from kerasgan.explaining.figures import Drawing, new_figure, render, themed
from kerasgan.model.resampling import BilinearUpsampling2D
from kerasgan.pixels import to_uint8


def partial_sums(generator: keras.Model, latents: np.ndarray) -> list[np.ndarray]:
    """The sums to RGB at every grid below the image's own, and the images.

    Args:
        generator: one with `skip_sums`.
        latents: float32 [B, latent_dim].

    Returns:
        From coarse to fine, uint8 [B, h, w, C], each after the tanh of the last.

    Raises:
        ValueError: the generator adds no sums.
    """
    sums = [layer.input for layer in generator.layers if isinstance(layer, BilinearUpsampling2D)]
    if not sums:
        raise ValueError(f"generator={generator.name!r}: has no sums to RGB")
    model = keras.Model(generator.input, [*sums, generator.output])
    *partial, images = model(latents, training=False)
    return [*(to_uint8(np.tanh(rgb)) for rgb in partial), to_uint8(images)]


def draw_rgb_sums(
    generator: keras.Model, *, columns: int = 6, seed: int = 0, theme: str = "light"
) -> Drawing:
    """A row for each grid, coarsest first, and a column for each image.

    Args:
        generator: one with `skip_sums`, without conditions.
        columns: images.
        seed: of the latents.
        theme: "light" or "dark".
    """
    size = generator.input_shape[-1]
    latents = np.random.default_rng(seed).standard_normal([columns, size]).astype(np.float32)
    rows = partial_sums(generator, latents)
    with themed(theme):
        figure = new_figure(1.25 * columns + 1.3, 1.3 * len(rows))
        grid = figure.subplots(len(rows), columns, squeeze=False)
        for line, images in zip(grid, rows, strict=True):
            for axes, image in zip(line, images, strict=True):
                shown = lay_on(image)
                axes.imshow(shown.repeat(3 // shown.shape[-1], axis=-1))
                axes.set(xticks=[], yticks=[])
                axes.spines[:].set_visible(False)
            height, width = images.shape[1:3]
            line[0].set_ylabel(f"{height} × {width}", rotation=0, ha="right", va="center")
        return Drawing((render(figure),))
