"""The two common ways to write a DCGAN's step in Keras, with Keras's own layers and optimizer.

Written from the descriptions in their tutorials: keras.io trains the discriminator on real and
generated images in one batch and then generates a second batch for the generator; the TensorFlow
tutorial takes both gradients from one forward pass. The networks are those that
`kerasgan.model.networks.dcgan` builds for 64 x 64 pixels.
"""

from collections.abc import Callable

import keras
import tensorflow as tf
from keras import layers

_KERNEL = {"kernel_size": 4, "strides": 2, "padding": "same", "use_bias": False}


def keras_step(
    *, batch_size: int, base_filters: int, latent_dim: int = 100, two_passes: bool
) -> Callable[[], None]:
    """A function that updates both networks, compiled, and returns when both losses are known.

    Args:
        batch_size: images per step.
        base_filters: channels of the hidden layer with the highest resolution.
        latent_dim: the length of a latent vector.
        two_passes: as on keras.io; otherwise as in the TensorFlow tutorial.
    """
    keras.utils.set_random_seed(0)
    generator = _generator(base_filters, latent_dim)
    discriminator = _discriminator(base_filters)
    g_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
    d_optimizer = keras.optimizers.Adam(2e-4, beta_1=0.5)
    g_optimizer.build(generator.trainable_variables)
    d_optimizer.build(discriminator.trainable_variables)
    cross_entropy = keras.losses.BinaryCrossentropy(from_logits=True)
    real, generated = tf.ones([batch_size, 1]), tf.zeros([batch_size, 1])
    real_images = tf.random.uniform([batch_size, 64, 64, 3], -1, 1)

    def in_two_passes():
        latents = tf.random.normal([batch_size, latent_dim])
        images = tf.concat([generator(latents, training=True), real_images], axis=0)
        with tf.GradientTape() as tape:
            logits = discriminator(images, training=True)
            d_loss = cross_entropy(tf.concat([generated, real], axis=0), logits)
        gradients = tape.gradient(d_loss, discriminator.trainable_variables)
        d_optimizer.apply(gradients, discriminator.trainable_variables)

        latents = tf.random.normal([batch_size, latent_dim])
        with tf.GradientTape() as tape:
            logits = discriminator(generator(latents, training=True), training=True)
            g_loss = cross_entropy(real, logits)
        gradients = tape.gradient(g_loss, generator.trainable_variables)
        g_optimizer.apply(gradients, generator.trainable_variables)
        return d_loss, g_loss

    def in_one_pass():
        latents = tf.random.normal([batch_size, latent_dim])
        with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
            fake_images = generator(latents, training=True)
            real_logits = discriminator(real_images, training=True)
            fake_logits = discriminator(fake_images, training=True)
            g_loss = cross_entropy(real, fake_logits)
            d_loss = cross_entropy(real, real_logits) + cross_entropy(generated, fake_logits)
        g_gradients = g_tape.gradient(g_loss, generator.trainable_variables)
        d_gradients = d_tape.gradient(d_loss, discriminator.trainable_variables)
        g_optimizer.apply(g_gradients, generator.trainable_variables)
        d_optimizer.apply(d_gradients, discriminator.trainable_variables)
        return d_loss, g_loss

    compiled = tf.function(in_two_passes if two_passes else in_one_pass)
    return lambda: [loss.numpy() for loss in compiled()]


def _generator(filters: int, latent_dim: int) -> keras.Model:
    parts = [
        keras.Input([latent_dim]),
        layers.Dense(4 * 4 * 8 * filters, use_bias=False),
        layers.Reshape([4, 4, 8 * filters]),
    ]
    for factor in (4, 2, 1):
        parts += [layers.BatchNormalization(), layers.ReLU()]
        parts += [layers.Conv2DTranspose(factor * filters, **_KERNEL)]
    parts += [layers.BatchNormalization(), layers.ReLU()]
    return keras.Sequential([*parts, layers.Conv2DTranspose(3, activation="tanh", **_KERNEL)])


def _discriminator(filters: int) -> keras.Model:
    parts = [keras.Input([64, 64, 3]), layers.Conv2D(filters, **_KERNEL), layers.LeakyReLU(0.2)]
    for factor in (2, 4, 8):
        parts += [layers.Conv2D(factor * filters, **_KERNEL)]
        parts += [layers.BatchNormalization(), layers.LeakyReLU(0.2)]
    return keras.Sequential([*parts, layers.Conv2D(1, 4, use_bias=False), layers.Reshape([1])])
