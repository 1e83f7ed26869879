import json
import math
import resource

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util.tensor_util import make_ndarray

from kerasgan.runs.records import MetricsFile, SampleFolder, TensorBoardLogs


def rows(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_rows_are_appended(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for step in (1, 2):
        MetricsFile(path, step=step - 1).append({"step": step, "g_loss": 0.5})
    assert rows(path) == [{"step": 1, "g_loss": 0.5}, {"step": 2, "g_loss": 0.5}]


def test_rows_after_the_checkpoint_and_half_a_line_are_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 10}\n{"step": 20}\n{"step": 30}\n{"ste')
    MetricsFile(path, step=20).append({"step": 30})
    assert rows(path) == [{"step": 10}, {"step": 20}, {"step": 30}]
    assert [child.name for child in tmp_path.iterdir()] == ["metrics.jsonl"]


@pytest.fixture
def file_limit():
    """Limits the size of files: a write beyond the limit fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(size):
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft if size is None else size, hard))

    yield limit
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def warnings(caplog):
    name = "kerasgan.runs.tolerance"
    return [record.getMessage() for record in caplog.records if record.name == name]


def test_rows_wait_for_room(tmp_path, file_limit, caplog):
    file = MetricsFile(tmp_path / "metrics.jsonl", step=0)
    file.append({"step": 1})
    file_limit(20)
    for step in (2, 3, 4):
        file.append({"step": step})
        assert rows(tmp_path / "metrics.jsonl") == [{"step": 1}]  # not half a row more
    assert len(warnings(caplog)) == 1 and "metrics.jsonl cannot be written" in warnings(caplog)[0]
    file.flush()
    assert rows(tmp_path / "metrics.jsonl") == [{"step": 1}]
    file_limit(None)
    file.flush()
    assert rows(tmp_path / "metrics.jsonl") == [{"step": step} for step in (1, 2, 3, 4)]
    file.append({"step": 5})
    assert rows(tmp_path / "metrics.jsonl") == [{"step": step} for step in (1, 2, 3, 4, 5)]


def test_values_that_are_not_finite_are_null(tmp_path):
    MetricsFile(tmp_path / "metrics.jsonl", step=0).append({"step": 1, "g_loss": math.nan})
    assert (tmp_path / "metrics.jsonl").read_text() == '{"step": 1, "g_loss": null}\n'


def test_grids_and_curves_are_left_out_while_the_disk_is_full(tmp_path, file_limit, caplog):
    noise = np.random.default_rng(0).integers(0, 256, [64, 64, 3], dtype=np.uint8)
    samples = SampleFolder(tmp_path / "samples")
    logs = TensorBoardLogs(tmp_path / "logs", step=0)
    logs.write_scalars({"step": 1, "g_loss": 0.5})
    file_limit(1000)
    for step in (2, 3):
        samples.write("ema", noise, step)
        logs.write_grid("ema", noise, step)
    file_limit(None)
    samples.write("ema", noise, 4)
    # After a failed write TensorFlow's writer drops everything without a word; a new one works.
    TensorBoardLogs(tmp_path / "logs", step=3).write_scalars({"step": 4, "g_loss": 0.25})
    assert [path.name for path in (tmp_path / "samples").iterdir()] == ["ema_00000004.png"]
    assert len(warnings(caplog)) == 1 and "samples cannot be written" in warnings(caplog)[0]
    read = EventAccumulator(str(tmp_path / "logs"))
    read.Reload()
    assert [event.step for event in read.Tensors("losses/g_loss")] == [1, 4]


def test_points_after_the_last_checkpoint_of_a_killed_run_are_dropped(tmp_path):
    def write(steps, restart_at):
        logs = TensorBoardLogs(tmp_path, step=restart_at)
        for step in steps:
            logs.write_scalars({"step": step, "g_loss": float(restart_at)})

    write([10, 20, 30], restart_at=0)  # killed; its last checkpoint is of step 20
    write([30, 40, 50], restart_at=20)
    write([40], restart_at=30)
    read = EventAccumulator(str(tmp_path))
    read.Reload()
    events = read.Tensors("losses/g_loss")
    points = [(event.step, float(make_ndarray(event.tensor_proto))) for event in events]
    assert points == [(10, 0), (20, 0), (30, 20), (40, 30)]


def test_curves_from_before_the_groups_keep_their_names(tmp_path):
    with tf.summary.create_file_writer(str(tmp_path)).as_default():
        for step in (1, 2, 3):
            tf.summary.scalar("g_loss", 0.0, step=step)
    TensorBoardLogs(tmp_path, step=2).write_scalars({"step": 3, "g_loss": 0.0})
    read = EventAccumulator(str(tmp_path))
    read.Reload()
    assert [event.step for event in read.Tensors("losses/g_loss")] == [3]
    assert {event.step for event in read.Tensors("g_loss")} >= {1, 2}
