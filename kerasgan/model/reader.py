"""A small network that reads numbers off images, such as attributes, or the logits of classes."""

import keras


def build_reader(
    image_shape: tuple[int, int, int], outputs: int, *, dropout: float = 0.0
) -> keras.Model:
    """Learns within seconds from thousands of images.

    Args:
        image_shape: height, width, channels.
        outputs: how many numbers it reads.
        dropout: the share of features that are left out at random in training.

    Returns:
        A model from images float32 [B, H, W, C] in [-1, 1] to numbers float32 [B, outputs].
    """
    layers = [
        keras.Input(image_shape),
        keras.layers.GaussianNoise(0.1),  # generated images are never as clean as real ones
        *(
            keras.layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")
            for filters in (16, 32, 64)
        ),
        keras.layers.Flatten(),  # no pooling, since positions matter too
    ]
    if dropout:
        layers.append(keras.layers.Dropout(dropout))
    layers += [keras.layers.Dense(128, activation="relu"), keras.layers.Dense(outputs)]
    return keras.Sequential(layers)
