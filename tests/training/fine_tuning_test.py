"""Runs that begin with the networks of another."""

import dataclasses
import json
import pathlib
import shutil

import numpy as np
import pytest

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.model.build import build_gan
from kerasgan.runs.checkpoints import remove_checkpoint
from kerasgan.runs.origin import Origin, read_origin, take_over
from kerasgan.runs.restore import restore_run
from kerasgan.serving.other_runtimes import export_file
from kerasgan.training.loop import train
from kerasgan.training.open_run import open_run

NETWORKS = ("generator", "ema_generator", "discriminator")
STEPS_PER_EPOCH = 5


def config(init_from, **settings):
    small = {
        "num_images": 40,
        "image_size": 16,
        "batch_size": 8,
        "base_filters": 4,
        "latent_dim": 6,
        "skip_sums": False,
        "penalty": "none",  # quick to compile
        "num_samples": 4,
        "log_every_steps": 2,
        "sample_every_steps": 100,
        "metrics": "swd",
        "best_metric": "swd",
        "epochs": 2,
        "seed": 3,
    }
    return Config(**{**small, "init_from": str(init_from), **settings})


@pytest.fixture(scope="module")
def origin(untrained_run):
    """A run with a checkpoint at step 5: its model, whose average is no copy of G, and folder."""
    run, run_dir = untrained_run()
    return run.gan, run_dir


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def copy(origin):
    """The origin in a place from which it can be taken away."""
    return pathlib.Path(shutil.copytree(origin[1], "origin"))


def assert_same(one, other, names=NETWORKS):
    for name in names:
        pairs = zip(getattr(one, name).weights, getattr(other, name).weights, strict=True)
        for expected, actual in pairs:
            np.testing.assert_array_equal(actual, expected, err_msg=actual.path)


def saved(run_dir):
    return json.loads((run_dir / "config.json").read_text())


@pytest.mark.slow
def test_a_run_begins_with_weights_alone_and_says_whose(origin, copy, caplog):
    gan, _ = origin
    with (
        caplog.at_level("INFO", logger="kerasgan"),
        open_run(config("origin:5"), pathlib.Path("run")) as run,
    ):
        assert_same(gan, run.gan)
        assert not np.array_equal(run.gan.generator.weights[-1], run.gan.ema_generator.weights[-1])
        assert run.step == int(run.gan.g_optimizer.iterations.numpy()) == 0
        assert not any(np.any(value) for value in run.gan.d_optimizer._momentums)
    total = [len(network.weights) for network in (gan.generator, gan.discriminator)]
    assert (
        f"The run begins with origin:5, step 5: {total[0]} of {total[0]} variables of the "
        f"generator, {total[1]} of {total[1]} variables of the discriminator." in caplog.messages
    )
    known = saved(pathlib.Path("run"))
    assert (known["init_from"], known["init_digest"]) == (
        "origin:5",
        read_origin("origin").digest(),
    )


@pytest.mark.slow
def test_a_continued_run_is_the_uninterrupted_one_and_needs_no_origin(copy):
    settings = {"freeze_d": 1, "learning_rate_decay": "none"}
    whole = train(config("origin", **settings), pathlib.Path("whole"))
    begun = config("origin", **settings, max_minutes=1e-9)  # stops after a step
    train(begun, pathlib.Path("parts"))
    shutil.rmtree("origin")
    remove_checkpoint(pathlib.Path("parts/checkpoints"), 1)  # as a kill leaves it, at step 0
    parts = train(config("origin", **settings), pathlib.Path("parts"))
    assert int(parts.gan.step.numpy()) == 2 * STEPS_PER_EPOCH
    assert len(parts.gan.variables) == len(whole.gan.variables)
    for expected, actual in zip(whole.gan.variables, parts.gan.variables, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=actual.path)
    metadata = (parts.saved_model / "assets" / "metadata.json").read_text()
    assert json.loads(metadata)["config"]["init_digest"] == saved(parts.run_dir)["init_digest"]
    with pytest.raises(UserError, match=r"--init_from=other: the run in parts has origin; only "):
        train(config("other", **settings), pathlib.Path("parts"))
    with pytest.raises(UserError, match=r"--freeze_d=0: the run in parts has 1; only "):
        train(config("origin", learning_rate_decay="none"), pathlib.Path("parts"))
    restored = restore_run(pathlib.Path("parts")).gan
    assert len(restored.d_optimizer.variables) == len(whole.gan.d_optimizer.variables)


def test_a_run_killed_before_its_first_checkpoint_begins_with_the_same_again(
    copy, untrained_run, monkeypatch
):
    run_dir = pathlib.Path("run")
    with open_run(config("origin"), run_dir):
        pass  # its settings are written, and nothing else
    with open_run(config("origin"), run_dir) as run:
        assert_same(read_origin("origin"), run.gan)
    _, folder = untrained_run(seed=1)
    shutil.rmtree("origin")
    shutil.copytree(folder, "origin")
    with pytest.raises(UserError, match="--init_from=origin: is not what the run in run began "):
        train(config("origin"), run_dir)
    shutil.rmtree("origin")
    with pytest.raises(UserError, match="--init_from=origin: no such folder; must be a run's"):
        train(config("origin"), run_dir)


def test_replicas_begin_with_the_same_weights(origin):
    settings = {"strategy": "mirrored", "batch_size": 32, "num_images": 64}
    with open_run(config(origin[1], **settings), pathlib.Path("run")) as run:
        assert run.strategy.num_replicas_in_sync > 1
        assert_same(origin[0], run.gan)
        weight = run.gan.generator.weights[0]
        for one in run.strategy.experimental_local_results(weight.value):
            np.testing.assert_array_equal(one, origin[0].generator.weights[0])


def test_two_keras_files_are_an_origin(origin):
    gan, _ = origin
    export_file(
        gan.ema_generator, pathlib.Path("a/b.keras"), "keras", discriminator=gan.discriminator
    )
    with open_run(config("a/b.keras"), pathlib.Path("run")) as run:
        assert_same(gan, run.gan, NETWORKS[1:])
        pairs = zip(gan.ema_generator.weights, run.gan.generator.weights, strict=True)
        for expected, actual in pairs:
            np.testing.assert_array_equal(actual, expected)
    for settings, message in [
        ({"image_size": 32}, "a/b.keras: has --image_size=16x16, not 32x32; must be the same, or"),
        ({"base_filters": 8}, r"a/b.keras: 0 of 22 variables fit"),
    ]:
        with pytest.raises(UserError, match="^--init_from=" + message):
            train(config("a/b.keras", **settings))
    with pytest.raises(UserError, match=r"--init_from=a/b.keras:best: a file has one state"):
        read_origin("a/b.keras:best")
    pathlib.Path("a/b.keras").write_bytes(b"nonsense")
    with pytest.raises(UserError, match=r"--init_from=a/b.keras: a/b.keras cannot be read: "):
        read_origin("a/b.keras")
    pathlib.Path("a/b.discriminator.keras").unlink()
    with pytest.raises(UserError, match=r"cannot be read|there is no file a/b.discriminator.keras"):
        read_origin("a/b.keras")
    assert not pathlib.Path("runs").exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": 24}, "has --image_size=16x16, not 24x24; must be the same, or give --init"),
        ({"channels": 1}, "has --channels=3, not 1; must be the same, or give --init_partial"),
        ({"latent_dim": 7}, "has --latent_dim=6, not 7; must be the same, or give --init_partial"),
        ({"normalization": "none"}, "has --normalization=spectral, not none; must be the same"),
        ({"network": "resnet"}, "has --network=dcgan, not resnet; networks of another family"),
        (
            {"network": "resnet", "init_partial": True},
            "has --network=dcgan, not resnet; networks of another family",
        ),
    ],
)
def test_other_networks_are_refused_by_name(origin, settings, message):
    with pytest.raises(UserError, match=rf"^--init_from={origin[1]}: {message}"):
        train(config(origin[1], **settings))
    assert not pathlib.Path("runs").exists()


def test_what_cannot_be_an_origin_is_refused_in_one_line(copy):
    def refusal(source):
        with pytest.raises(UserError) as refused:
            read_origin(source)
        (line,) = str(refused.value).splitlines()
        return line

    pathlib.Path("photos").mkdir()
    assert refusal("photos").startswith("--init_from=photos: there is no run there; must be")
    assert refusal("nowhere").startswith("--init_from=nowhere: no such folder; must be a run's")
    assert refusal("nowhere.keras") == "--init_from=nowhere.keras: there is no file nowhere.keras"
    assert refusal("origin:7") == "--init_from=origin:7: must be last, best, or a step of 5"
    assert refusal("origin:best").startswith("--init_from=origin: the run has no best checkpoint")
    assert refusal("gs://bucket/run").startswith("--init_from=gs://bucket/run: is a URL")
    (index,) = pathlib.Path("origin/checkpoints").glob("*.index")
    index.write_bytes(b"nonsense")
    assert "checkpoints/ckpt-5 is damaged and cannot be read" in refusal("origin")
    index.unlink()
    assert refusal("origin").startswith("--init_from=origin: the run has no checkpoint yet")


def networks_of(**settings):
    """An origin that was never written."""
    of_run = config("elsewhere", **settings)
    gan = build_gan(of_run)
    parts = {name: getattr(gan, name) for name in NETWORKS}
    for network in parts.values():
        network.set_weights([weight + 1 for weight in network.get_weights()])
    return Origin(source="there", settings={}, config=of_run, step=5, **parts)


def test_what_fits_is_taken_over_counted_and_named(caplog):
    grey = config("there", channels=1, init_partial=True)
    gan, origin = build_gan(grey), networks_of()
    before = gan.discriminator.get_weights()
    with caplog.at_level("INFO", logger="kerasgan"):
        take_over(origin, gan, grey)
    # G: 1 dense kernel, 2 batch norms of 4, 1 inner kernel and the last. D: 3 layers of kernel,
    # singular vectors and, except the last, bias.
    assert caplog.messages == [
        "The run begins with there, step 5: 10 of 11 variables of the generator, 7 of 11 variables "
        "of the discriminator.",
        "Layers that begin with random weights: Conv2DTranspose [4, 4, 1, 4], "
        "SpectralConv2D [4, 4, 1, 4].",
    ]
    pairs = zip(gan.discriminator.weights, origin.discriminator.weights, before, strict=True)
    for index, (actual, theirs, own) in enumerate(pairs):
        np.testing.assert_array_equal(actual, own if index < 4 else theirs)
    held = dataclasses.replace(grey, freeze_d=1)
    with pytest.raises(UserError, match=r"^--freeze_d=1: would hold layers that --init_from=there"):
        take_over(origin, build_gan(held), held)


def test_labels_decide_what_is_taken_over_too(caplog):
    labels = {"label_kind": "classes", "label_names": ("cat", "dog")}
    origin = networks_of(**labels)
    others = {"label_kind": "classes", "label_names": ("cat", "emu")}
    ours = config("there", **others)
    with pytest.raises(
        UserError,
        match=r"^--init_from=there: has other labels: number 1 was dog and is emu; must be",
    ):
        take_over(origin, build_gan(ours), ours)
    with caplog.at_level("INFO", logger="kerasgan"):
        partial = dataclasses.replace(ours, init_partial=True)
        gan = build_gan(partial)
        take_over(origin, gan, partial)
    assert caplog.messages[1] == (
        "Layers that begin with random weights: Dense [2, 6], SpectralDense [2, 64], "
        "SpectralDense [64, 9]."
    )
    same = config("there", **labels)
    gan = build_gan(same)
    take_over(origin, gan, same)
    assert_same(origin, gan)


def test_more_parts_than_there_are_cannot_be_held(origin):
    with pytest.raises(
        UserError,
        match=r"^--freeze_d=3: must be at most 2 with --network=dcgan and --image_size=16x16$",
    ):
        train(config(origin[1], freeze_d=3))
    assert not pathlib.Path("runs").exists()
