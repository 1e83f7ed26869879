"""What a run reports between two rows: means which a checkpoint of any worker can hold."""

import keras


class MeanTracker(keras.metrics.Metric):
    """The mean of the values since the last reset, and NaN where there were none.

    `keras.metrics.Mean` keeps one sum a replica and adds them up when they are read, which takes
    all workers at a time. This one is given a value that the replicas agree on, keeps it like a
    weight, and can be saved and restored by each worker alone, on any number of devices.
    """

    def __init__(self, name: str):
        super().__init__(name=name)
        self.total = keras.Variable("zeros", shape=(), trainable=False, name="total")
        self.count = keras.Variable("zeros", shape=(), trainable=False, name="count")

    def update_state(self, value, weight) -> None:
        """Adds a finite scalar, `weight` times: 1, or 0 to leave it out."""
        self.total.assign_add(value * weight)
        self.count.assign_add(weight)

    def result(self):
        """The mean, a scalar."""
        return self.total / self.count
