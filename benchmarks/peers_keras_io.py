"""Two complete GANs of keras.io's examples: their networks, losses, optimizers and batch sizes.

Written from their descriptions, "DCGAN to generate face images" and "Data-efficient GANs with
Adaptive Discriminator Augmentation"; no code is theirs. Both are for images of 64 x 64 pixels in
[0, 1]. As in the examples, weights begin as Keras's layers do.
"""

import keras
import numpy as np
import tensorflow as tf
from keras import layers

_PAINTED_AT_ONCE = 100
_HALVE = {"kernel_size": 4, "strides": 2, "padding": "same"}


class KerasIoGAN:
    """What the two have in common: batches in a new order each epoch, a compiled step, samples.

    Args:
        images: uint8 [N, 64, 64, 3].
        seed: of weights, latents, order and everything else.
    """

    batch_size: int
    latent_dim: int

    def __init__(self, images: np.ndarray, *, seed: int):
        keras.utils.set_random_seed(seed)
        self._build()
        self._train = tf.function(self._update)
        data = tf.data.Dataset.range(len(images)).shuffle(len(images), seed=seed).repeat()

        def pick(rows: np.ndarray) -> np.ndarray:
            return images[rows]

        def load(rows: tf.Tensor) -> tf.Tensor:
            batch = tf.numpy_function(pick, [rows], tf.uint8, stateful=False)
            batch = tf.ensure_shape(batch, [self.batch_size, *images.shape[1:]])
            return tf.cast(batch, tf.float32) / 255.0

        self._data = iter(data.batch(self.batch_size).map(load).prefetch(2))

    def step(self, progress: float) -> None:
        """Updates both networks once; returns when the losses are known."""
        del progress  # their rates are constant
        for loss in self._train(next(self._data)):
            loss.numpy()

    def paint(self, count: int, *, seed: int) -> np.ndarray:
        """Samples, uint8 [count, 64, 64, 3]."""
        latents = np.random.default_rng(seed).standard_normal([count, self.latent_dim])
        painter = self._painter()
        parts = [
            painter(latents[first : first + _PAINTED_AT_ONCE].astype(np.float32), training=False)
            for first in range(0, count, _PAINTED_AT_ONCE)
        ]
        return np.rint(255 * np.concatenate(parts)).astype(np.uint8)

    def _build(self) -> None:
        raise NotImplementedError

    def _update(self, real_images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        raise NotImplementedError

    def _painter(self) -> keras.Model:
        return self._generator

    def _descend(self, tape, loss, network, optimizer) -> None:
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply(gradients, network.trainable_variables)


class DCGAN(KerasIoGAN):
    """The DCGAN: D learns from both kinds of images in one batch, with noise on its labels.

    No normalization, dropout in D, a G that gets wider towards the image, two batches of latents
    per step, Adam at 1e-4.
    """

    batch_size = 32
    latent_dim = 128

    def _build(self) -> None:
        self._generator = keras.Sequential(
            [
                keras.Input([self.latent_dim]),
                layers.Dense(8 * 8 * 128),
                layers.Reshape([8, 8, 128]),
                *self._activated(layers.Conv2DTranspose, (128, 256, 512)),
                layers.Conv2D(3, 5, padding="same", activation="sigmoid"),
            ]
        )
        self._discriminator = keras.Sequential(
            [
                keras.Input([64, 64, 3]),
                *self._activated(layers.Conv2D, (64, 128, 128)),
                layers.Flatten(),
                layers.Dropout(0.2),
                layers.Dense(1, activation="sigmoid"),
            ]
        )
        self._g_optimizer = keras.optimizers.Adam(1e-4)
        self._d_optimizer = keras.optimizers.Adam(1e-4)
        self._g_optimizer.build(self._generator.trainable_variables)
        self._d_optimizer.build(self._discriminator.trainable_variables)
        self._loss = keras.losses.BinaryCrossentropy()

    @staticmethod
    def _activated(layer, widths: tuple[int, ...]) -> list[keras.Layer]:
        return [part for w in widths for part in (layer(w, **_HALVE), layers.LeakyReLU(0.2))]

    def _update(self, real_images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        count = self.batch_size
        fakes = self._generator(tf.random.normal([count, self.latent_dim]), training=True)
        images = tf.concat([fakes, real_images], axis=0)
        # Generated images are 1 here and real ones 0.
        labels = tf.concat([tf.ones([count, 1]), tf.zeros([count, 1])], axis=0)
        labels += 0.05 * tf.random.uniform([2 * count, 1])
        with tf.GradientTape() as tape:
            d_loss = self._loss(labels, self._discriminator(images, training=True))
        self._descend(tape, d_loss, self._discriminator, self._d_optimizer)

        latents = tf.random.normal([count, self.latent_dim])
        with tf.GradientTape() as tape:
            judged = self._discriminator(self._generator(latents, training=True), training=True)
            g_loss = self._loss(tf.zeros([count, 1]), judged)
        self._descend(tape, g_loss, self._generator, self._g_optimizer)
        return d_loss, g_loss


class AdaptiveGAN(KerasIoGAN):
    """The data-efficient GAN: batch norm in both networks, an averaged G, adaptive augmentation.

    The probability of augmentation follows D's accuracy on real images, towards 0.85. The averaged
    generator paints.
    """

    batch_size = 128
    latent_dim = 64
    _WIDTH, _DEPTH = 128, 4
    _TARGET_ACCURACY, _INTEGRATION_STEPS = 0.85, 1000
    _DECAY = 0.99  # of the averaged generator

    def _build(self) -> None:
        self._generator = self._new_generator()
        self._averaged = keras.models.clone_model(self._generator)
        self._averaged.set_weights(self._generator.get_weights())
        parts = [keras.Input([64, 64, 3])]
        for _ in range(self._DEPTH):
            parts += [layers.Conv2D(self._WIDTH, use_bias=False, **_HALVE)]
            parts += [layers.BatchNormalization(scale=False), layers.LeakyReLU(0.2)]
        parts += [layers.Flatten(), layers.Dropout(0.4), layers.Dense(1)]
        self._discriminator = keras.Sequential(parts)
        self._changes = keras.Sequential(
            [
                keras.Input([64, 64, 3]),
                layers.RandomFlip("horizontal"),
                layers.RandomTranslation(0.125, 0.125, interpolation="nearest"),
                layers.RandomRotation(0.125),
                layers.RandomZoom((-0.25, 0.0), (-0.25, 0.0)),
            ]
        )
        self._probability = tf.Variable(0.0)
        self._g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self._d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
        self._g_optimizer.build(self._generator.trainable_variables)
        self._d_optimizer.build(self._discriminator.trainable_variables)
        self._loss = keras.losses.BinaryCrossentropy(from_logits=True)

    def _new_generator(self) -> keras.Model:
        def normalized() -> list[keras.Layer]:
            return [layers.BatchNormalization(scale=False), layers.ReLU()]

        parts = [keras.Input([self.latent_dim])]
        parts += [layers.Dense(4 * 4 * self._WIDTH, use_bias=False), *normalized()]
        parts += [layers.Reshape([4, 4, self._WIDTH])]
        for _ in range(self._DEPTH - 1):
            parts += [layers.Conv2DTranspose(self._WIDTH, use_bias=False, **_HALVE), *normalized()]
        parts += [layers.Conv2DTranspose(3, activation="sigmoid", **_HALVE)]
        return keras.Sequential(parts)

    def _painter(self) -> keras.Model:
        return self._averaged

    def _augment(self, images: tf.Tensor) -> tf.Tensor:
        changed = self._changes(images, training=True)
        coins = tf.random.uniform([self.batch_size, 1, 1, 1])
        return tf.where(coins < self._probability, changed, images)

    def _update(self, real_images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        real_images = self._augment(real_images)
        latents = tf.random.normal([self.batch_size, self.latent_dim])
        ones, zeros = tf.ones([self.batch_size, 1]), tf.zeros([self.batch_size, 1])
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fakes = self._augment(self._generator(latents, training=True))
            real_logits = self._discriminator(real_images, training=True)
            fake_logits = self._discriminator(fakes, training=True)
            g_loss = self._loss(ones, fake_logits)
            d_loss = self._loss(
                tf.concat([ones, zeros], axis=0), tf.concat([real_logits, fake_logits], axis=0)
            )
        self._descend(g_tape, g_loss, self._generator, self._g_optimizer)
        self._descend(d_tape, d_loss, self._discriminator, self._d_optimizer)

        accuracy = tf.reduce_mean(0.5 * (1.0 + tf.sign(real_logits)))
        move = (accuracy - self._TARGET_ACCURACY) / self._INTEGRATION_STEPS
        self._probability.assign(tf.clip_by_value(self._probability + move, 0.0, 1.0))
        for average, weight in zip(self._averaged.weights, self._generator.weights, strict=True):
            average.assign(self._DECAY * average + (1.0 - self._DECAY) * weight)
        return d_loss, g_loss
