"""Callbacks for notebooks, one line each.

::

    gan.fit(
        dataset,
        epochs=20,
        callbacks=[
            kerasgan.callbacks.Checkpoint("runs/notebook"),
            kerasgan.callbacks.ShowSamples(),
            kerasgan.callbacks.Evaluate(held_out_images),
            keras.callbacks.ModelCheckpoint(
                "best.keras", monitor="val_kid", mode="min", save_best_only=True
            ),
            kerasgan.callbacks.WatchHealth(held_out_images),
        ],
    )

What comes after `Evaluate` in the list finds its figures in the logs. A run of `kerasgan.main` has
callbacks of its own, in `kerasgan.training.callbacks`.
"""

from kerasgan.callbacks.evaluate_epochs import Evaluate
from kerasgan.callbacks.keep_checkpoints import Checkpoint
from kerasgan.callbacks.show_samples import ShowSamples
from kerasgan.callbacks.watch_training import WatchHealth

__all__ = ["Checkpoint", "Evaluate", "ShowSamples", "WatchHealth"]
