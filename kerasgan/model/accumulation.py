"""A batch in parts: gradients are taken of one part at a time, and memory is needed for one alone.

The mean over equal parts is that over the batch, so that an update is the same up to rounding,
except where a layer looks at the whole batch: batch norm normalises each part by its own
statistics, and moves its averages once per part.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from kerasgan.model.adversarial_model import AdversarialModel


class BatchPart(NamedTuple):
    """Which images of a step a function is given, and so which random numbers are theirs.

    Attributes:
        update: of D in this step, each with a batch of its own; 0 is the last one, and G's.
        number: of the part of this replica's share of that batch, a scalar counted from 0.
        parts: how many there are.
    """

    update: int = 0
    number: tf.Tensor | int = 0
    parts: int = 1


WHOLE_BATCH = BatchPart()


class AccumulatingModel(AdversarialModel):
    """An `AdversarialModel` that may take its batches in parts."""

    def compile(self, *, accumulate_steps: int = 1, **options) -> None:
        """Sets the number of parts; see `GAN.compile`."""
        super().compile(**options)
        if accumulate_steps < 1:
            raise ValueError(f"accumulate_steps={accumulate_steps}: must be at least 1")
        self.accumulate_steps = accumulate_steps

    def get_compile_config(self) -> dict[str, Any]:
        """The arguments of `compile`, ready for JSON."""
        config = super().get_compile_config()
        return config and {**config, "accumulate_steps": self.accumulate_steps}

    def _in_parts(
        self,
        function: Callable[..., Any],
        batch: Sequence[tf.Tensor | None],
        update: int = 0,
    ) -> Any:
        """The mean over the parts of a batch of what a function returns for each of them.

        Args:
            function: takes a part of each tensor and the `BatchPart`, and returns tensors in any
                structure, which are means over its images; None stays None.
            batch: tensors [B, ...], or None.
            update: of D in this step.
        """
        count = self.accumulate_steps
        if count == 1:
            return function(*batch, BatchPart(update))
        parts = [None if rows is None else _cut(rows, count) for rows in batch]

        def of_part(number):
            rows = [None if part is None else part[number] for part in parts]
            return function(*rows, BatchPart(update, number, count))

        return _mean(of_part, count)


def split_batch(
    images: tf.Tensor, conditions: tf.Tensor | None, count: int
) -> list[tuple[tf.Tensor, tf.Tensor | None]]:
    """`count` batches of as many images each, with their conditions or None."""
    shares = [slice(first, None, count) for first in range(count)]
    return [(images[s], None if conditions is None else conditions[s]) for s in shares]


def _cut(rows: tf.Tensor, count: int) -> tf.Tensor:
    """[B, ...] -> [count, B / count, ...].

    Raises:
        ValueError: B is known and no multiple of `count`.
        tf.errors.InvalidArgumentError: B is known only now, and is none.
    """
    message = f"accumulate_steps={count}: must divide the images of a batch on each device"
    size, *sides = (
        known or size for known, size in zip(rows.shape, tf.unstack(tf.shape(rows)), strict=True)
    )
    if isinstance(size, int) and size % count:
        raise ValueError(f"{message}; got {size}")
    check = tf.debugging.assert_equal(size % count, 0, message)
    with tf.control_dependencies([] if check is None else [check]):
        return tf.reshape(rows, [count, size // count, *sides])


def _mean(function: Callable[[tf.Tensor | int], Any], count: int) -> Any:
    """The mean of function(0), ..., function(count - 1), of which one is computed at a time."""
    first = function(0)
    totals = _present(first)
    if tf.distribute.get_replica_context().num_replicas_in_sync > 1:
        # Replicas may not consult each other within a loop, as synchronized batch norm does.
        for number in range(1, count):
            with tf.control_dependencies(totals):
                totals = _added(totals, function(number))
    else:
        _, *totals = tf.while_loop(
            lambda number, *_: number < count,
            lambda number, *totals: (number + 1, *_added(totals, function(number))),
            (1, *totals),
            parallel_iterations=1,
        )
    means = iter([total / tf.cast(count, total.dtype) for total in totals])
    return tf.nest.map_structure(lambda value: None if value is None else next(means), first)


def _present(values: Any) -> list[tf.Tensor]:
    return [tf.convert_to_tensor(value) for value in tf.nest.flatten(values) if value is not None]


def _added(totals: Sequence[tf.Tensor], values: Any) -> list[tf.Tensor]:
    return [total + value for total, value in zip(totals, _present(values), strict=True)]
