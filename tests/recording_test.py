import json

from kerasgan.recording import MetricsFile


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rows_are_appended(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for step in (1, 2):
        MetricsFile(path, step=step - 1).append({"step": step, "g_loss": 0.5})
    assert rows(path) == [{"step": 1, "g_loss": 0.5}, {"step": 2, "g_loss": 0.5}]


def test_rows_after_the_checkpoint_are_dropped_and_half_a_line_with_them(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 10}\n{"step": 20}\n{"step": 30}\n{"ste')
    MetricsFile(path, step=20).append({"step": 30})
    assert rows(path) == [{"step": 10}, {"step": 20}, {"step": 30}]
    assert [child.name for child in tmp_path.iterdir()] == ["metrics.jsonl"]
