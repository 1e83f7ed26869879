"""A GAN that can be seen completely: the `GAN` class with dense networks, on points in a plane."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgan.explaining.toy_data import DATA
from kerasgan.explaining.toy_steps import STEPS_AT_ONCE
from kerasgan.model.gan import GAN
from kerasgan.model.penalties import slopes_of
from kerasgan.model.random_streams import Stream, normal

REACH = 1.6  # the plane is shown from -REACH to REACH
_GRID_SIDE = 61  # points at which D is evaluated
_POINTS_IN_SNAPSHOT = 1000  # generated ones


@dataclasses.dataclass(frozen=True, kw_only=True)
class ToySettings:
    """The recipe of a toy. The defaults find all modes of the ring.

    Attributes:
        data: "ring" or "swiss_roll".
        loss: a key of `kerasgan.model.losses.LOSSES`.
        update_order: "alternating" or "simultaneous".
        g_learning_rate: Adam's, for the generator.
        d_learning_rate: Adam's, for the discriminator.
        beta_1: Adam's decay of the mean gradient, both optimizers.
        penalty: on D's slopes, a key of `kerasgan.model.penalties.PENALTIES`.
        penalty_weight: of the penalty in D's loss.
        ema_decay: of the averaged generator.
        units: width of both hidden layers of each network.
        latent_dim: length of a latent vector.
        batch_size: points a step.
        steps: of training; a multiple of 50.
        seed: of weights, latents and data.
    """

    data: str = "ring"
    loss: str = "non_saturating"
    update_order: str = "alternating"
    g_learning_rate: float = 1e-3
    d_learning_rate: float = 1e-3
    beta_1: float = 0.5
    penalty: str = "none"
    penalty_weight: float = 1.0
    ema_decay: float = 0.99
    units: int = 64
    latent_dim: int = 2
    batch_size: int = 128
    steps: int = 2000
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """A toy at one step.

    Attributes:
        step: how many steps were done before it.
        points: float32 [n, 2], of the generator that D is trained against.
        probabilities: float32 [61, 61], sigmoid of D's logits on `plane()`, row by row upwards.
    """

    step: int
    points: np.ndarray
    probabilities: np.ndarray


@dataclasses.dataclass(frozen=True)
class ToyRun:
    """The result of training: the model, and snapshots on the way."""

    settings: ToySettings
    gan: GAN
    snapshots: list[Snapshot]

    def sample(self, count: int = 2000) -> np.ndarray:
        """Points of the averaged generator, float32 [count, 2]."""
        points: np.ndarray = self.gan(toy_latents(self.gan, count)).numpy()
        return points


def build_toy(settings: ToySettings) -> GAN:
    """A compiled GAN of two dense networks with two hidden layers each."""
    keras.utils.set_random_seed(settings.seed)

    def dense(name: str, inputs: int, outputs: int) -> keras.Model:
        hidden = [keras.layers.Dense(settings.units, "relu") for _ in range(2)]
        layers = [keras.Input([inputs]), *hidden, keras.layers.Dense(outputs)]
        return keras.Sequential(layers, name=name)

    generator = dense("generator", settings.latent_dim, 2)
    return compile_toy(generator, dense("discriminator", 2, 1), settings)


def compile_toy(generator: keras.Model, discriminator: keras.Model, settings: ToySettings) -> GAN:
    """A GAN of two networks with the optimizers and the loss of a toy's recipe."""
    gan = GAN(
        generator=generator,
        discriminator=discriminator,
        update_order=settings.update_order,
        ema_decay=settings.ema_decay,
        seed=settings.seed,
    )
    gan.compile(
        g_optimizer=keras.optimizers.Adam(settings.g_learning_rate, beta_1=settings.beta_1),
        d_optimizer=keras.optimizers.Adam(settings.d_learning_rate, beta_1=settings.beta_1),
        loss=settings.loss,
        penalty=settings.penalty,
        penalty_weight=settings.penalty_weight,
        steps_per_execution=STEPS_AT_ONCE,
    )
    return gan


def toy_batches(settings: ToySettings) -> tf.data.Dataset:
    """New points for every step, float32 [batch_size, 2]."""
    points = DATA[settings.data](settings.batch_size * settings.steps, seed=settings.seed)
    return tf.data.Dataset.from_tensor_slices(points).batch(settings.batch_size)


def train_toy(settings: ToySettings, *, num_snapshots: int = 24) -> ToyRun:
    """Trains a toy.

    Args:
        settings: the recipe.
        num_snapshots: at least 2, evenly spaced over the steps, including the start and the end.
    """
    gan = build_toy(settings)
    executions = settings.steps // STEPS_AT_ONCE
    at = np.unique(np.linspace(0, executions, num_snapshots).astype(int)) * STEPS_AT_ONCE
    snapshots = [_snapshot(gan, 0)]

    class TakeSnapshots(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            step = int(gan.step.numpy())
            if step in at:
                snapshots.append(_snapshot(gan, step))

    gan.fit(toy_batches(settings), callbacks=[TakeSnapshots()], shuffle=False, verbose=0)
    return ToyRun(settings, gan, snapshots)


def plane() -> np.ndarray:
    """The points at which D is evaluated, float32 [61 * 61, 2], row by row upwards."""
    axis = np.linspace(-REACH, REACH, _GRID_SIDE, dtype=np.float32)
    return np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)


def slopes_at(gan: GAN, points: np.ndarray) -> np.ndarray:
    """D's slopes, the gradients of its logits with respect to points: float32 [n, 2] both."""

    def discriminate(points: tf.Tensor) -> tf.Tensor:
        return gan.run_discriminator(points, None, training=False)

    slopes: np.ndarray = slopes_of(discriminate, tf.constant(points)).numpy()
    return slopes


def _snapshot(gan: GAN, step: int) -> Snapshot:
    points = gan.run_generator(toy_latents(gan, _POINTS_IN_SNAPSHOT), None, training=False).numpy()
    logits = gan.run_discriminator(plane(), None, training=False)
    probabilities = tf.sigmoid(logits).numpy().reshape(_GRID_SIDE, _GRID_SIDE)
    return Snapshot(step, points, probabilities)


def toy_latents(gan: GAN, count: int) -> tf.Tensor:
    """Always the same latents; training draws its own with (seed, step)."""
    return normal([count, gan.latent_dim], [gan.seed, Stream.TOY])
