"""The adversarial game as a Keras model.

Two networks, two optimizers, one step:

1. Train the discriminator D as a binary classifier of real against generated images. Only D is
   updated.
2. Train the generator G so that D calls its images real. The gradient flows through D to G, and
   only G is updated.

G and D chained are one big network; what keeps them apart is which variables each tape's
gradient is asked for. Nothing here knows that the data are images.
"""

from typing import Any

import keras
import tensorflow as tf

from kerasgan.config import choices
from kerasgan.model.adversarial_model import gradients_of, mean_over_replicas, norm_of
from kerasgan.model.choices import choose, read_choice, serialize_choice
from kerasgan.model.layer_losses import add_losses
from kerasgan.model.layers import iterate_spectral_norms
from kerasgan.model.losses import LOSSES, AdversarialLoss
from kerasgan.model.random_streams import StepStream, Stream, normal
from kerasgan.model.regularized_model import RegularizedModel
from kerasgan.model.validation import real_batch_of

UPDATE_ORDERS = choices("update_order")


@keras.saving.register_keras_serializable("kerasgan")
class GAN(RegularizedModel):
    """A generator and a discriminator that learn from each other.

    ::

        gan = GAN(generator=build_generator((64, 64, 3)),
                  discriminator=build_discriminator((64, 64, 3)))
        gan.compile(g_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5),
                    d_optimizer=keras.optimizers.Adam(2e-4, beta_1=0.5))
        gan.fit(dataset, epochs=5)    # batches [B, ...] of what the generator should imitate
        images = gan(latents)         # from the averaged generator

    The latents of a step are a pure function of (seed, step) and belong to the global batch:
    each replica takes its slice of them, so that a run depends neither on its past nor on the
    number of devices.

    If the networks are conditional, batches are (samples, labels), and `gan([latents, conditions])`
    samples. Generated samples are asked for the labels of the real ones next to them: these are
    drawn from the distribution of the data, and like is compared with like.

    What layers add to the loss (regularizers, `add_loss`) goes to the loss of their own network. A
    step that is not finite changes nothing except the counters (see `AdversarialModel`).

    Args:
        generator: a built model from latents [B, latent_dim] to samples; a conditional one takes
            [latents, conditions], where conditions are [B, condition_width].
        discriminator: a built model from samples, or [samples, conditions], to logits [B, 1].
        update_order: "alternating" updates D and then G against the new D, on the same fake
            batch; "simultaneous" takes both gradients from one shared forward pass.
        d_steps: updates of D in a step, each on a batch of its own: `fit` is given batches which
            are so many times larger.
        ema_decay: decay per step of the exponential moving average of the generator's weights,
            in [0, 1).
        ema_warm_up: whether the decay is lower early in training, (1 + step) / (10 + step): right
            where the first weights are to be forgotten, and not for an average worth keeping.
        seed: of the latents.
        name: of the model.

    Raises:
        ValueError: an argument out of its range.
    """

    def __init__(
        self,
        *,
        generator: keras.Model,
        discriminator: keras.Model,
        update_order: str = "alternating",
        d_steps: int = 1,
        ema_decay: float = 0.999,
        ema_warm_up: bool = True,
        seed: int = 0,
        name: str = "gan",
    ):
        super().__init__(
            generator=generator,
            discriminator=discriminator,
            ema_decay=ema_decay,
            ema_warm_up=ema_warm_up,
            name=name,
        )
        if update_order not in UPDATE_ORDERS:
            raise ValueError(f"update_order={update_order!r}: must be one of {UPDATE_ORDERS}")
        if d_steps < 1:
            raise ValueError(f"d_steps={d_steps}: must be at least 1")
        self.update_order = update_order
        self.d_steps = d_steps
        self.seed = seed

    def get_config(self) -> dict[str, Any]:
        """The arguments, networks included, ready for JSON."""
        own = ("update_order", "d_steps", "ema_decay", "ema_warm_up", "seed")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}

    def compile(self, *, loss: str | AdversarialLoss = "non_saturating", **options) -> None:
        """Sets the adversarial loss, the two optimizers and what regularizes D.

        Args:
            loss: a name in `kerasgan.LOSSES`, or an `AdversarialLoss`.
            **options: of which the first two are required:

                - g_optimizer: updates the generator; an optimizer, or its name in Keras.
                - d_optimizer: updates the discriminator; not the same object.
                - penalty: a name in `kerasgan.PENALTIES`, or a `Penalty`; "none" by default.
                - penalty_weight: of the penalty in D's loss; 1.0, or a `HoldThenDecay`.
                - penalty_every: steps between those with a penalty, which then weighs as many
                  times more (StyleGAN2, Karras et al. 2020, appendix B); 1 by default.
                - augmentation: an `Augmentation` of all that D sees in training; None: none.
                - what `keras.Model.compile` takes (`jit_compile`, `run_eagerly`,
                  `steps_per_execution`, `auto_scale_loss`).

        Raises:
            ValueError: an argument out of its range, or one optimizer for both networks.
        """
        super().compile(**options)
        self.adversarial_loss = choose("loss", loss, LOSSES)

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, ready for JSON."""
        config = super().get_compile_config()
        return config and {**config, "loss": serialize_choice(self.adversarial_loss, LOSSES)}

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles with the arguments that `get_compile_config` returned."""
        loss = read_choice(config["loss"], LOSSES)
        self.compile(**{**self.read_compile_config(config), "loss": loss})

    def train_step(self, batch: Any) -> dict[str, tf.Tensor]:
        """One step of training; the batch is this replica's share of the global one."""
        images, conditions = real_batch_of(batch, self.image_shape, self.condition_width)
        before = self._read_state()
        iterate_spectral_norms(self.generator)
        # With d_steps=n the batch is n times as large, and D is updated n times, G once.
        # Generated images are asked for the labels of the real ones they are compared with: a draw
        # from the distribution of the data that is, as the batch is, a function of seed and step.
        *earlier, (real_images, conditions) = _split(images, conditions, self.d_steps)
        for update, (earlier_images, asked) in enumerate(earlier, start=1):
            latents = self._latents(earlier_images, update)
            fake_images = self.run_generator(latents, asked, training=True)
            self._update_discriminator(earlier_images, fake_images, asked, update)
        latents = self._latents(real_images)
        if self.update_order == "alternating":
            results = self._alternating_updates(real_images, latents, conditions)
        else:
            results = self._simultaneous_updates(real_images, latents, conditions)
        self._update_ema()
        return self._complete_step(results, before, real_images)

    def test_step(self, batch: Any) -> dict[str, tf.Tensor]:
        """Both adversarial losses and scores on held-out samples.

        They meet the same generated samples in each batch. What layers add is left out.
        """
        real_images, conditions = real_batch_of(batch, self.image_shape, self.condition_width)
        shape, seed = [tf.shape(real_images)[0], self.latent_dim], [self.seed, Stream.HELD_OUT]
        latents = normal(shape, seed, compiled=self.jit_compile)
        fake_images = self.run_generator(latents, conditions, averaged=True, training=False)
        real_logits = self.run_discriminator(real_images, conditions, training=False)
        fake_logits = self.run_discriminator(fake_images, conditions, training=False)
        results = {
            "g_loss": self.adversarial_loss.generator(real_logits, fake_logits),
            "d_loss": self.adversarial_loss.discriminator(real_logits, fake_logits),
            **_scores(real_logits, fake_logits),
        }
        for name, value in mean_over_replicas(results).items():
            self._trackers[name].update_state(value, 1.0)
        return {name: self._trackers[name].result() for name in results}

    def _alternating_updates(self, real_images, latents, conditions):
        with tf.GradientTape() as g_tape:
            fake_images = self.run_generator(latents, conditions, training=True)

            # (1) Train D: real = 1, generated = 0. The gradient must not reach G, and G's tape need
            # not record this.
            with g_tape.stop_recording():
                results = self._update_discriminator(
                    real_images, tf.stop_gradient(fake_images), conditions
                )

            # (2) Train G against the new D: the same images, now to be called real. The gradient
            # flows through D all the way to G, and D's weights stay put.
            fake_logits = self._judge(fake_images, conditions, StepStream.G_AUGMENTATION)
            real_logits = None
            if self.adversarial_loss.generator_sees_real:
                real_logits = self._judge(real_images, conditions, StepStream.REAL_AUGMENTATION)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
            g_loss = add_losses(g_loss, self.generator.losses)
        g_gradients = gradients_of(g_loss, g_tape, self.generator, self.g_optimizer)
        g_norm = norm_of(g_gradients, self.g_optimizer)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

        return {"g_loss": g_loss, "g_gradient_norm": g_norm, **results}

    def _update_discriminator(self, real_images, fake_images, conditions, update=0):
        iterate_spectral_norms(self.discriminator)
        with tf.GradientTape() as d_tape:
            real_logits, fake_logits, added = self._judge_both(
                real_images, fake_images, conditions, update
            )
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            d_loss = add_losses(d_loss, added)
        d_gradients = gradients_of(d_loss, d_tape, self.discriminator, self.d_optimizer)
        d_penalty, d_gradients = self._add_penalty(
            d_gradients, real_images, fake_images, conditions, update
        )
        d_norm = norm_of(d_gradients, self.d_optimizer)
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)

        return {
            "d_loss": d_loss,
            "d_gradient_norm": d_norm,
            **_scores(real_logits, fake_logits),
            **self._regularizer_results(d_penalty, real_logits),
        }

    def _simultaneous_updates(self, real_images, latents, conditions):
        # One forward pass for both. What keeps D's loss from moving G, and G's from moving D, is
        # the variables that each tape's gradient is asked for.
        iterate_spectral_norms(self.discriminator)
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            fake_images = self.run_generator(latents, conditions, training=True)
            real_logits, fake_logits, added = self._judge_both(real_images, fake_images, conditions)
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            d_loss = add_losses(d_loss, added)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
            g_loss = add_losses(g_loss, self.generator.losses)
        d_gradients = gradients_of(d_loss, d_tape, self.discriminator, self.d_optimizer)
        d_penalty, d_gradients = self._add_penalty(
            d_gradients, real_images, fake_images, conditions
        )
        g_gradients = gradients_of(g_loss, g_tape, self.generator, self.g_optimizer)
        norms = {
            "g_gradient_norm": norm_of(g_gradients, self.g_optimizer),
            "d_gradient_norm": norm_of(d_gradients, self.d_optimizer),
        }
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)

        return {
            "g_loss": g_loss,
            "d_loss": d_loss,
            **norms,
            **_scores(real_logits, fake_logits),
            **self._regularizer_results(d_penalty, real_logits),
        }

    def _latents(self, images, update=0):
        """This replica's slice, [B, latent_dim], of the global batch's latents."""
        dtype = tf.as_dtype(self.compute_dtype)
        return self._draw(StepStream.LATENTS, update, images, normal, [self.latent_dim], dtype)


def _split(images, conditions, count):
    """`count` batches of as many images each, with their conditions or None."""
    shares = [slice(first, None, count) for first in range(count)]
    return [(images[s], None if conditions is None else conditions[s]) for s in shares]


def _scores(real_logits, fake_logits):
    return {
        "real_score": tf.reduce_mean(tf.sigmoid(real_logits)),
        "fake_score": tf.reduce_mean(tf.sigmoid(fake_logits)),
    }
