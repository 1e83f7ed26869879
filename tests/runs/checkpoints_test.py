import dataclasses
import functools
import resource
import shutil

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.model.build import build_gan
from kerasgan.runs import checkpoints
from kerasgan.runs.checkpoints import (
    CheckpointWriter,
    RunRecord,
    checkpoint_steps,
    read_record,
    versions,
)
from kerasgan.runs.folder import CONFIG_FILE
from kerasgan.runs.restore import (
    go_back,
    read_checkpoint,
    read_newest,
    warn_of_other_versions,
)
from kerasgan.runs.tolerance import WriteError

CONFIG = Config(image_size=16, base_filters=2, latent_dim=4)
DATA, INDEX, RECORD = ".data-00000-of-00001", ".index", ".json"


@pytest.fixture(scope="module")
def gan():
    return build_gan(CONFIG)


@pytest.fixture
def saveable(gan):
    return tf.train.Checkpoint(gan=gan)


@pytest.fixture
def run_dir(tmp_path, gan):
    """A run with checkpoints of the steps 10, 20 and 30, whose kernels are full of the step."""
    CONFIG.save(tmp_path / CONFIG_FILE)
    for counter in (gan.nonfinite_in_a_row, gan.rollbacks):
        counter.assign(0)
    for step in (10, 20, 30):
        save(gan, tmp_path, step)
    return tmp_path


@functools.cache
def writer_of(gan):
    """One for all tests: its first save compiles a function."""
    return CheckpointWriter(tf.train.Checkpoint(gan=gan), RunRecord(CONFIG, health=dict))


def save(gan, run_dir, step, keep=3):
    for weight in (*gan.generator.weights, *gan.g_optimizer.variables):
        weight.assign(np.full(weight.shape, step))
    gan.step.assign(step)
    writer_of(gan).write(run_dir / "checkpoints", step, keep=keep)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def first_weight(gan):
    return gan.generator.weights[0].numpy().flat[0]


@pytest.mark.slow
def test_the_last_few_are_kept_with_all_that_a_run_is(run_dir, gan):
    save(gan, run_dir, 40, keep=2)
    assert checkpoint_steps(run_dir / "checkpoints") == [30, 40]
    assert names(run_dir / "checkpoints") == [
        f"ckpt-{step}{ending}" for step in (30, 40) for ending in (DATA, INDEX, RECORD)
    ]
    path = run_dir / "checkpoints" / "ckpt-40"
    record = read_record(path)
    assert Config.from_json(record["config"], where=path) == CONFIG
    assert record["versions"] == versions() and versions()["tensorflow"] == tf.__version__
    saved = "\n".join(tf.train.load_checkpoint(str(path)).get_variable_to_shape_map())
    for part in ("generator", "discriminator", "ema_generator", "g_optimizer", "d_optimizer"):
        assert f"gan/{part}/" in saved
    for counter in ("step", "nonfinite_steps", "nonfinite_in_a_row", "rollbacks"):
        assert f"gan/{counter}/" in saved


def damage(path, how):
    data, index = path.with_name(path.name + DATA), path.with_name(path.name + INDEX)
    content = data.read_bytes()
    if how == "truncated":
        data.write_bytes(content[: len(content) // 2])
    elif how == "zeroed":
        middle = len(content) // 2
        data.write_bytes(content[:middle] + bytes(512) + content[middle + 512 :])
    elif how == "all zeros":
        data.write_bytes(bytes(len(content)))
    elif how == "empty":
        data.write_bytes(b"")
    elif how == "without data":
        data.unlink()
    elif how == "half an index":
        index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])
    elif how == "empty index":
        index.write_bytes(b"")
    elif how == "zeroed index":
        index.write_bytes(bytes(index.stat().st_size))
    elif how == "half a record":
        record = path.with_name(path.name + RECORD)
        record.write_bytes(record.read_bytes()[:100])
    elif how == "another one's data":
        shutil.copy(path.with_name("ckpt-10" + DATA), data)


@pytest.mark.parametrize(
    "how",
    [
        "truncated",
        "zeroed",
        "all zeros",
        "empty",
        "without data",
        "half an index",
        "empty index",
        "zeroed index",
        "half a record",
        "another one's data",
    ],
)
def test_a_damaged_checkpoint_gives_way_to_the_one_before_it(run_dir, how, caplog, gan):
    damage(run_dir / "checkpoints" / "ckpt-30", how)
    with caplog.at_level("WARNING", logger="kerasgan"):
        read_newest(gan, run_dir, CONFIG)
    assert int(gan.step.numpy()) == 20
    assert first_weight(gan) == 20
    (warning,) = [record for record in caplog.records if record.name.startswith("kerasgan")]
    assert "ckpt-30 is damaged and cannot be read" in warning.getMessage()
    assert "Going back to the checkpoint before it" in warning.getMessage()


def test_no_flipped_bit_goes_unnoticed(run_dir, saveable):
    random = np.random.default_rng(0)
    path = run_dir / "checkpoints" / "ckpt-30"
    for _ in range(25):
        file = path.with_name(path.name + random.choice([DATA, INDEX, RECORD]))
        sound = file.read_bytes()
        position = random.integers(len(sound))
        flipped = bytearray(sound)
        flipped[position] ^= 1 << random.integers(8)
        file.write_bytes(flipped)
        with pytest.raises(UserError, match="ckpt-30 is damaged and cannot be read"):
            read_checkpoint(saveable, path, CONFIG)
        file.write_bytes(sound)
    read_checkpoint(saveable, path, CONFIG)


def test_an_error_says_that_all_are_damaged(run_dir, gan):
    for step in (10, 20, 30):
        damage(run_dir / "checkpoints" / f"ckpt-{step}", "truncated")
    with pytest.raises(UserError, match="ckpt-10 is damaged and cannot be read"):
        read_newest(gan, run_dir, CONFIG)


def test_all_variables_are_saved_that_tensorflow_would_save(run_dir, gan, saveable):
    writer = CheckpointWriter(saveable)
    writer.write(run_dir / "checkpoints", 40, keep=3)
    images = np.zeros([4, *CONFIG.image_shape], np.float32)
    gan.fit(tf.data.Dataset.from_tensors(images), epochs=2, verbose=0, shuffle=False)
    path = writer.write(run_dir / "checkpoints", 50, keep=3)
    saveable.write(str(run_dir / "plain"))
    ours, plain = (tf.train.load_checkpoint(str(at)) for at in (path, run_dir / "plain"))
    shapes = plain.get_variable_to_shape_map()
    assert ours.get_variable_to_shape_map() == shapes
    for name in shapes.keys() - {"_CHECKPOINTABLE_OBJECT_GRAPH"}:
        np.testing.assert_array_equal(ours.get_tensor(name), plain.get_tensor(name), err_msg=name)


def test_a_missing_variable_is_named(run_dir, gan):
    parts = {
        name: getattr(gan, name)
        for name in ("generator", "discriminator", "ema_generator", "g_optimizer")
    }
    partial = tf.train.Checkpoint(gan=tf.train.Checkpoint(**parts))
    CheckpointWriter(partial).write(run_dir / "checkpoints", 40, keep=3)
    with pytest.raises(UserError, match=r"ckpt-40 .*not of the model in config.json: .*adam.*"):
        read_newest(gan, run_dir, CONFIG)


def test_another_config_is_named(run_dir, gan):
    other = dataclasses.replace(CONFIG, beta_1=0.5)
    with pytest.raises(UserError, match=r"ckpt-30 is of a run with --beta_1=0.0, but .* has 0.5"):
        read_newest(gan, run_dir, other)


def test_a_checkpoint_of_version_0_1_is_read(run_dir, gan):
    path = run_dir / "checkpoints" / "ckpt-30"
    record = read_record(path)
    del record["config"]["format"]  # it had no number
    del record["config"]["max_minutes"]  # as if the setting had not existed
    record["best"] = None
    checkpoints._write_record(path, record)
    assert read_newest(gan, run_dir, CONFIG) == record
    assert int(gan.step.numpy()) == 30


def test_a_checkpoint_of_a_newer_version_is_refused(run_dir, gan):
    path = run_dir / "checkpoints" / "ckpt-30"
    record = read_record(path)
    record["config"]["format"] = 99
    checkpoints._write_record(path, record)
    with pytest.raises(UserError, match="checkpoints/ckpt-30: has format 99, but"):
        read_newest(gan, run_dir, CONFIG)


def test_a_warning_names_what_has_another_version(run_dir, gan, monkeypatch, caplog):
    record = read_newest(gan, run_dir, CONFIG)
    warn_of_other_versions(record)
    warn_of_other_versions({})  # a checkpoint that kerasgan did not write
    assert caplog.messages == []
    monkeypatch.setattr(keras, "__version__", "3.0.0")
    warn_of_other_versions(record)
    (message,) = caplog.messages
    assert message.startswith("The run was saved with another version of keras: it continues")


def test_a_full_disk_leaves_what_was_there(run_dir, saveable):
    before = {path.name: path.read_bytes() for path in (run_dir / "checkpoints").iterdir()}
    writer = CheckpointWriter(saveable)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(map(len, before.values()))
    for limit in (0, 100, size // 2, size - 1):  # bytes that a file may have
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            with pytest.raises(WriteError):
                writer.write(run_dir / "checkpoints", 40, keep=3)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        after = {path.name: path.read_bytes() for path in (run_dir / "checkpoints").iterdir()}
        assert after == before
    writer.write(run_dir / "checkpoints", 40, keep=3)
    assert checkpoint_steps(run_dir / "checkpoints") == [20, 30, 40]


def test_going_back_passes_over_steps_that_were_not_finite(run_dir, gan):
    latents = gan._latents(tf.zeros([2, 1])).numpy()
    gan.nonfinite_in_a_row.assign(4)
    save(gan, run_dir, 40)
    go_back(gan, run_dir, CONFIG)
    assert int(gan.step.numpy()) == 30
    assert int(gan.nonfinite_in_a_row.numpy()) == 0
    assert int(gan.rollbacks.numpy()) == 1
    others = gan._latents(tf.zeros([2, 1])).numpy()
    assert np.abs(others - latents).min() > 1e-3
    go_back(
        gan, run_dir, CONFIG
    )  # the checkpoint does not know that the run went back, but the run does
    assert int(gan.rollbacks.numpy()) == 2
    # The later steps, which were given up, are not found again.
    save(gan, run_dir, 15)
    assert checkpoint_steps(run_dir / "checkpoints") == [15]
