import json

from kerasgan.config import Config
from kerasgan.serving.metadata import describe_run


def test_it_tells_where_a_model_comes_from(tmp_path):
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


def test_a_row_that_a_stop_cut_short_and_a_missing_file_are_no_metrics(tmp_path):
    assert describe_run(Config(), step=1, run_dir=tmp_path)["metrics"] == {}
    (tmp_path / "metrics.jsonl").write_text('{"step": 1}\n{"step": 2, "g_l')
    assert describe_run(Config(), step=9, run_dir=tmp_path)["metrics"] == {"step": 1}


def test_it_says_nothing_of_the_machine():
    config = Config(dataset="/home/ann/pictures", data_dir="/data", saved_models_dir="/srv/models")
    text = json.dumps(describe_run(config, step=1))
    assert "pictures" in text
    assert "/home" not in text and "/data" not in text and "/srv" not in text
