"""A GAN in the plane that is asked for labels: a mode of the ring, or a place on the swiss roll."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from kerasgan.explaining.toy_data import LABELLED_DATA, RING_MODES, ring_centres, swiss_roll_arm
from kerasgan.explaining.toy_gan import ToySettings, compile_toy, plane, toy_latents
from kerasgan.model.gan import GAN
from kerasgan.model.networks.conditions import project

_WIDTHS = {"ring": RING_MODES, "swiss_roll": 1}  # of conditions
_PLACES = 400  # on the swiss roll, which a point may be nearest to


@dataclasses.dataclass(frozen=True)
class ConditionalToy:
    """A trained toy that is asked for labels."""

    settings: ToySettings
    gan: GAN

    def sample(self, labels: np.ndarray) -> np.ndarray:
        """Points of the averaged generator, float32 [n, 2], one for each label.

        Args:
            labels: modes of the ring, integers [n], or places on the swiss roll from -1 (inside)
                to 1 (outside), float [n, 1].
        """
        latents = toy_latents(self.gan, len(labels))
        points: np.ndarray = self.gan([latents, self._conditions(labels)]).numpy()
        return points

    def probabilities(self, label: np.ndarray) -> np.ndarray:
        """D's probability that a point is a real one of this label, float32 [61, 61].

        Args:
            label: one label, [1] or [1, 1].
        """
        points = plane()
        conditions = np.repeat(self._conditions(label), len(points), axis=0)
        logits = self.gan.run_discriminator(points, conditions, training=False)
        side = int(np.sqrt(len(points)))
        probabilities: np.ndarray = tf.sigmoid(logits).numpy().reshape(side, side)
        return probabilities

    def agreement(self, count: int = 2000) -> float:
        """The share of points that are what they were asked to be.

        On the ring each is read as the nearest mode. On the swiss roll as the nearest place of the
        arm, and counts if this is in the same half of the arm as the place that was asked for.
        """
        _, labels = LABELLED_DATA[self.settings.data](count, seed=self.settings.seed + 1)
        points = self.sample(labels)
        if self.settings.data == "ring":
            return float(np.mean(_nearest(points, ring_centres()) == labels))
        places = np.linspace(-1, 1, _PLACES)
        arm = swiss_roll_arm((places + 1) / 2 * (15 / 16) + 1 / 16)
        return float(np.mean((places[_nearest(points, arm)] > 0) == (labels[:, 0] > 0)))

    def _conditions(self, labels: np.ndarray) -> np.ndarray:
        if self.settings.data == "swiss_roll":
            return labels.astype(np.float32)
        return np.eye(RING_MODES, dtype=np.float32)[labels]


def _nearest(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Of [n, 2] points, the indices of the nearest of [m, 2] centres: integers [n]."""
    nearest: np.ndarray = np.linalg.norm(points[:, None] - centres, axis=-1).argmin(axis=1)
    return nearest


def build_conditional_toy(settings: ToySettings) -> GAN:
    """A compiled GAN of two dense networks: G gets the label with the latents, D projects it."""
    keras.utils.set_random_seed(settings.seed)
    width = _WIDTHS[settings.data]

    def hidden(inputs: keras.KerasTensor) -> keras.KerasTensor:
        for _ in range(2):
            inputs = keras.layers.Dense(settings.units, "relu")(inputs)
        return inputs

    latents, conditions = keras.Input([settings.latent_dim]), keras.Input([width])
    features = hidden(keras.layers.Concatenate()([latents, conditions]))
    generator = keras.Model([latents, conditions], keras.layers.Dense(2)(features))

    points, conditions = keras.Input([2]), keras.Input([width])
    features = hidden(points)
    logits = project(
        keras.layers.Dense(1)(features),
        features,
        conditions,
        keras.layers.Dense,
        keras.initializers.GlorotUniform,
    )
    discriminator = keras.Model([points, conditions], logits)
    return compile_toy(generator, discriminator, settings)


def train_conditional_toy(settings: ToySettings) -> ConditionalToy:
    """Trains a toy on points and their labels.

    Args:
        settings: the recipe; with `data="ring"` labels are classes, the modes, with "swiss_roll"
            an attribute, how far out a point is.
    """
    gan = build_conditional_toy(settings)
    count = settings.batch_size * settings.steps
    points_and_labels = LABELLED_DATA[settings.data](count, seed=settings.seed)
    batches = tf.data.Dataset.from_tensor_slices(points_and_labels).batch(settings.batch_size)
    gan.fit(batches, shuffle=False, verbose=0)
    return ConditionalToy(settings, gan)
