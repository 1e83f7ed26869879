"""A config -> the compiled model."""

import keras

from kerasgan.config import Config
from kerasgan.model.gan import GAN
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.model.optimizers import Adam, with_loss_scale


def build_gan(config: Config, *, synchronized: bool = False) -> GAN:
    """The compiled model of a config, its initial weights a function of the seed.

    Args:
        config: every setting.
        synchronized: whether batch norm shares its statistics between replicas.
    """
    keras.utils.set_random_seed(config.seed)
    # float32 is what Keras computes in unless its own global policy is another.
    precision = None if config.precision == "float32" else config.precision
    gan = GAN(
        generator=build_generator(
            config.image_shape,
            latent_dim=config.latent_dim,
            base_filters=config.base_filters,
            synchronized=synchronized,
            precision=precision,
        ),
        discriminator=build_discriminator(
            config.image_shape,
            base_filters=config.base_filters,
            normalization=config.normalization,
            synchronized=synchronized,
            precision=precision,
        ),
        update_order=config.update_order,
        ema_decay=config.ema_decay,
        seed=config.seed,
    )
    gan.compile(
        g_optimizer=_optimizer(config, config.g_learning_rate),
        d_optimizer=_optimizer(config, config.d_learning_rate),
        loss=config.loss,
    )
    return gan


def _optimizer(config: Config, learning_rate: float) -> keras.optimizers.Optimizer:
    adam = Adam(learning_rate, beta_1=config.beta_1, beta_2=config.beta_2)
    return with_loss_scale(adam) if config.precision == "mixed_float16" else adam
