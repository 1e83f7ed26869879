"""Traces of a real run, read with the messages that TensorFlow ships."""

import pytest
from tensorflow.tsl.profiler.protobuf import xplane_pb2

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.training.loop import train

SMALL = {
    "num_images": 40,
    "image_size": 16,
    "batch_size": 8,
    "base_filters": 4,
    "penalty": "none",  # quick to compile
    "skip_sums": False,
    "minibatch_deviation": False,
    "num_samples": 4,
    "metrics": "swd",
    "best_metric": "swd",
    "evaluate_every_epochs": 100,
}


def traced_steps(run_dir):
    """How many training steps each trace of the run holds, in the order of time."""
    counts = []
    for path in sorted((run_dir / "logs").glob("plugins/profile/*/*.xplane.pb")):
        space = xplane_pb2.XSpace.FromString(path.read_bytes())
        names = [
            plane.event_metadata[event.metadata_id].name
            for plane in space.planes
            for line in plane.lines
            for event in line.events
        ]
        # The one operation of its kind in a step.
        counts.append(sum(name.endswith(":StatelessRandomNormalV2") for name in names))
    return counts


@pytest.mark.slow
def test_a_trace_holds_the_steps_that_were_asked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_dir = tmp_path / "run"
    train(Config(**SMALL, epochs=2, profile="3:5"), run_dir)
    assert traced_steps(run_dir) == [3]
    # A continued run may have another one, which ends where the run ends.
    train(Config(**SMALL, epochs=3, profile="14:99"), run_dir)
    assert traced_steps(run_dir) == [3, 2]
    # Steps that are done already are not traced again.
    train(Config(**SMALL, epochs=4, profile="3:5"), run_dir)
    assert traced_steps(run_dir) == [3, 2]


@pytest.mark.parametrize("profile", ["5", "5:3", "0:3", "a:b", "3:5:7", "3:-5", ""])
def test_mistakes_are_named(profile):
    with pytest.raises(UserError, match=f"--profile={profile}: must be FIRST:LAST"):
        Config(profile=profile)
