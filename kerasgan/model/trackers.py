"""The means that a run reports, in a form that any worker can save."""

import keras


class MeanTracker(keras.metrics.Metric):
    """The mean of the values since the last reset, and NaN where there were none.

    `keras.metrics.Mean` keeps one sum per replica and adds them up when they are read, for which
    all workers must be present. This one is given a value on which the replicas agree, keeps it
    like a weight, and can be saved and restored by each worker alone, on any number of devices.
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
