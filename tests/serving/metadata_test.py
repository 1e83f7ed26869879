import json

import pytest

from kerasgan.config import Config
from kerasgan.metrics.results import Fingerprint, Result
from kerasgan.runs.public import data_set_name
from kerasgan.serving.metadata import describe_run


def test_metadata_say_where_a_model_comes_from(tmp_path):
    rows = [{"step": step, "g_loss": step / 10} for step in (50, 100, 150)]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    description = describe_run(Config(), step=120, run_dir=tmp_path, licence="CC0-1.0")
    assert description["step"] == 120
    assert description["metrics"] == {"step": 100, "g_loss": 10.0}
    assert description["license"] == "CC0-1.0"
    assert description["dataset"] == "synthetic_faces"
    assert description["config"]["base_filters"] == Config().base_filters
    assert set(description["versions"]) == {"kerasgan", "keras", "tensorflow"}
    json.dumps(description)


def test_a_cut_off_row_and_a_missing_file_are_ignored(tmp_path):
    assert describe_run(Config(), step=1, run_dir=tmp_path)["metrics"] == {}
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n{"step": 2, "g_l')
    assert describe_run(Config(), step=9, run_dir=tmp_path)["metrics"] == {"step": 1}


def test_metadata_say_nothing_about_the_machine(tmp_path):
    config = Config(
        dataset="/home/ann/pictures",
        labels="/home/ann/labels.CSV",
        init_from="/home/ann/runs/0001-faces:best",
        init_digest="0a1b",
        data_dir="/data",
        cache_dir="/scratch",
        extractor="inception2015:/opt/graphs/inception.pb",
        saved_models_dir="/srv/models",
    )
    made = Fingerprint(
        data=config.dataset,
        data_digest="00ff",
        image_size="64x64x3",
        num_real=9,
        num_generated=9,
        extractor="inception2015",
        step=3,
    )
    row = Result(scores={"swd9": 1.5}, fingerprint=made).row()
    (tmp_path / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    description = describe_run(config, step=3, run_dir=tmp_path)
    assert description["metrics"] == row | {
        "fingerprint": row["fingerprint"] | {"data": "pictures"}
    }
    assert description["dataset"] == description["config"]["dataset"] == "pictures"
    assert description["config"]["extractor"] == "inception.pb"
    assert description["config"]["labels"] == "labels.CSV"
    assert description["config"]["init_from"] == "0001-faces:best"
    assert description["config"]["init_digest"] == "0a1b"
    assert "/" not in json.dumps(description)


@pytest.mark.parametrize("labels", [None, "folders", "Smiling,Eyeglasses", "image/class/label"])
def test_the_names_of_labels_are_kept(labels):
    assert describe_run(Config(labels=labels), step=1)["config"]["labels"] == labels


@pytest.mark.parametrize("name", ["embedded", "inception2015", "keras"])
def test_the_name_of_an_extractor_is_kept(name):
    assert describe_run(Config(extractor=name), step=1)["config"]["extractor"] == name


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("synthetic_faces", "synthetic_faces"),
        ("celeba", "celeba"),
        ("tfds:celeb_a_hq/256", "tfds:celeb_a_hq/256"),
        ("tfds:mnist:test", "tfds:mnist:test"),
        ("/home/ann/cats", "cats"),
        ("cats/", "cats"),
        ("/home/ann/cats.zip", "cats.zip"),
        ("/home/ann/synthetic_faces", "./synthetic_faces"),
        ("./celeba", "./celeba"),
    ],
)
def test_no_data_set_passes_for_another(dataset, name):
    assert data_set_name(dataset) == name
    assert data_set_name(name) == name
    assert describe_run(Config(dataset=dataset), step=1)["config"]["dataset"] == name
