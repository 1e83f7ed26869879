"""Does a discriminator know its training images by heart? Its scores of them and of others."""

import dataclasses

import numpy as np
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.data import batches
from kerasgan.faces import synthetic_faces
from kerasgan.model.build import build_gan
from kerasgan.model.gan import GAN
from kerasgan.model.random_streams import Stream, normal
from kerasgan.pixels import to_float

SIDE = 16  # pixels
_JUDGED = 256  # held-out images, and generated ones
_LOOKS = 32  # at the scores, on the way


@dataclasses.dataclass(frozen=True, kw_only=True)
class MemorySettings:
    """A GAN that is small enough to train within seconds, and large enough to memorise.

    Attributes:
        num_images: of the training set.
        augment: "none", "diffaugment" or "ada".
        steps: of training, in batches of 16.
        seed: of weights, latents and data.
    """

    num_images: int = 64
    augment: str = "none"
    steps: int = 600
    seed: int = 0

    def config(self) -> Config:
        """The same as a run's settings: DCGAN's recipe, with a D that learns quickly."""
        return Config(
            image_size=(SIDE, SIDE),
            num_images=self.num_images,
            seed=self.seed,
            augment=self.augment,
            augment_speed_images=16 * self.steps,
            base_filters=32,
            normalization="batch",
            minibatch_deviation=False,
            loss="non_saturating",
            penalty="none",
            d_learning_rate=1e-3,
            beta_1=0.5,
            learning_rate_decay="none",
        )


@dataclasses.dataclass(frozen=True)
class ScoreCurves:
    """D's mean probability of "real" over steps, float64 [n] each.

    Attributes:
        steps: int [n].
        training: of the images that it trains on, as they are.
        held_out: of other real images.
        generated: of the generator's.
    """

    steps: np.ndarray
    training: np.ndarray
    held_out: np.ndarray
    generated: np.ndarray

    def last(self) -> str:
        """The scores at the end, in words."""
        return (
            f"training images {self.training[-1]:.2f}, held-out images {self.held_out[-1]:.2f}, "
            f"generated images {self.generated[-1]:.2f}"
        )


def train_on_few(settings: MemorySettings) -> ScoreCurves:
    """Trains, and asks D for its scores on the way."""
    config = settings.config()
    faces, _ = synthetic_faces(
        settings.num_images + _JUDGED, image_size=config.image_size, seed=settings.seed
    )
    training, held_out = faces[: settings.num_images], faces[settings.num_images :]
    gan = build_gan(config)
    step_function = tf.function(gan.train_step)
    data = batches(
        training,
        batch_size=config.batch_size,
        first_step=0,
        last_step=settings.steps,
        seed=settings.seed,
    )
    looks = set(np.unique(np.linspace(0, settings.steps, _LOOKS + 1).astype(int)).tolist())
    steps, scores = [0], [_scores(gan, training, held_out)]
    for step, batch in enumerate(data, start=1):
        step_function(batch)
        if step in looks:
            steps.append(step)
            scores.append(_scores(gan, training, held_out))
    return ScoreCurves(np.array(steps), *np.array(scores).T)


def _scores(gan: GAN, training: np.ndarray, held_out: np.ndarray) -> list[float]:
    """The mean probabilities of training, held-out and generated images; none is augmented."""
    latents = normal([_JUDGED, gan.latent_dim], [gan.seed, Stream.TOY])
    generated = gan.run_generator(latents, None, training=False)
    judged = (to_float(training), to_float(held_out), generated)
    return [
        float(tf.reduce_mean(tf.sigmoid(gan.run_discriminator(images, None, training=False))))
        for images in judged
    ]
