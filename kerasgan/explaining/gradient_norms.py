"""Measures how much gradient reaches each network of a trained GAN."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import keras
import numpy as np
import tensorflow as tf

from kerasgan.model.gan import GAN
from kerasgan.model.layers import iterate_spectral_norms
from kerasgan.model.losses import LOSSES, non_saturating_discriminator_loss
from kerasgan.model.random_streams import normal

_NUM_TIMINGS = 9  # of each function; the median counts


class Reach(NamedTuple):
    """Which gradients one way of computing the gradient of D's loss gives.

    Attributes:
        way: its name.
        d_norm: L2 norm of the gradient of D's loss with respect to D's variables.
        g_norm: the same for G's variables; None where the tape has no path to them.
        operations: in the graph that TensorFlow runs for these gradients.
        milliseconds: median time of one call.
    """

    way: str
    d_norm: float
    g_norm: float | None
    operations: int
    milliseconds: float


class Confidence(NamedTuple):
    """The gradient that reaches G from a D that was trained for some steps while G waited.

    Attributes:
        steps: of D alone.
        logit: D's mean logit for generated samples.
        norms: for each loss, the L2 norm of its gradient with respect to G's variables.
    """

    steps: int
    logit: float
    norms: dict[str, float]


def reach_of_discriminator_loss(gan: GAN, real: tf.Tensor, *, seed: int = 0) -> list[Reach]:
    """The gradient of D's loss, four times: with `tf.stop_gradient` or not, for one network or two.

    Args:
        gan: a compiled GAN; nothing in it changes except batch norm's moving statistics.
        real: a batch [B, ...] of what it imitates.
        seed: of the latents.
    """
    latents = normal([len(real), gan.latent_dim], [seed, 0])
    d_variables = gan.discriminator.trainable_variables
    g_variables = gan.generator.trainable_variables

    def ask(*, stop: bool, both: bool) -> Callable[[], list]:
        @tf.function
        def gradients():
            with tf.GradientTape() as tape:
                fake = gan.run_generator(latents, None, training=True)
                if stop:
                    fake = tf.stop_gradient(fake)
                real_logits = gan.run_discriminator(real, None, training=True)
                fake_logits = gan.run_discriminator(fake, None, training=True)
                loss = gan.adversarial_loss.discriminator(real_logits, fake_logits)
            return tape.gradient(loss, d_variables + (g_variables if both else []))

        return gradients

    ways = {
        "both networks' variables": ask(stop=False, both=True),
        "both, stop_gradient": ask(stop=True, both=True),
        "D's variables alone": ask(stop=False, both=False),
        "D's alone, stop_gradient": ask(stop=True, both=False),
    }
    values = {way: gradients() for way, gradients in ways.items()}
    times = _interleaved_times(ways)
    results = []
    for way, gradients in ways.items():
        to_d, to_g = values[way][: len(d_variables)], values[way][len(d_variables) :]
        reached = [value for value in to_g if value is not None]
        results.append(
            Reach(
                way,
                float(tf.linalg.global_norm(to_d)),
                float(tf.linalg.global_norm(reached)) if reached else None,
                _operations(gradients),
                times[way],
            )
        )
    return results


def reach_while_d_grows_sure(
    gan: GAN,
    batches: Iterable[tf.Tensor],
    *,
    looks: tuple[int, ...] = (0, 5, 10, 20, 40, 80),
    losses: tuple[str, ...] = ("minimax", "non_saturating"),
    learning_rate: float = 1e-3,
    seed: int = 0,
) -> list[Confidence]:
    """Trains D alone as a classifier, and measures on the way what would reach G.

    Args:
        gan: a compiled GAN. A copy of its discriminator is trained, from its present weights.
        batches: at least max(looks) batches of what it imitates.
        looks: numbers of steps after which to measure, ascending.
        losses: keys of `kerasgan.model.losses.LOSSES`.
        learning_rate: Adam's, for D.
        seed: of the latents.
    """
    discriminator = keras.models.clone_model(gan.discriminator)
    discriminator.set_weights(gan.discriminator.get_weights())
    optimizer = keras.optimizers.Adam(learning_rate, beta_1=0.0)
    optimizer.build(discriminator.trainable_variables)
    probes = normal([256, gan.latent_dim], [seed, 1])

    def train(real: tf.Tensor, fake: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = non_saturating_discriminator_loss(
                discriminator(real, training=True), discriminator(fake, training=True)
            )
        optimizer.apply(tape.gradient(loss, discriminator.trainable_variables))

    def look(steps: int) -> Confidence:
        norms = {}
        for name in losses:
            with tf.GradientTape() as tape:
                fake = gan.run_generator(probes, None, training=False)
                logits = discriminator(fake, training=False)
                loss = LOSSES[name].generator(tf.zeros_like(logits), logits)
            gradients = tape.gradient(loss, gan.generator.trainable_variables)
            norms[name] = float(tf.linalg.global_norm(gradients))
        return Confidence(steps, float(tf.reduce_mean(logits)), norms)

    seen = [look(0)] if 0 in looks else []
    for step, real in enumerate(batches, start=1):
        latents = normal([len(real), gan.latent_dim], [seed, 1 + step])
        iterate_spectral_norms(discriminator)
        train(real, gan.run_generator(latents, None, training=False))
        if step in looks:
            seen.append(look(step))
        if step == max(looks):
            break
    return seen


def _interleaved_times(functions: Mapping[str, Callable[[], list]]) -> dict[str, float]:
    """Median milliseconds of a call. Each round calls every function once."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(_NUM_TIMINGS):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            times[name].append(1e3 * (time.perf_counter() - start))
    return {name: float(np.median(seen)) for name, seen in times.items()}


def _operations(function: tf.types.experimental.PolymorphicFunction) -> int:
    """Operations of a traced function's graph that its result depends on."""
    graph = function.get_concrete_function().graph
    found, waiting = set(), [value.op for value in graph.outputs]
    while waiting:
        operation = waiting.pop()
        if operation.name not in found:
            found.add(operation.name)
            waiting.extend(value.op for value in operation.inputs)
    return len(found)


def reach_table(results: Sequence[Reach]) -> str:
    """One line for each way."""
    lines = [
        f"{'gradient of D loss asked for':28}{'at D':>9}{'at G':>9}{'operations':>12}{'ms':>9}"
    ]
    for result in results:
        at_g = "none" if result.g_norm is None else f"{result.g_norm:.3g}"
        lines.append(
            f"{result.way:28}{result.d_norm:9.3g}{at_g:>9}{result.operations:12}"
            f"{result.milliseconds:9.1f}"
        )
    return "\n".join(lines)


def confidence_table(seen: Sequence[Confidence]) -> str:
    """One line for each measurement, with a column of gradient norms for each loss."""
    names = list(seen[0].norms)
    head = f"{'steps of D alone':18}{'D logit of fakes':>18}"
    lines = [head + "".join(f"{name:>16}" for name in names)]
    for look in seen:
        norms = "".join(f"{look.norms[name]:16.3g}" for name in names)
        lines.append(f"{look.steps:<18}{look.logit:18.2f}{norms}")
    return "\n".join(lines)
