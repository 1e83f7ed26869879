"""The network that ships with the package: features and attributes without any download.

It is small (0.5 MB) and was trained only on `synthetic_faces`, to predict each face's attributes
and how strongly the image was blurred, noisy or otherwise distorted. Distances between its features
rank images by quality, as benchmarks/metrics.md shows, but cannot be compared with any published
figure. benchmarks/train_embedded_network.py made it.
"""

import functools
import hashlib
import importlib.resources

import keras
import numpy as np
import tensorflow as tf

from kerasgan.metrics.checks import check_images
from kerasgan.pixels import to_float

SIDE = 64  # pixels; other images are resized
DIGEST = "622825c633db116ee4b1cff74b796faffa6c2d6035fcc97a48621cd888bc6253"
FILE = "embedded.npz"

# Attributes that are true or false, by their names in `kerasgan.faces.attributes.ATTRIBUTES`.
YES_NO = (
    "makeup",
    "open_mouth",
    "bald",
    "bun",
    "curly",
    "beard",
    "moustache",
    "glasses",
    "earrings",
    "hat",
    "striped",
)
# How the image was distorted, each a strength from 0 (not at all) to 1; used only in training.
DISTORTIONS = ("blur", "noise", "low contrast", "blocks", "swapped parts")
# Quantities in [-1, 1] or [0, 1] that make the features more informative. No metric reads them, nor
# the kind of background, which the network predicts poorly.
SIZES = ("skin_tone", "hair_length", "yaw", "jaw", "smile", "light_x", "head_size", "tilt")

_DENSE = 96


def build_network() -> keras.Model:
    """The untrained network.

    Returns:
        A model from images float32 [B, 64, 64, 3] in [-1, 1] to a dictionary: `features`
        [B, 156], not yet normalised; `attributes`, logits [B, 11] for YES_NO; `hair` and
        `background`, logits [B, 6] and [B, 4]; `sizes` [B, 8]; `distortions` [B, 5].
    """

    def convolve(x: keras.KerasTensor, filters: int, name: str) -> keras.KerasTensor:
        return keras.layers.Conv2D(
            filters, 3, strides=2, padding="same", activation="relu", name=name
        )(x)

    inputs = keras.Input([SIDE, SIDE, 3], name="images")
    fine = convolve(inputs, 20, "conv_32")
    middle = convolve(fine, 40, "conv_16")
    x = convolve(convolve(middle, 64, "conv_8"), 96, "conv_4")
    dense = keras.layers.Dense(_DENSE, name="dense")(keras.layers.Flatten()(x))
    # The averages of the first layers describe the image's texture.
    pool = keras.layers.GlobalAveragePooling2D
    features = keras.layers.Concatenate(name="features")([dense, pool()(fine), pool()(middle)])
    outputs = {"features": features}
    for name, size in (
        ("attributes", len(YES_NO)),
        ("hair", 6),
        ("background", 4),
        ("sizes", len(SIZES)),
        ("distortions", len(DISTORTIONS)),
    ):
        outputs[name] = keras.layers.Dense(size, name=name)(features)
    return keras.Model(inputs, outputs, name="embedded")


class EmbeddedNetwork:
    """The trained network, loaded from the package's own file.

    Raises:
        RuntimeError: the file is not the one that this version of the package was released with.
    """

    def __init__(self) -> None:
        data = importlib.resources.files("kerasgan.metrics").joinpath(FILE)
        content = data.read_bytes()
        self.digest = hashlib.sha256(content).hexdigest()
        if self.digest != DIGEST:
            raise RuntimeError(f"{data}: has SHA-256 {self.digest}; must have {DIGEST}")
        with data.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            self._shift, self._scale = arrays["shift"], arrays["scale"]
            network = build_network()
            for weight in network.weights:
                weight.assign(arrays[weight.path])
        self._run = tf.function(
            functools.partial(network, training=False),
            input_signature=[tf.TensorSpec([None, SIDE, SIDE, 3], tf.float32)],
        )
        convolutions = [network.get_layer(f"conv_{side}").output for side in (32, 16, 8, 4)]
        self._with_layers = keras.Model(
            network.inputs, [*convolutions, network.get_layer("features").output]
        )

    @property
    def size(self) -> int:
        """The length of a feature vector."""
        return len(self._shift)

    def features(self, images: np.ndarray) -> np.ndarray:
        """uint8 [B, H, W, C] to float32 [B, 156], with mean 0 and deviation 1 over good faces."""
        return (self._outputs(images)["features"].numpy() - self._shift) * self._scale

    def layers(self, images: tf.Tensor) -> list[tf.Tensor]:
        """The features and what leads to them, as a function that has gradients.

        Args:
            images: float32 [B, H, W, 3] in [-1, 1].

        Returns:
            Float32, the four convolutions' outputs [B, h, w, d] and the features [B, 156].
        """
        if images.shape[1:3] != (SIDE, SIDE):
            images = tf.image.resize(images, [SIDE, SIDE], antialias=True)
        *maps, features = self._with_layers(images, training=False)
        return [*maps, (features - self._shift) * self._scale]

    def attributes(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """The attributes detected in each image, uint8 [B, H, W, C].

        Returns:
            Each of YES_NO as bool [B], and `hair_shade` as int64 [B], an index into
            `kerasgan.faces.attributes.HAIR_SHADES`.
        """
        outputs = self._outputs(images)
        seen = {name: outputs["attributes"][:, i].numpy() > 0 for i, name in enumerate(YES_NO)}
        seen["hair_shade"] = outputs["hair"].numpy().argmax(-1)
        return seen

    def _outputs(self, images: np.ndarray) -> dict[str, tf.Tensor]:
        return self._run(to_input(images))


def to_input(images: np.ndarray) -> tf.Tensor:
    """uint8 [B, H, W, 1 or 3] to the network's input, float32 [B, 64, 64, 3] in [-1, 1].

    Raises:
        ValueError: the images are not uint8, or not of this shape.
    """
    check_images(images)
    floats = tf.cast(images, tf.float32)
    if images.shape[1:3] != (SIDE, SIDE):
        floats = tf.image.resize(floats, [SIDE, SIDE], antialias=True)
    if images.shape[3] == 1:
        floats = tf.repeat(floats, 3, axis=3)
    return to_float(floats)
