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
_NEAR = 0.1  # a point this close to what was asked for is there


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
        """The share of points that are within 0.1 of where their label says."""
        _, labels = LABELLED_DATA[self.settings.data](count, seed=self.settings.seed + 1)
        if self.settings.data == "ring":
            wanted = ring_centres()[labels]
        else:
            wanted = swiss_roll_arm((labels[:, 0] + 1) / 2 * (15 / 16) + 1 / 16)
        return float(np.mean(np.linalg.norm(self.sample(labels) - wanted, axis=1) <= _NEAR))

    def _conditions(self, labels: np.ndarray) -> np.ndarray:
        if self.settings.data == "swiss_roll":
            return labels.astype(np.float32)
        return np.eye(RING_MODES, dtype=np.float32)[labels]


def build_conditional_toy(settings: ToySettings) -> GAN:
    """A compiled GAN of two dense networks: G has the label beside the latents, D projects it."""
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
