"""What keeps the discriminator from learning too much: penalties on its slopes, augmentation."""

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from kerasgan.model.accumulation import WHOLE_BATCH, AccumulatingModel, BatchPart
from kerasgan.model.adversarial_model import gradients_of
from kerasgan.model.augment import augment, move_probability, numbers_needed
from kerasgan.model.choices import choose, read_choice, serialize_choice
from kerasgan.model.layer_losses import losses_of_call, losses_of_weights
from kerasgan.model.penalties import PENALTIES, Penalty, slopes_of
from kerasgan.model.random_streams import StepStream, replica_slice, step_seed, uniform
from kerasgan.model.schedules import HoldThenDecay, value_at

_STEPS_BETWEEN_MOVES = 4  # of the adaptive probability (Karras et al. 2020, section 3.1)


class Augmentation(NamedTuple):
    """What happens to images before the discriminator sees them.

    Attributes:
        kinds: of `kerasgan.model.augment.DIFFAUGMENT_KINDS` or `ADA_KINDS`.
        probability: of each kind for each image, where it is not adaptive.
        target: makes the probability adaptive: it begins at 0, rises while the mean sign of D's
            logits of real images is above the target, and falls while it is below.
        speed_images: real images in which an adaptive probability goes from 0 to 1 at the most.
    """

    kinds: tuple[str, ...]
    probability: float | HoldThenDecay = 1.0
    target: float | None = None
    speed_images: int = 500_000


class RegularizedModel(AccumulatingModel):
    """An `AccumulatingModel` whose discriminator may have a penalty and see augmented images."""

    seed: int

    def compile(
        self,
        *,
        penalty: str | Penalty = "none",
        penalty_weight: float | HoldThenDecay = 1.0,
        penalty_every: int = 1,
        augmentation: Augmentation | None = None,
        **options,
    ) -> None:
        """Sets the regularizers; see `GAN.compile`."""
        super().compile(**options)
        if penalty_every < 1:
            raise ValueError(f"penalty_every={penalty_every}: must be at least 1")
        self.penalty = choose("penalty", penalty, PENALTIES)
        self.penalty_weight = penalty_weight
        self.penalty_every = penalty_every
        self.augmentation = augmentation
        if self.penalty.images:
            self._add_tracker("d_penalty")
        if augmentation is not None:
            numbers_needed(augmentation.kinds)  # raises where a kind is unknown
            if augmentation.target is not None:
                self._add_adaptive_probability()

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, ready for JSON."""
        config = super().get_compile_config()
        if not config:  # not compiled yet
            return {}
        augmentation = self.augmentation and self.augmentation._asdict()
        return {
            **config,
            "penalty": serialize_choice(self.penalty, PENALTIES),
            "penalty_weight": keras.saving.serialize_keras_object(self.penalty_weight),
            "penalty_every": self.penalty_every,
            "augmentation": keras.saving.serialize_keras_object(augmentation),
        }

    @classmethod
    def read_compile_config(cls, config: dict[str, Any]) -> dict[str, Any]:
        """The arguments of `compile` that `get_compile_config` wrote."""
        read = keras.saving.deserialize_keras_object
        augmentation = read(config["augmentation"])
        if augmentation is not None:
            augmentation = Augmentation(**{**augmentation, "kinds": tuple(augmentation["kinds"])})
        return super().read_compile_config(config) | {
            "penalty": read_choice(config["penalty"], PENALTIES),
            "penalty_weight": read(config["penalty_weight"]),
            "augmentation": augmentation,
        }

    def _add_adaptive_probability(self) -> None:
        if "augment_probability" in self._trackers:  # compiled again
            return
        for name in ("augment_probability", "augment_sign_total"):
            setattr(self, name, self._add_scalar(name, "float32"))
        self._add_tracker("augment_probability")
        self._add_tracker("real_sign")  # the mean sign of D's logits of real images

    def _add_penalty(self, gradients, real_images, fake_images, conditions, part=WHOLE_BATCH):
        """Adds the gradients of the weighted penalty on D's slopes to those of D's loss.

        Returns:
            The penalty, a scalar, and the sums. Where none is due: 0, and the gradients.
        """
        if not self.penalty.images:
            return 0.0, gradients

        def penalize():
            with tf.GradientTape() as tape:
                penalty = self._penalty(real_images, fake_images, conditions, part)
            own = gradients_of(penalty, tape, self.discriminator, self.d_optimizer)
            return penalty, [
                zero if gradient is None else gradient
                for gradient, zero in zip(own, zeros(), strict=True)
            ]

        def zeros():
            return [tf.zeros(v.shape, v.dtype) for v in self.discriminator.trainable_variables]

        if self.penalty_every == 1:
            penalty, own = penalize()
        else:
            due = self.step.value % self.penalty_every == 0
            nothing = tf.zeros([], self.variable_dtype)
            penalty, own = tf.cond(due, penalize, lambda: (nothing, zeros()))
        return penalty, [
            extra if gradient is None else gradient + extra
            for gradient, extra in zip(gradients, own, strict=True)
        ]

    def _penalty(self, real_images, fake_images, conditions, part: BatchPart):
        def discriminate(images):  # the slope is that of the image before it is augmented
            return self._judge(images, conditions, StepStream.PENALTY_AUGMENTATION, part)

        positions = self._draw(StepStream.INTERPOLATION, part, real_images, uniform, [])
        total = tf.zeros([], self.variable_dtype)
        for images_of in self.penalty.images:
            images = tf.stop_gradient(images_of(real_images, fake_images, positions))
            images = tf.cast(images, self.variable_dtype)  # slopes have their images' precision
            total += tf.cast(self.penalty.function(slopes_of(discriminate, images)), total.dtype)
        return self.penalty_every * value_at(self.penalty_weight, self.step, total.dtype) * total

    def _judge_both(self, real_images, fake_images, conditions, part=WHOLE_BATCH):
        """D's logits of real and of fake images, and what its layers add to its loss."""
        real_logits = self._judge(real_images, conditions, StepStream.REAL_AUGMENTATION, part)
        added = losses_of_call(self.discriminator)
        fake_logits = self._judge(fake_images, conditions, StepStream.FAKE_AUGMENTATION, part)
        added += losses_of_call(self.discriminator) + losses_of_weights(self.discriminator)
        return real_logits, fake_logits, added

    def _judge(self, images, conditions, stream: StepStream, part: BatchPart = WHOLE_BATCH):
        """D's logits of images as it sees them in training: augmented if that is asked for.

        Args:
            images: real or generated.
            conditions: what they are said to be, or None.
            stream: of the random numbers for augmentation.
            part: which images of the step they are, or were made for.
        """
        augment = self._augmenting(stream, part)
        return self.run_discriminator(images, conditions, training=True, augment=augment)

    def _augmenting(
        self, stream: StepStream, part: BatchPart = WHOLE_BATCH
    ) -> Callable[[tf.Tensor], tf.Tensor] | None:
        """What augments the images of one use in this step; None where nothing does."""
        if self.augmentation is None:
            return None
        kinds = self.augmentation.kinds

        def change(images):
            numbers = self._draw(stream, part, images, uniform, [numbers_needed(kinds)])
            return augment(images, numbers, self._probability(), kinds)

        return change

    def _probability(self):
        if self.augmentation.target is not None:
            return self.augment_probability.value
        return value_at(self.augmentation.probability, self.step)

    def _regularizer_results(self, d_penalty, real_logits) -> dict[str, tf.Tensor]:
        """What the trackers of penalty and augmentation are given in a step."""
        results = {}
        if self.penalty.images:
            results["d_penalty"] = d_penalty
        if self.augmentation is not None and self.augmentation.target is not None:
            results["real_sign"] = tf.reduce_mean(tf.sign(real_logits))
            results["augment_probability"] = tf.cast(
                self.augment_probability.value, real_logits.dtype
            )
        return results

    def _after_step(self, results, finite, batch_size) -> None:
        """Moves an adaptive probability every few steps by what D thinks of the real images."""
        if self.augmentation is None or self.augmentation.target is None:
            return
        sign = tf.where(finite, results["real_sign"], 0.0)
        total = self.augment_sign_total.value + tf.cast(sign, tf.float32)
        due = self.step.value % _STEPS_BETWEEN_MOVES == 0  # the step is counted already
        moved = move_probability(
            self.augment_probability.value,
            total / _STEPS_BETWEEN_MOVES,
            target=self.augmentation.target,
            images_seen=_STEPS_BETWEEN_MOVES * tf.cast(batch_size, tf.float32),
            speed_images=self.augmentation.speed_images,
        )
        self.augment_probability.assign(tf.where(due, moved, self.augment_probability.value))
        self.augment_sign_total.assign(tf.where(due, 0.0, total))

    def _draw(
        self, stream: int, part: BatchPart, images, distribution, shape, dtype="float32"
    ) -> tf.Tensor:
        """Random numbers [B, *shape] for these images, as a function of seed and step."""
        # Each rollback draws other numbers, far from any seed that a user would choose next.
        seed = self.seed + self.rollbacks.value * 2**40
        seed = step_seed(seed, self.step.value, stream + len(StepStream) * part.update)
        return replica_slice(
            lambda rows: distribution([rows, *shape], seed, dtype, compiled=self.jit_compile),
            tf.shape(images)[0],
            part=part.number,
            parts=part.parts,
        )
