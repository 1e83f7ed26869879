"""What a notebook's cell shows of a generator: pictures of seeds, and on walks between them."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.sampling.painter import Painter

_MAX_NAMED = 4  # labels in a caption

Label = int | Sequence[float] | None


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Paints what a cell shows.

    A label is the index of a class, the values of all attributes, or None, with which each seed has
    its own (`LabelSpace.evenly`); always None if the generator is not conditional.

    Attributes:
        painter: of the generator.
        vectors: directions in latent space, [k, latent_dim].
    """

    painter: Painter
    vectors: np.ndarray

    def of_seeds(self, seeds: Sequence[int], labels: Sequence[Label], truncation: float) -> Any:
        """Pictures uint8 [n, H, W, C] of seeds and their labels."""
        if not seeds:
            return np.zeros([0, *self.painter.image_shape], np.uint8)
        return self.painter.sample(seeds, truncation, self._values(seeds, labels))

    def moved(
        self, seed: int, label: Label, truncation: float, shifts: Sequence[float]
    ) -> tuple[np.ndarray, str]:
        """The picture uint8 [H, W, C] of a seed, moved along the directions, and what it is."""
        caption = f"seed {seed}" + self._in_words(self._conditions([seed], [label])[0])
        if not any(shifts):
            return self.of_seeds([seed], [label], truncation)[0], caption
        latents = latents_from_seeds([seed], self.painter.latent_dim).numpy() * truncation
        latents = latents + np.asarray(shifts, np.float32) @ self.vectors
        image = self.painter.paint(latents, self._values([seed], [label]))[0]
        return image, f"{caption}, changed"

    def walk(
        self, kept: Sequence[Mapping[str, Any]], position: float, truncation: float
    ) -> tuple[np.ndarray, str]:
        """A picture uint8 [H, W, C] of a walk through pictures and back to the first.

        Args:
            kept: at least one, with `seed` and `label`.
            position: from 0 to 1. Every leg of the walk is equally long.
            truncation: scales the latents.
        """
        seeds, labels = [each["seed"] for each in kept], [each["label"] for each in kept]
        latents = latents_from_seeds(seeds, self.painter.latent_dim).numpy() * truncation
        leg, share = divmod(position * len(kept), 1)
        start, end = int(leg) % len(kept), int(leg + 1) % len(kept)
        point = great_circle(
            latents[start, None], latents[end, None], tf.constant([share], tf.float32)
        ).numpy()
        caption = f"{position:.0%} of the walk"
        if self.painter.label_space is None:
            return self.painter.paint(point)[0], caption
        stations = self._conditions(seeds, labels)
        between = ((1 - share) * stations[start] + share * stations[end]).astype(np.float32)
        image = self.painter.paint_conditions(point, between[None])[0]
        return image, caption + self._in_words(between)

    def _values(self, seeds: Sequence[int], labels: Sequence[Label]) -> np.ndarray | None:
        """Labels as painters take them, with those of seeds that have none of their own."""
        space = self.painter.label_space
        if space is None:
            return None
        values = space.evenly(seeds)
        for row, label in enumerate(labels):
            if label is not None:
                values[row] = label
        return values

    def _conditions(self, seeds: Sequence[int], labels: Sequence[Label]) -> np.ndarray:
        """float32 [n, width], where the width is 0 if the generator is not conditional."""
        values = self._values(seeds, labels)
        if values is None or self.painter.label_space is None:
            return np.zeros([len(seeds), 0], np.float32)
        return self.painter.label_space.conditions(values)

    def _in_words(self, conditions: np.ndarray) -> str:
        """Conditions [width] at the end of a caption."""
        space, words = self.painter.label_space, []
        if space is None:
            return ""
        for name, value in zip(space.names, conditions.tolist(), strict=True):
            if abs(value) < 0.005:
                continue
            if space.kind == "classes":
                words.append(name if value > 0.995 else f"{value:.0%} {name}")
            else:
                shown = name.replace("_", " ")
                words.append(shown if value > 0.995 else f"{shown} {value:.3g}")
        left = len(words) - _MAX_NAMED
        if left > 1:
            words[_MAX_NAMED:] = [f"{left} more"]
        return ", " + (", ".join(words) or "all at 0")
