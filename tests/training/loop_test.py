import errno
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config, DataSettings
from kerasgan.data import batches, load_images
from kerasgan.errors import RunError, UserError
from kerasgan.metrics import inception2015
from kerasgan.runs import restore
from kerasgan.runs.checkpoints import checkpoint_steps, read_record
from kerasgan.runs.restore import restore_run
from kerasgan.serving.saved_model import export_saved_model
from kerasgan.training import finish, loop, open_run
from kerasgan.training.callbacks import evaluate_generator
from kerasgan.training.callbacks.setup import watch
from kerasgan.training.loop import train

STEPS_PER_EPOCH = 5
CHECKPOINT_ENDINGS = (".data-00000-of-00001", ".index", ".json")


# The default recipe takes twice as long to compile as this one. Few of these tests are about it.
PLAIN = {"penalty": "none", "skip_sums": False, "minibatch_deviation": False}
DEFAULT = {name: getattr(Config(), name) for name in PLAIN}


def config(**settings):
    small = {
        **PLAIN,
        "num_images": 40,
        "image_size": 16,
        "batch_size": 8,
        "base_filters": 4,
        "latent_dim": 6,
        "num_samples": 4,
        "log_every_steps": 2,
        "sample_every_steps": 4,
        "epochs": 3,
        "learning_rate_decay": "none",  # a decay depends on the run's length
    }
    return Config(**{**small, **settings})


@pytest.fixture(autouse=True)
def empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def all_rows(run_dir):
    return [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]


def rows(run_dir):
    """The rows of training, without the clock's figure."""
    training = [row for row in all_rows(run_dir) if "g_loss" in row]
    return [{k: v for k, v in row.items() if k != "images_per_second"} for row in training]


def measured(run_dir, name):
    """One score by step. Complete runs are measured once more, in full: so are parts of a run."""
    return {row["step"]: row[name] for row in all_rows(run_dir) if name in row}


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_run_leaves_everything_it_promises():
    outcome = train(config(**DEFAULT))
    assert outcome.run_dir == pathlib.Path("runs/0001-synthetic_faces")
    assert names(outcome.run_dir) == [
        "best",
        "checkpoints",
        "config.json",
        "finished.json",
        "logs",
        "metrics.jsonl",
        "report.html",
        "run.lock",
        "samples",
    ]
    assert Config.load(outcome.run_dir / "config.json") == config(**DEFAULT)
    assert outcome.signal is None
    steps = [row["step"] for row in rows(outcome.run_dir)]
    assert steps == [2, 4, 5, 6, 8, 10, 12, 14, 15]  # every second one and the ends of epochs
    assert [row["epoch"] for row in rows(outcome.run_dir)] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert set(rows(outcome.run_dir)[0]) == {
        "step",
        "epoch",
        "g_loss",
        "d_loss",
        "real_score",
        "fake_score",
        "g_gradient_norm",
        "d_gradient_norm",
        "d_penalty",
        "nonfinite_steps",
        "rollbacks",
        "g_learning_rate",
        "d_learning_rate",
    }
    assert names(outcome.run_dir / "checkpoints") == [
        f"ckpt-{step}{ending}" for step in (10, 15, 5) for ending in CHECKPOINT_ENDINGS
    ]
    grids = [f"{kind}_{step:08d}.png" for kind in ("ema", "plain") for step in (0, 4, 8, 12, 15)]
    assert names(outcome.run_dir / "samples") == sorted([*grids, "real_00000000.png"])
    assert outcome.saved_model == pathlib.Path("saved_models/generator/1")
    assert list(measured(outcome.run_dir, "swd40")) == [5, 10, 15]  # every epoch


@pytest.mark.slow
def test_images_of_odd_sides_come_out_as_they_went_in():
    outcome = train(
        config(image_size="19x33", epochs=1, metrics="swd,msssim,kid", evaluate_images_at_end=40)
    )
    for metric in ("swd40", "msssim40_generated", "kid40_embedded"):
        assert list(measured(outcome.run_dir, metric)) == [5]
    signatures = tf.saved_model.load(str(outcome.saved_model)).signatures
    images = signatures["serving_default"](tf.ones([2, 6]))["images"]
    assert images.shape == (2, 19, 33, 3)
    np.testing.assert_array_equal(images, outcome.gan(tf.ones([2, 6])))


@pytest.mark.slow
def test_the_best_state_is_exported_and_not_the_last():
    outcome = train(
        config(
            epochs=6,
            g_learning_rate=0.02,
            d_learning_rate=0.2,
            loss="hinge",
            beta_2=0.999,
            ema_half_life_images=274,
            metrics="swd",
            best_metric="swd",
        )
    )
    scores = measured(outcome.run_dir, "swd40")
    best = min(scores, key=scores.get)
    assert best != 30  # at these rates the run goes wrong
    assert outcome.exported_step == best
    saved = tf.saved_model.load(str(outcome.saved_model)).signatures["serving_default"]
    latents = tf.random.stateless_normal([4, 6], seed=[1, 1])
    exported = saved(latents=latents)["images"]
    generator = restore_run(outcome.run_dir, "best").gan.ema_generator
    np.testing.assert_allclose(exported, generator(latents, training=False), atol=1e-5)
    assert np.abs(exported - outcome.gan.ema_generator(latents, training=False)).max() > 0.01


@pytest.mark.slow
def test_a_damaged_best_state_does_not_keep_a_run_from_its_end(caplog):
    run_dir = train(config(epochs=1), pathlib.Path("run")).run_dir
    best = json.loads((run_dir / "best" / "best.json").read_text())
    best["value"] = -1.0  # nothing that follows is as good
    (run_dir / "best" / "best.json").write_text(json.dumps(best))
    data = run_dir / "best" / "ckpt-5.data-00000-of-00001"
    data.write_bytes(data.read_bytes()[: data.stat().st_size // 2])
    outcome = train(config(epochs=2), run_dir)
    assert outcome.complete and outcome.exported_step == 10
    said = " ".join(caplog.messages)
    assert said.count("--run_dir=run: best/ckpt-5 is damaged and cannot be read") == 2
    assert "The last state is exported instead." in said
    assert all_rows(run_dir)[-1]["step"] == 10


@pytest.mark.slow
def test_health_warnings_are_in_the_rows():
    settings = {**DEFAULT, "d_learning_rate": 0.05, "normalization": "none"}
    train(config(**settings, evaluate_every_epochs=40, epochs=40), pathlib.Path("sick"))
    warnings = [row for row in all_rows(pathlib.Path("sick")) if "warning" in row]
    assert len(warnings) == 1
    assert "lower --g_learning_rate" in warnings[0]["sentence"]


@pytest.mark.slow
def test_the_rows_are_the_models_own_figures():
    # With one row a step, a row is what train_step returned: compare with a run of one step.
    one = train(config(log_every_steps=1, epochs=1), pathlib.Path("one"))
    from kerasgan.model.build import build_gan

    images = load_images(
        DataSettings(dataset="synthetic_faces", image_size=16, num_images=40), seed=0
    )
    gan = build_gan(config())
    first = next(iter(batches(images, batch_size=8, first_step=0, last_step=1, seed=0)))
    results = gan.train_step(first)
    row = rows(one.run_dir)[0]
    for name, value in results.items():
        np.testing.assert_allclose(row[name], value, rtol=1e-4, err_msg=name)


def test_the_samples_are_those_of_the_generator():
    outcome = train(config(epochs=1))
    from kerasgan.pixels import make_grid, to_uint8
    from kerasgan.training.callbacks.record_samples import sample_latents

    for kind, network in (("ema", outcome.gan.ema_generator), ("plain", outcome.gan.generator)):
        picture = (outcome.run_dir / "samples" / f"{kind}_00000005.png").read_bytes()
        images = network(sample_latents(4, 6, seed=0), training=False).numpy()
        np.testing.assert_array_equal(
            tf.io.decode_png(picture), make_grid(to_uint8(images), columns=2)
        )


@pytest.mark.slow
@pytest.mark.parametrize(
    "recipe", [{**DEFAULT, "normalization": "spectral"}, {**PLAIN, "normalization": "batch"}]
)
def test_a_run_stopped_after_an_epoch_and_continued_is_the_uninterrupted_one(recipe):
    settings = {**recipe, "random_flip": True}
    whole = train(config(**settings), pathlib.Path("whole"))
    first = train(config(**settings, epochs=1), pathlib.Path("parts"))
    rest = train(config(**settings), first.run_dir)
    assert rows(rest.run_dir) == rows(whole.run_dir)
    for expected, actual in zip(whole.gan.variables, rest.gan.variables, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=actual.path)
    assert measured(rest.run_dir, "kid40_embedded") == measured(whole.run_dir, "kid40_embedded")
    assert rest.saved_model.name == "3"  # each part exported its own


SMALL_FLAGS = [
    "--num_images=40",
    "--image_size=16",
    "--batch_size=8",
    "--base_filters=4",
    "--penalty=none",
    "--noskip_sums",
    "--nominibatch_deviation",
    "--num_samples=4",
    "--log_every_steps=2",
    "--sample_every_steps=100000",
    "--learning_rate_decay=none",
]


def checkpoint_values(run_dir):
    last = checkpoint_steps(run_dir / "checkpoints")[-1]
    reader = tf.train.load_checkpoint(str(run_dir / "checkpoints" / f"ckpt-{last}"))
    # How often was saved is no part of the run: a stop saves once more.
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("gan/")]
    assert len(names) > 50
    return {name: reader.get_tensor(name) for name in names}


@pytest.mark.slow
def test_ctrl_c_finishes_the_step_saves_exports_and_says_how_to_continue():
    command = [sys.executable, "-m", "kerasgan.main"]
    process = subprocess.Popen(
        [*command, *SMALL_FLAGS, "--epochs=2000", "--run_dir=run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    metrics = pathlib.Path("run/metrics.jsonl")
    while not (metrics.exists() and len(metrics.read_text().splitlines()) > 10):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 128 + signal.SIGINT
    assert "python -m kerasgan.main --run_dir=run" in output
    assert "Traceback" not in errors
    assert names(pathlib.Path("saved_models/generator")) == ["1"]

    # Continued to the end of its epoch, in the middle of which it may have been stopped.
    stopped_at = int(output.split("stopped at step ")[1].split(";")[0])
    epochs = f"--epochs={stopped_at // STEPS_PER_EPOCH + 1}"
    subprocess.run([*command, "--run_dir=run", epochs], check=True)
    subprocess.run([*command, *SMALL_FLAGS, epochs, "--run_dir=whole"], check=True)
    assert rows(pathlib.Path("run")) == rows(pathlib.Path("whole"))
    rest, whole = (checkpoint_values(pathlib.Path(folder)) for folder in ("run", "whole"))
    assert rest.keys() == whole.keys()
    for name, expected in whole.items():
        np.testing.assert_array_equal(rest[name], expected, err_msg=name)


@pytest.mark.slow
def test_several_steps_in_one_execution_make_the_same_run(monkeypatch):
    settings = {"num_images": 64, "log_every_steps": 4, "sample_every_steps": 8, "epochs": 2}
    settings |= DEFAULT
    one = train(config(**settings), pathlib.Path("one"))
    assert one.gan.steps_per_execution == 1
    choose = loop.choose_steps_per_execution  # as it would be on a GPU
    monkeypatch.setattr(
        loop,
        "choose_steps_per_execution",
        lambda *arguments, **options: choose(*arguments, **{**options, "on_gpu": True}),
    )
    several = train(config(**settings), pathlib.Path("several"))
    assert several.gan.steps_per_execution == 4
    assert rows(several.run_dir) == rows(one.run_dir)
    assert names(several.run_dir / "samples") == names(one.run_dir / "samples")
    for expected, actual in zip(one.gan.variables, several.gan.variables, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=actual.path)


@pytest.mark.slow
def test_after_going_back_the_new_number_of_steps_per_execution_takes_effect(monkeypatch):
    fits = []

    def spoil_the_first(images, **options):
        fits.append(options["first_step"])
        data = batches(images, **options)
        return data.map(lambda batch: batch * np.nan) if len(fits) == 1 else data

    monkeypatch.setattr(loop, "batches", spoil_the_first)
    monkeypatch.setattr(loop, "choose_steps_per_execution", lambda *_, **__: 5 if fits else 1)
    outcome = train(config(epochs=2, max_nonfinite_steps=3), pathlib.Path("run"))
    assert fits == [0, 0]
    assert outcome.gan.steps_per_execution == 5
    assert outcome.complete and int(outcome.gan.step.numpy()) == 10


@pytest.mark.slow
def test_rows_written_after_the_last_checkpoint_come_once():
    whole = train(config(), pathlib.Path("whole"))
    first = train(config(epochs=1), pathlib.Path("killed"))
    with (first.run_dir / "metrics.jsonl").open("a") as file:  # as a killed run leaves them
        file.write('{"step": 6, "epoch": 2}\n{"step": 8, "ep')
    rest = train(config(), first.run_dir)
    assert rows(rest.run_dir) == rows(whole.run_dir)


@pytest.mark.slow
def test_four_replicas_make_the_same_run():
    # Groups of four images on each device.
    settings = {"minibatch_deviation": True, "num_images": 80, "batch_size": 16}
    one = train(config(**settings, strategy="single", epochs=1), pathlib.Path("one"))
    four = train(config(**settings, strategy="mirrored", epochs=1), pathlib.Path("four"))
    for ours, theirs in zip(rows(four.run_dir), rows(one.run_dir), strict=True):
        assert ours["step"] == theirs["step"]
        for name in ("g_loss", "d_loss"):
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-2)
    continued = train(config(**settings, strategy="mirrored", epochs=2), four.run_dir)
    assert [row["step"] for row in rows(continued.run_dir)] == [2, 4, 5, 6, 8, 10]


@pytest.mark.slow
def test_a_run_trains_in_any_thread():
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(train(config(epochs=1))))
    thread.start()
    thread.join()
    assert outcomes[0].complete


@pytest.mark.slow
def test_a_continued_run_reads_each_checkpoint_file_once(monkeypatch):
    run_dir = train(config(epochs=1)).run_dir
    read = []

    def count(path):
        read.append(path.name)
        return read_record(path)

    monkeypatch.setattr(restore, "read_record", count)
    with open_run.open_run(config(epochs=2), run_dir) as run:
        watch(run, run.record)
    assert read == ["ckpt-5"]


def test_the_extractor_is_kept_in_the_cache_of_the_run(tmp_path):
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / inception2015.FILE).write_bytes(b"not the graph")
    with pytest.raises(UserError, match=f"{cache}/{inception2015.FILE} has MD5"):
        train(config(extractor="inception2015", cache_dir=str(cache)))


@pytest.mark.parametrize(
    ("dataset", "label"),
    [
        ("synthetic_faces", "synthetic_faces"),
        ("tfds:celeb_a_hq/256", "tfds_celeb_a_hq_256"),
        ("/home/ann/my cats.zip", "my_cats"),
        (".", "empty_folder"),
        ("../empty_folder/", "empty_folder"),
        ("ü" * 250, "ü" * 60),
    ],
)
def test_the_folder_of_a_run_says_which_data_it_learnt_from(dataset, label, tmp_path, monkeypatch):
    (tmp_path / "empty_folder").mkdir()
    monkeypatch.chdir(tmp_path / "empty_folder")
    assert open_run._label(dataset) == label


def test_devices_must_share_the_batch_evenly():
    with pytest.raises(UserError, match="--batch_size=6: must be a multiple of 4"):
        train(config(strategy="mirrored", batch_size=6))


def test_devices_must_share_the_parts_of_the_batch_evenly():
    message = r"--batch_size=24: must be a multiple of 16 with --accumulate_steps=4 on 4 devices$"
    with pytest.raises(UserError, match=message):
        train(config(strategy="mirrored", batch_size=24, accumulate_steps=4))


@pytest.mark.slow
def test_a_run_in_parts_is_stopped_and_continued_to_the_same_bits():
    settings = {"accumulate_steps": 2, "epochs": 1, "metrics": "swd", "best_metric": "swd"}
    whole = train(config(**settings), pathlib.Path("whole"))
    train(config(**settings, max_minutes=1e-9), pathlib.Path("parts"))  # stops after a step
    with pytest.raises(UserError, match="--accumulate_steps=4: the run in parts has 2"):
        train(config(**{**settings, "accumulate_steps": 4}), pathlib.Path("parts"))
    parts = train(config(**settings), pathlib.Path("parts"))
    assert rows(parts.run_dir) == rows(whole.run_dir)
    for expected, actual in zip(whole.gan.variables, parts.gan.variables, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=actual.path)


def test_mistakes_are_found_before_anything_is_written(tmp_path):
    (tmp_path / "file").touch()
    for settings, run_dir, message in [
        ({"batch_size": 41}, None, "--batch_size=41: must be at most 40"),
        ({"dataset": "nonsense"}, None, "--dataset=nonsense: no such data set"),
        ({}, tmp_path / "file", "--run_dir=.*is a file|is not a folder"),
        ({"saved_models_dir": str(tmp_path / "file")}, None, "--saved_models_dir=.*not a folder"),
        ({"metrics": "swd,l2"}, None, "--metrics=swd,l2: l2: must be one or more of"),
        ({"metrics": "swd"}, None, "--best_metric=kid: must be measured, but --metrics=swd"),
        ({"extractor": "resnet"}, None, "--extractor=resnet"),
    ]:
        with pytest.raises(UserError, match=message):
            train(config(**settings), run_dir)
        assert names(tmp_path) == ["file"]


@pytest.mark.slow
def test_a_run_that_began_and_ended_in_the_folder_meanwhile_is_left_alone(monkeypatch):
    def load_slowly(*arguments, **options):
        monkeypatch.setattr(open_run, "load_images", load_images)
        train(config(epochs=1), pathlib.Path("run"))
        return load_images(*arguments, **options)

    monkeypatch.setattr(open_run, "load_images", load_slowly)
    with pytest.raises(UserError, match="--run_dir=run: another process has begun a run there"):
        train(config(epochs=2), pathlib.Path("run"))
    assert Config.load(pathlib.Path("run/config.json")) == config(epochs=1)
    assert checkpoint_steps(pathlib.Path("run/checkpoints")) == [0, 5]


@pytest.mark.slow
def test_a_finished_run_can_only_be_continued_with_more_epochs():
    outcome = train(config(epochs=1))
    before = (outcome.run_dir / "metrics.jsonl").read_text()
    with pytest.raises(UserError, match=r"--epochs=1: the run in .* has done 1 epochs"):
        train(config(epochs=1), outcome.run_dir)
    with pytest.raises(UserError, match=r"--seed=3: the run in .* has 0"):
        train(config(epochs=2, seed=3), outcome.run_dir)
    assert (outcome.run_dir / "metrics.jsonl").read_text() == before


def without_clock(run_dir):
    return [{k: v for k, v in row.items() if k != "images_per_second"} for row in all_rows(run_dir)]


class KilledError(Exception):
    pass


def at_the_end(monkeypatch, accident):
    """Something happens as a complete run is measured, before that is recorded or exported."""

    def meet(*arguments, **options):
        if options["count"] == 30:
            monkeypatch.setattr(evaluate_generator, "evaluate", really_evaluate)
            accident()
        return really_evaluate(*arguments, **options)

    really_evaluate = evaluate_generator.evaluate
    monkeypatch.setattr(evaluate_generator, "evaluate", meet)


UNEVEN = {
    "epochs": 2,
    "evaluate_every_epochs": 4,
    "evaluate_images": 20,
    "evaluate_images_at_end": 30,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The uninterrupted run."""
    place = tmp_path_factory.mktemp("whole")
    return train(config(**UNEVEN, saved_models_dir=str(place / "models")), place / "run")


def assert_finished(run_dir, whole):
    outcome = train(config(**UNEVEN), run_dir)
    assert outcome.complete and outcome.status == 0 and outcome.saved_model is not None
    assert without_clock(run_dir) == without_clock(whole.run_dir)
    assert names(run_dir / "samples") == names(whole.run_dir / "samples")
    for expected, actual in zip(whole.gan.variables, outcome.gan.variables, strict=True):
        np.testing.assert_array_equal(actual, expected, err_msg=actual.path)
    with pytest.raises(UserError, match="--epochs=2: the run in run has done 2 epochs"):
        train(config(**UNEVEN), run_dir)


@pytest.mark.slow
def test_a_run_killed_between_its_last_checkpoint_and_its_result_is_finished_later(
    monkeypatch, whole
):
    def kill():
        raise KilledError

    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    at_the_end(monkeypatch, kill)
    with pytest.raises(KilledError):
        train(config(**UNEVEN), pathlib.Path("run"))
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    assert checkpoint_steps(pathlib.Path("run/checkpoints"))[-1] == 10
    assert_finished(pathlib.Path("run"), whole)


@pytest.mark.slow
def test_sigterm_while_a_complete_run_is_measured_puts_off_the_export_alone(monkeypatch, whole):
    at_the_end(monkeypatch, lambda: os.kill(os.getpid(), signal.SIGTERM))
    outcome = train(config(**UNEVEN), pathlib.Path("run"))
    assert outcome.status == 128 + signal.SIGTERM
    assert not outcome.complete and outcome.saved_model is None
    assert_finished(pathlib.Path("run"), whole)


@pytest.mark.slow
def test_a_model_that_could_not_be_written_is_written_by_the_same_command(monkeypatch, whole):
    def export_to_a_full_disk(*arguments, **options):
        monkeypatch.setattr(finish, "export_saved_model", export_saved_model)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(finish, "export_saved_model", export_to_a_full_disk)
    said = (
        r"saved_models/generator: the model cannot be written \(No space left on device\); .*"
        r"python -m kerasgan.export --run_dir=run --checkpoint=best$"
    )
    with pytest.raises(RunError, match=said):
        train(config(**UNEVEN), pathlib.Path("run"))
    assert_finished(pathlib.Path("run"), whole)


def write_pictures(folder, count):
    folder.mkdir(exist_ok=True)
    noise = np.random.default_rng(0).integers(0, 256, (count, 16, 16, 3), dtype=np.uint8)
    for index, image in enumerate(noise):
        (folder / f"{index:02d}.png").write_bytes(tf.io.encode_png(image).numpy())


@pytest.mark.slow
def test_a_run_keeps_the_fingerprint_of_its_data_and_refuses_others():
    write_pictures(pathlib.Path("mine"), 16)
    settings = {"dataset": "mine", "num_images": None, "metrics": "swd", "best_metric": "swd"}
    train(config(**settings, epochs=1), pathlib.Path("run"))
    data = json.loads(pathlib.Path("run/config.json").read_text())["data"]
    assert data["source"] == "folder" and data["count"] == 16
    assert (data["crop"], data["resize"], data["image_size"]) == ("center", "bilinear", "16x16x3")
    made = [row["fingerprint"] for row in all_rows(pathlib.Path("run")) if "fingerprint" in row]
    for fingerprint in made:
        assert fingerprint["data_digest"] == data["pixels"]
        assert (fingerprint["crop"], fingerprint["filter"]) == ("center", "bilinear")
        assert fingerprint["split"] == "all"
    assert made
    (pathlib.Path("mine") / "03.png").unlink()
    message = r"--run_dir=run: the run began with other images: their count was 16 and is 15"
    with pytest.raises(UserError, match=message):
        train(config(**settings, epochs=2, cache="none"), pathlib.Path("run"))


@pytest.mark.slow
def test_a_run_with_a_schedule_is_stopped_and_continued_to_the_same_bits():
    settings = {
        "learning_rate_decay": "cosine",
        "decay_fraction": 0.8,
        "beta_2_end": 0.9,
        "penalty": "r1",
        "penalty_weight_end": 0.1,
        "penalty_every": 2,
        "augment": "ada",
        "augment_kinds": "flip,shift,brightness",
        "augment_speed_images": 40,
        "skip_sums": True,
        "d_steps": 1,
    }
    whole = train(config(**settings), pathlib.Path("whole"))
    train(config(**settings, max_minutes=1e-9), pathlib.Path("parts"))  # stops after a step
    parts = train(config(**settings), pathlib.Path("parts"))
    assert rows(parts.run_dir) == rows(whole.run_dir)
    for expected, actual in zip(whole.gan.get_weights(), parts.gan.get_weights(), strict=True):
        np.testing.assert_array_equal(actual, expected)
    last = rows(whole.run_dir)[-1]
    assert last["augment_probability"] > 0
    assert last["g_learning_rate"] < 0.1 * config().g_learning_rate


@pytest.mark.slow
def test_a_longer_run_follows_the_schedule_of_its_length(caplog):
    settings = {"learning_rate_decay": "linear", "decay_fraction": 1.0}
    train(config(**settings, epochs=1), pathlib.Path("run"))
    with caplog.at_level("INFO", logger="kerasgan"):
        train(config(**settings, epochs=2), pathlib.Path("run"))
    assert (
        "The schedule is now that of 2 epochs, not 1: at step 5 the learning rates are 0.5 times "
        "their first values, not 0 times." in caplog.messages
    )
    rates = [row["g_learning_rate"] / config().g_learning_rate for row in rows(pathlib.Path("run"))]
    steps = [row["step"] for row in rows(pathlib.Path("run"))]
    assert steps == [2, 4, 5, 6, 8, 10]
    expected = [1 - 2 / 5, 1 - 4 / 5, 0, 1 - 6 / 10, 1 - 8 / 10, 0]
    np.testing.assert_allclose(rates, expected, atol=1e-6)
