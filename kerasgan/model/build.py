"""Settings -> the compiled model."""

import keras

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.model.augment import ADA_KINDS, DIFFAUGMENT_KINDS
from kerasgan.model.gan import GAN
from kerasgan.model.networks.families import FAMILIES
from kerasgan.model.optimizers import Adam, with_loss_scale
from kerasgan.model.regularized_model import Augmentation
from kerasgan.model.schedules import HoldThenDecay, value_at
from kerasgan.settings import split_names


def build_gan(config: Config, *, total_steps: int = 1, synchronized: bool = False) -> GAN:
    """The compiled model of a run, its initial weights a function of the seed.

    Args:
        config: the run's settings.
        total_steps: of the whole run, for its schedules; without effect if nothing is trained.
        synchronized: whether batch norm shares its statistics between replicas.

    Raises:
        UserError: the discriminator has fewer parts than are to be held.
    """
    keras.utils.set_random_seed(config.seed)
    generator, discriminator = _networks(config, synchronized)
    gan = GAN(
        generator=generator,
        discriminator=discriminator,
        update_order=config.update_order,
        d_steps=config.d_steps,
        ema_decay=ema_decay(config.ema_half_life_images, config.images_per_step),
        seed=config.seed,
    )
    weight = config.penalty_weight
    gan.compile(
        g_optimizer=_optimizer(config, config.g_learning_rate, total_steps),
        d_optimizer=_optimizer(config, config.d_learning_rate, total_steps * config.d_steps),
        loss=config.loss,
        penalty=config.penalty,
        penalty_weight=_scheduled(config, weight, config.penalty_weight_end, total_steps),
        penalty_every=config.penalty_every,
        augmentation=_augmentation(config),
        accumulate_steps=config.accumulate_steps,
    )
    return gan


def ema_decay(half_life_images: float, images_per_step: int) -> float:
    """The decay per step of an average whose weights fall by half in so many images."""
    return 0.5 ** (images_per_step / half_life_images) if half_life_images else 0.0


def rate_share(config: Config, step: int, total_steps: int) -> float:
    """The learning rates at a step of a run of this length, as a share of their first values."""
    return float(value_at(_scheduled(config, 1.0, config.learning_rate_end, total_steps), step))


def _networks(config: Config, synchronized: bool) -> tuple[keras.Model, keras.Model]:
    family = FAMILIES[config.network]
    limit = family.freezable(config.image_shape)
    if config.freeze_d > limit:
        shown = "x".join(map(str, config.image_size))
        raise UserError(
            f"--freeze_d={config.freeze_d}: must be at most {limit} with "
            f"--network={config.network} and --image_size={shown}"
        )
    # float32 is what Keras computes in unless its own global policy is another.
    precision = None if config.precision == "float32" else config.precision
    generator = family.build_generator(
        config.image_shape,
        latent_dim=config.latent_dim,
        base_filters=config.base_filters,
        normalization=config.g_normalization,
        skip_sums=config.skip_sums,
        condition_width=len(config.label_names),
        synchronized=synchronized,
        precision=precision,
    )
    discriminator = family.build_discriminator(
        config.image_shape,
        base_filters=config.base_filters,
        normalization=config.normalization,
        minibatch_deviation=config.minibatch_deviation,
        condition_width=len(config.label_names),
        freeze=config.freeze_d,
        synchronized=synchronized,
        precision=precision,
    )
    return generator, discriminator


def _optimizer(config: Config, rate: float, total_steps: int) -> keras.optimizers.Optimizer:
    adam = Adam(
        _scheduled(config, rate, rate * config.learning_rate_end, total_steps),
        beta_1=config.beta_1,
        beta_2=_scheduled(config, config.beta_2, config.beta_2_end, total_steps),
    )
    return with_loss_scale(adam) if config.precision == "mixed_float16" else adam


def _scheduled(
    config: Config, start: float, end: float | None, total_steps: int
) -> float | HoldThenDecay:
    """A value that moves as the learning rates do, where it has an end and they decay."""
    if end is None or config.learning_rate_decay == "none":
        return start
    return HoldThenDecay(
        start,
        end,
        total_steps=total_steps,
        decay=config.learning_rate_decay,
        fraction=config.decay_fraction,
    )


def _augmentation(config: Config) -> Augmentation | None:
    if config.augment == "none":
        return None
    adaptive = config.augment == "ada"
    kinds: tuple[str, ...] = ADA_KINDS if adaptive else DIFFAUGMENT_KINDS
    if config.augment_kinds is not None:
        kinds = tuple(split_names(config.augment_kinds))
    return Augmentation(
        kinds,
        target=config.augment_target if adaptive else None,
        speed_images=config.augment_speed_images,
    )
