"""Says in plain words when training goes wrong, what the likely cause is, and what to try."""

import dataclasses
import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kerasgan.label_space import Labels
from kerasgan.metrics.measuring import HIGHER_IS_BETTER
from kerasgan.metrics.results import Result
from kerasgan.model.random_streams import Stream, normal
from kerasgan.pixels import to_float

_LABEL_STREAM = 4001
_PROBES = 64  # latents for the images whose diversity is measured

# A window is the steps between two checks. A sign must persist for several windows before it
# counts: healthy runs have bad moments, above all at the beginning.
_PATIENCE = 6
_D_WON = 0.05  # of D's loss when it only guesses
_COLLAPSED = 0.15  # of the diversity of real images
_FELL = 0.35  # of the largest diversity so far
_VANISHED = 1e-4  # of the largest gradient so far
_EXPLODED = 100  # times the median gradient so far, or D's loss when it only guesses
_STALLED = 8  # windows in which D is strong and the diversity does not grow
_REMEMBERED = 200  # windows: what is normal changes over a long run
_EVALUATIONS = 5  # in a row that are worse than the best one
_LOST = 0.25  # of the progress from the first evaluation to the best

SENTENCES = {
    "not_a_number": (
        "The losses are no longer numbers: the weights have overflowed. Go back to an earlier "
        "checkpoint, and lower both learning rates or use --normalization=spectral."
    ),
    "exploding": (
        "The {what}, {ratio:.0f} times what it should be: training diverges. "
        "Lower both learning rates, or use --normalization=spectral."
    ),
    "discriminator_won": (
        "The discriminator is too strong (its loss is {loss:.3f}; {chance:.2f} would be guessing), "
        "so the generator hardly learns. Lower "
        "--d_learning_rate or raise --g_learning_rate, or use --normalization=spectral."
    ),
    "vanishing": (
        "The generator's gradients have shrunk to {ratio:.0e} of what they were: it no longer "
        "learns. Lower --d_learning_rate, or use --loss=non_saturating or --loss=hinge."
    ),
    "collapse": (
        "The diversity of generated images is {ratio:.0%} of {goal}: the "
        "generator has collapsed to a few images. Go back to an earlier checkpoint, and lower "
        "--g_learning_rate or use another --loss or --normalization=spectral."
    ),
    "worsening": (
        "{name} was best ({best:.4g}) at step {best_step} and has been worse ({value:.4g}) ever "
        "since: the model is past its best. Stop here and use the best checkpoint, or lower both "
        "learning rates."
    ),
}

# The consequences of a cause get no warning of their own.
_CONSEQUENCES = {
    "not_a_number": set(SENTENCES),
    "exploding": set(SENTENCES) - {"not_a_number"},
    "discriminator_won": {"vanishing", "collapse", "worsening"},
    "vanishing": {"discriminator_won", "collapse", "worsening"},
    "collapse": {"discriminator_won", "vanishing", "worsening"},
    "worsening": set(),
}


@dataclasses.dataclass(frozen=True)
class HealthWarning:
    """One cause; the user is warned of each once.

    Attributes:
        step: when it was seen.
        cause: a key of SENTENCES.
        sentence: for the user.
    """

    step: int
    cause: str
    sentence: str

    def row(self) -> dict[str, Any]:
        """For metrics.jsonl."""
        return {"step": self.step, "warning": self.cause, "sentence": self.sentence}


class WatchHealth(keras.callbacks.Callback):
    """Looks for signs of trouble each `every_steps` steps and hands warnings to every sink.

    It takes losses and gradient norms from the logs. They are means over the window if it comes,
    in the list of callbacks, after the one that resets the trackers at the same steps.

    Args:
        every_steps: steps between two checks.
        real_images: uint8 [n, ...], some dozens, whose diversity is the goal; None if there are
            none: then only a diversity that falls is a sign.
        seed: of the latents for the images whose diversity is measured, and of their labels.
        labels: of the real images, from which a conditional generator's are drawn; None for an
            unconditional one.
        sinks: functions of a `HealthWarning`.
        warned: for a continued run, the causes that the user has been warned of already.
        state: for a continued run, what `state` returned when its checkpoint was written.
    """

    def __init__(
        self,
        *,
        every_steps: int,
        real_images: np.ndarray | None,
        seed: int,
        labels: Labels | None = None,
        sinks: Sequence[Callable[[HealthWarning], object]],
        warned: Sequence[str] = (),
        state: dict[str, Any] | None = None,
    ):
        super().__init__()
        self._every_steps = every_steps
        self._real_diversity = None
        if real_images is not None:
            # Above 0 even if all real images are equal: then no diversity is too small.
            self._real_diversity = max(1e-6, diversity(to_float(real_images).numpy()))
        self._seed = seed
        self.ask_for(labels)
        self._sinks = sinks
        self._silent = set(warned)
        for cause in warned:
            self._silent |= _CONSEQUENCES[cause]
        state = state or {"windows": [], "evaluations": []}
        self._windows: list[dict[str, float]] = list(state["windows"])
        self._evaluations: list[tuple[int, float]] = [(s, v) for s, v in state["evaluations"]]

    def ask_for(self, labels: Labels | None) -> None:
        """Draws what a conditional generator is asked for; None for an unconditional one."""
        self._conditions = None
        if labels is not None:
            drawn = labels.drawn(_PROBES, [self._seed, _LABEL_STREAM])
            self._conditions = drawn.conditions(slice(None))

    def state(self) -> dict[str, Any]:
        """What has been seen so far, ready for JSON, so that a continued run knows it too."""
        return {"windows": self._windows, "evaluations": self._evaluations}

    def on_train_begin(self, logs: Any = None) -> None:
        """Draws the latents, and computes what D's loss would be if it only guessed."""
        latents = [_PROBES, self.model.latent_dim]
        self._latents = normal(latents, [self._seed, Stream.HEALTH])
        # The lowest loss that D can get by giving all images the same logit.
        logits = [tf.fill([1, 1], value) for value in np.linspace(-1, 1, 9, dtype=np.float32)]
        loss = self.model.adversarial_loss.discriminator
        self._chance = min(float(loss(logit, logit)) for logit in logits)
        self._seen = self._step()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Checks if it is due."""
        if self._is_due():
            self._look({name: float(value) for name, value in (logs or {}).items()})

    def _is_due(self) -> bool:
        """Whether the steps since the last question completed a window."""
        before, self._seen = self._seen, self._step()
        return self._seen // self._every_steps != before // self._every_steps

    def _step(self) -> int:
        return int(self.model.step.numpy())

    def _look(self, window: dict[str, float]) -> None:
        """Looks for each sign in the trackers' means over the steps since the last look."""
        step = self._step()
        images = self.model.run_generator(self._latents, self._conditions, training=False).numpy()
        window["diversity"] = diversity(images) / (self._real_diversity or 1.0)
        self._windows = [*self._windows[1 - _REMEMBERED :], window]
        # The most likely cause comes first, and silences its consequences.
        for look in (self._not_a_number, self._exploding, self._won, self._vanishing, self._thin):
            look(step)

    def see_result(self, result: Result, name: str) -> None:
        """A sink for evaluations: checks whether the figure of this name has long been worse."""
        value, step = result.scores.get(name), result.fingerprint.step
        if value is None or step is None:  # such as one for another number of images
            return
        sign = -1 if name.startswith(HIGHER_IS_BETTER) else 1
        self._evaluations.append((step, sign * value))
        values = [ranked for _, ranked in self._evaluations]
        best = int(np.argmin(values))
        since = values[best + 1 :]
        progress = values[0] - values[best]
        if len(since) >= _EVALUATIONS and min(since[-_EVALUATIONS:]) > values[best] + max(
            _LOST * progress, 0.1 * abs(values[best])
        ):
            details = {"name": name, "best": sign * values[best], "value": value}
            self._warn("worsening", step, best_step=self._evaluations[best][0], **details)

    def _not_a_number(self, step: int) -> None:
        if not all(map(math.isfinite, self._windows[-1].values())):
            self._warn("not_a_number", step)

    def _exploding(self, step: int) -> None:
        loss = self._windows[-1]["d_loss"]
        if self._chance > 0 and loss > _EXPLODED * self._chance:
            what = f"discriminator's loss is {loss:.3g}"
            self._warn("exploding", step, what=what, ratio=loss / self._chance)
        for prefix, network in (("g", "generator"), ("d", "discriminator")):
            norms = [window[f"{prefix}_gradient_norm"] for window in self._windows]
            # Two windows in a row: a single one may contain one unlucky batch.
            if len(norms) > _PATIENCE:
                usual = float(np.median(norms[:-2]))
                if usual > 0 and min(norms[-2:]) > _EXPLODED * usual:
                    what = f"{network}'s gradient is {norms[-1]:.3g}"
                    self._warn("exploding", step, what=what, ratio=norms[-1] / usual)

    def _won(self, step: int) -> None:
        if self._chance <= 0:  # a Wasserstein loss has no value that stands for guessing
            return
        losses = [window["d_loss"] / self._chance for window in self._windows[-_STALLED:]]
        ratios = [window["diversity"] for window in self._windows[-_STALLED:]]
        certain = len(losses) >= _PATIENCE and max(losses[-_PATIENCE:]) < _D_WON
        stalled = (
            self._real_diversity is not None
            and len(losses) == _STALLED
            and max(losses) < 0.6
            and _COLLAPSED < max(ratios) < min(0.5, 1.15 * min(ratios))
        )
        # The diversity never rose, though D had much to teach.
        never_learnt = self._never_rose() and max(losses[-_PATIENCE:]) < 0.25
        if certain or stalled or never_learnt:
            loss = self._windows[-1]["d_loss"]
            self._warn("discriminator_won", step, loss=loss, chance=self._chance)

    def _vanishing(self, step: int) -> None:
        norms = [window["g_gradient_norm"] for window in self._windows]
        if len(norms) > _PATIENCE and max(norms[-_PATIENCE:]) < _VANISHED * max(norms):
            self._warn("vanishing", step, ratio=norms[-1] / max(norms))

    def _thin(self, step: int) -> None:
        ratios = [window["diversity"] for window in self._windows]
        fell = len(ratios) > _PATIENCE and max(ratios[-_PATIENCE:]) < _FELL * min(1.0, max(ratios))
        if self._real_diversity is None:
            if fell:
                goal = "what it was at its best"
                self._warn("collapse", step, ratio=ratios[-1] / max(ratios), goal=goal)
        elif fell or self._never_rose():
            self._warn("collapse", step, ratio=ratios[-1], goal="that of real ones")

    def _never_rose(self) -> bool:
        if self._real_diversity is None:
            return False
        ratios = [window["diversity"] for window in self._windows]
        # A generator begins with grey images that are all alike, so it gets twice the time.
        return len(ratios) >= 2 * _PATIENCE and max(ratios[-_PATIENCE:]) < _COLLAPSED

    def _warn(self, cause: str, step: int, **details: Any) -> None:
        if cause in self._silent:
            return
        self._silent |= {cause} | _CONSEQUENCES[cause]
        warning = HealthWarning(step, cause, SENTENCES[cause].format(**details))
        for sink in self._sinks:
            sink(warning)


def diversity(images: np.ndarray) -> float:
    """Mean over pixels of the standard deviation over images [n, ...]; 0 if all are equal."""
    return float(np.std(images, axis=0, dtype=np.float64).mean())
