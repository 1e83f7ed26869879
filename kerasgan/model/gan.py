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
from kerasgan.model.accumulation import WHOLE_BATCH, split_batch
from kerasgan.model.adversarial_model import gradients_of, mean_over_replicas, norm_of, scores_of
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
            in [0, 1). Early in training it is lower, (1 + step) / (10 + step).
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
        seed: int = 0,
        name: str = "gan",
    ):
        super().__init__(
            generator=generator,
            discriminator=discriminator,
            ema_decay=ema_decay,
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
        own = ("update_order", "d_steps", "ema_decay", "seed")
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
                - accumulate_steps: parts of each batch, for whose mean gradient memory is needed
                  for one part at a time; 1 by default. See `kerasgan.model.accumulation`.
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
        *earlier, (real_images, conditions) = split_batch(images, conditions, self.d_steps)
        for update, (earlier_images, asked) in enumerate(earlier, start=1):
            self._update_discriminator(earlier_images, None, asked, update)
        if self.update_order == "simultaneous":
            results = self._simultaneous_updates(real_images, conditions)
        elif self.accumulate_steps == 1:
            results = self._alternating_updates(real_images, conditions)
        else:
            results = self._alternating_updates_in_parts(real_images, conditions)
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
            **scores_of(real_logits, fake_logits),
        }
        for name, value in mean_over_replicas(results).items():
            self._trackers[name].update_state(value, 1.0)
        return {name: self._trackers[name].result() for name in results}

    def _alternating_updates(self, real_images, conditions):
        with tf.GradientTape() as g_tape:
            fake_images = self._paint(real_images, conditions)

            # (1) Train D: real = 1, generated = 0. The gradient must not reach G, and G's tape need
            # not record this.
            with g_tape.stop_recording():
                results = self._update_discriminator(
                    real_images, tf.stop_gradient(fake_images), conditions
                )

            # (2) Train G against the new D: the same images, now to be called real. The gradient
            # flows through D all the way to G, and D's weights stay put.
            g_loss = self._generator_loss(real_images, fake_images, conditions)
        g_gradients = gradients_of(g_loss, g_tape, self.generator, self.g_optimizer)
        return {"g_loss": g_loss, **self._update_generator(g_gradients), **results}

    def _alternating_updates_in_parts(self, real_images, conditions):
        # The same, except that the generated images of a part are made twice: G's tape cannot
        # record all parts until D has learnt from the last one.
        results = self._update_discriminator(real_images, None, conditions)

        def gradients(real_images, conditions, part):
            with tf.GradientTape() as g_tape:
                fake_images = self._paint(real_images, conditions, part)
                g_loss = self._generator_loss(real_images, fake_images, conditions, part)
            return gradients_of(g_loss, g_tape, self.generator, self.g_optimizer), g_loss

        g_gradients, g_loss = self._in_parts(gradients, (real_images, conditions))
        return {"g_loss": g_loss, **self._update_generator(g_gradients), **results}

    def _update_discriminator(self, real_images, fake_images, conditions, update=0):
        iterate_spectral_norms(self.discriminator)
        batch = (real_images, fake_images, conditions)
        d_gradients, results = self._in_parts(self._discriminator_gradients, batch, update)
        d_norm = norm_of(d_gradients, self.d_optimizer)
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)
        return {"d_gradient_norm": d_norm, **results}

    def _discriminator_gradients(self, real_images, fake_images, conditions, part):
        if fake_images is None:
            fake_images = self._paint(real_images, conditions, part)
        with tf.GradientTape() as d_tape:
            real_logits, fake_logits, added = self._judge_both(
                real_images, fake_images, conditions, part
            )
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            d_loss = add_losses(d_loss, added)
        d_gradients = gradients_of(d_loss, d_tape, self.discriminator, self.d_optimizer)
        d_penalty, d_gradients = self._add_penalty(
            d_gradients, real_images, fake_images, conditions, part
        )
        return d_gradients, {
            "d_loss": d_loss,
            **scores_of(real_logits, fake_logits),
            **self._regularizer_results(d_penalty, real_logits),
        }

    def _generator_loss(self, real_images, fake_images, conditions, part=WHOLE_BATCH):
        fake_logits = self._judge(fake_images, conditions, StepStream.G_AUGMENTATION, part)
        real_logits = None
        if self.adversarial_loss.generator_sees_real:
            real_logits = self._judge(real_images, conditions, StepStream.REAL_AUGMENTATION, part)
        g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
        return add_losses(g_loss, self.generator.losses)

    def _update_generator(self, g_gradients):
        g_norm = norm_of(g_gradients, self.g_optimizer)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)
        return {"g_gradient_norm": g_norm}

    def _simultaneous_updates(self, real_images, conditions):
        iterate_spectral_norms(self.discriminator)
        g_gradients, d_gradients, results = self._in_parts(
            self._both_gradients, (real_images, conditions)
        )
        norms = {
            "g_gradient_norm": norm_of(g_gradients, self.g_optimizer),
            "d_gradient_norm": norm_of(d_gradients, self.d_optimizer),
        }
        self.d_optimizer.apply(d_gradients, self.discriminator.trainable_variables)
        self.g_optimizer.apply(g_gradients, self.generator.trainable_variables)
        return {**norms, **results}

    def _both_gradients(self, real_images, conditions, part):
        # One forward pass for both. What keeps D's loss from moving G, and G's from moving D, is
        # the variables that each tape's gradient is asked for.
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            fake_images = self._paint(real_images, conditions, part)
            real_logits, fake_logits, added = self._judge_both(
                real_images, fake_images, conditions, part
            )
            d_loss = self.adversarial_loss.discriminator(real_logits, fake_logits)
            d_loss = add_losses(d_loss, added)
            g_loss = self.adversarial_loss.generator(real_logits, fake_logits)
            g_loss = add_losses(g_loss, self.generator.losses)
        d_gradients = gradients_of(d_loss, d_tape, self.discriminator, self.d_optimizer)
        d_penalty, d_gradients = self._add_penalty(
            d_gradients, real_images, fake_images, conditions, part
        )
        g_gradients = gradients_of(g_loss, g_tape, self.generator, self.g_optimizer)
        results = {
            "g_loss": g_loss,
            "d_loss": d_loss,
            **scores_of(real_logits, fake_logits),
            **self._regularizer_results(d_penalty, real_logits),
        }
        return g_gradients, d_gradients, results

    def _paint(self, real_images, conditions, part=WHOLE_BATCH):
        """Generated images, one for each of these real ones."""
        latents = self._latents(real_images, part)
        return self.run_generator(latents, conditions, training=True)

    def _latents(self, images, part=WHOLE_BATCH):
        """These images' rows, [B, latent_dim], of the global batch's latents."""
        dtype = tf.as_dtype(self.compute_dtype)
        return self._draw(StepStream.LATENTS, part, images, normal, [self.latent_dim], dtype)
