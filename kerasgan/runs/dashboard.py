"""What TensorBoard shows of a run: groups of curves, charts of several curves, and settings."""

import re
from collections.abc import Mapping, Sequence

from tensorboard.plugins.custom_scalar.layout_pb2 import (
    Category,
    Chart,
    Layout,
    MultilineChartContent,
)

# Value of a row -> its group. Time Series shows one section per group.
_GROUPS = {
    "g_loss": "losses",
    "d_loss": "losses",
    "real_score": "scores",
    "fake_score": "scores",
    "g_gradient_norm": "gradients",
    "d_gradient_norm": "gradients",
    "d_penalty": "regularization",
    "augment_probability": "regularization",
    "real_sign": "regularization",
    "nonfinite_steps": "health",
    "rollbacks": "health",
    "g_learning_rate": "rates",
    "d_learning_rate": "rates",
    "epoch": "speed",
    "images_per_second": "speed",
}

# Metric family, as in --metrics -> how the names of its values begin. A digit or "_" comes next,
# or nothing: kid5k_embedded, fid.
_FAMILIES = {
    "swd": ("swd",),
    "msssim": ("msssim",),
    "fid": ("fid",),
    "kid": ("kid",),
    "prdc": ("precision", "recall", "density", "coverage"),
    "attributes": ("attributes",),
}

# Settings that say where and when something is written or what is measured, but not what is
# trained. TensorBoard keeps the settings that it reads first, so settings that may change when a
# run is continued must be here too; for epochs, speed/epoch shows how far a run has come.
_NOT_OF_THE_RECIPE = frozenset(
    {
        "best_metric",
        "cache",
        "cache_dir",
        "checkpoint_every_steps",
        "data_dir",
        "deterministic",
        "epochs",
        "evaluate_every_epochs",
        "evaluate_images",
        "evaluate_images_at_end",
        "extractor",
        "init_digest",  # of what init_from names
        "keep_checkpoints",
        "label_names",  # there may be thousands; label_kind stays
        "log_every_steps",
        "max_bad_fraction",
        "max_minutes",
        "max_nonfinite_steps",
        "metrics",
        "model_name",
        "num_samples",
        "profile",
        "sample_every_steps",
        "saved_models_dir",
        "strategy",
    }
)


def tag_of(name: str) -> str:
    """The tag of a row's value: "g_loss" -> "losses/g_loss", "kid5k" -> "metrics/kid/kid5k".

    Names that no group knows go to other/.
    """
    for family, beginnings in _FAMILIES.items():
        if re.match(rf"({'|'.join(beginnings)})(\d|_|$)", name):
            return f"metrics/{family}/{name}"
    return f"{_GROUPS.get(name, 'other')}/{name}"


def layout_of(metrics: Sequence[str]) -> Layout:
    """The charts of the Custom Scalars tab.

    TensorBoard merges the layouts of several runs: a chart of any of them is shown once.

    Args:
        metrics: the families that are measured; each gets a chart.
    """
    training = [
        _chart("losses", "losses/"),
        _chart("scores of real and generated images", "scores/"),
        _chart("gradient norms", "gradients/"),
    ]
    measured = [_chart(family, f"metrics/{family}/") for family in _FAMILIES if family in metrics]
    return Layout(
        category=[
            Category(title="training", chart=training),
            Category(title="metrics", chart=measured),
        ]
    )


def recipe_of(settings: Mapping[str, object]) -> dict[str, bool | int | float | str]:
    """The settings by which recipes differ, for the HParams tab.

    Without a list of its columns, that tab finds out itself which settings differ between the
    runs, and puts these first.

    Args:
        settings: every setting of a run.
    """
    return {
        name: _as_hparam(value)
        for name, value in settings.items()
        if name not in _NOT_OF_THE_RECIPE
    }


def _chart(title: str, tags: str) -> Chart:
    """A chart with a curve for each tag that begins with `tags`."""
    return Chart(title=title, multiline=MultilineChartContent(tag=[tags]))


def _as_hparam(value: object) -> bool | int | float | str:
    if value is None:
        return "none"
    if isinstance(value, tuple | list):  # a size in pixels
        return "x".join(map(str, value))
    return value if isinstance(value, bool | int | float) else str(value)
