import dataclasses

import pytest

from kerasgan.config import Config
from kerasgan.metrics.measuring import METRICS, RANKING, score_name
from kerasgan.runs.dashboard import layout_of, recipe_of, tag_of


@pytest.mark.parametrize(
    ("name", "tag"),
    [
        ("g_loss", "losses/g_loss"),
        ("fake_score", "scores/fake_score"),
        ("d_gradient_norm", "gradients/d_gradient_norm"),
        ("g_learning_rate", "rates/g_learning_rate"),
        ("images_per_second", "speed/images_per_second"),
        ("nonfinite_steps", "health/nonfinite_steps"),
        ("d_penalty", "regularization/d_penalty"),
        ("augment_probability", "regularization/augment_probability"),
        ("real_sign", "regularization/real_sign"),
        ("swd5k", "metrics/swd/swd5k"),
        ("swd1500_64x48", "metrics/swd/swd1500_64x48"),
        ("msssim5k_real", "metrics/msssim/msssim5k_real"),
        ("fid", "metrics/fid/fid"),
        ("fid10k_inception", "metrics/fid/fid10k_inception"),
        ("recall5k_embedded", "metrics/prdc/recall5k_embedded"),
        ("attributes5k", "metrics/attributes/attributes5k"),
        ("kidney", "other/kidney"),
        ("swdx5k", "other/swdx5k"),
        ("temperature", "other/temperature"),
    ],
)
def test_each_value_is_in_its_group(name, tag):
    assert tag_of(name) == tag


def test_every_score_that_ranks_models_belongs_to_a_family():
    groups = [tag_of(score_name(metric, 5000, "embedded")).split("/")[:2] for metric in RANKING]
    assert all(group == "metrics" and family in METRICS for group, family in groups)


def test_each_measured_family_has_a_chart():
    charts = {
        category.title: [(chart.title, list(chart.multiline.tag)) for chart in category.chart]
        for category in layout_of(["kid", "swd"]).category
    }
    assert [tags for _, tags in charts["training"]] == [["losses/"], ["scores/"], ["gradients/"]]
    assert charts["metrics"] == [("swd", ["metrics/swd/"]), ("kid", ["metrics/kid/"])]
    (_, measured) = layout_of(METRICS).category
    assert {chart.title for chart in measured.chart} == set(METRICS)


def test_the_recipe_has_values_that_the_hparams_tab_can_show():
    settings = {
        "image_size": (64, 48), "split": None, "random_flip": True, "batch_size": 8,
        "beta_1": 0.5, "loss": "hinge", "epochs": 5, "cache_dir": "/cache",
    }  # fmt: skip
    assert recipe_of(settings) == {
        "image_size": "64x48", "split": "none", "random_flip": True, "batch_size": 8,
        "beta_1": 0.5, "loss": "hinge",
    }  # fmt: skip


def test_what_may_change_in_a_continued_run_is_not_of_the_recipe():
    fields = dataclasses.fields(Config)
    may_change = {field.name for field in fields if field.metadata.get("may_change")}
    assert "epochs" in may_change
    assert not may_change & set(recipe_of({field.name: field.default for field in fields}))
