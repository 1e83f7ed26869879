import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf

from kerasgan.pixels import make_grid
from kerasgan.sampling.open_painter import painter_of_run
from kerasgan.serving.saved_model import export_saved_model


def read_png(path):
    return tf.io.decode_png(path.read_bytes()).numpy()


@pytest.fixture
def painter(run_dir):
    return painter_of_run(run_dir)


def test_a_run_and_its_model_give_the_same_grid(command, run_dir, model, tmp_path):
    assert command("sample", f"--run_dir={run_dir}") == "64 pictures in samples.png\n"
    command("sample", f"--model={model}", "--output=other.png")
    assert read_png(tmp_path / "samples.png").shape == (8 * 18 - 2, 8 * 18 - 2, 3)
    assert (tmp_path / "samples.png").read_bytes() == (tmp_path / "other.png").read_bytes()


def test_raw_arrays_need_no_pickle(command, model, painter, tmp_path):
    flags = ["--seeds=70-199,3", "--truncation=0.5", "--output=a.npz", f"--model={model}"]
    command("sample", *flags, "--batch_size=50")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["seeds"], [*range(70, 200), 3])
        assert arrays["images"].dtype == np.uint8
        np.testing.assert_array_equal(arrays["images"], painter.sample(arrays["seeds"], 0.5))
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_a_folder_names_its_pictures_by_their_seeds_and_grows(
    command, refusal, model, painter, tmp_path
):
    arguments = ["sample", f"--model={model}", "--output=faces"]
    command(*arguments, "--num_images=3", "--first_seed=5")
    names = [f"seed_{seed:08d}.png" for seed in range(5, 8)]
    folder = tmp_path / "faces"
    assert sorted(path.name for path in folder.iterdir()) == [*names, "settings.json"]
    for seed, name in zip(range(5, 8), names, strict=True):
        np.testing.assert_array_equal(read_png(folder / name), painter.sample([seed])[0])
    (folder / names[1]).write_bytes(b"kept as it is")
    printed = command(*arguments, "--num_images=5", "--first_seed=5")
    assert printed.startswith("3 of 5 pictures are there already")
    assert (folder / names[1]).read_bytes() == b"kept as it is"
    assert "holds pictures of another model, truncation or label" in refusal(
        *arguments, "--num_images=5", "--first_seed=5", "--truncation=0.9"
    )
    assert "holds 4 pictures that were not asked for, such as seed 6" in refusal(
        *arguments, "--seeds=5"
    )
    command(*arguments, "--seeds=1", "--truncation=0.9", "--overwrite")
    assert {path.name for path in folder.iterdir()} == {"seed_00000001.png", "settings.json"}


# A shell that runs the tests in the background may make its children ignore Ctrl-C.
SAMPLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("kerasgan.sample", run_name="__main__")
"""


def begin(*arguments, folder):
    return subprocess.Popen(
        [sys.executable, "-c", SAMPLE, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until(done, running):
    while not done():
        assert running.poll() is None
        time.sleep(0.002)


def test_overwriting_a_folder_keeps_the_pictures_that_were_asked_for(command, model, tmp_path):
    arguments = ["sample", f"--model={model}", "--output=faces", "--overwrite"]
    command(*arguments, "--seeds=1-4")
    (tmp_path / "faces" / "seed_00000003.png").write_bytes(b"kept as it is")
    printed = command(*arguments, "--seeds=3-5")
    assert printed == "2 of 3 pictures are there already\n3 pictures in faces\n"
    names = {f"seed_{seed:08d}.png" for seed in (3, 4, 5)}
    assert {path.name for path in (tmp_path / "faces").iterdir()} == {*names, "settings.json"}
    assert (tmp_path / "faces" / "seed_00000003.png").read_bytes() == b"kept as it is"
    assert command(*arguments, "--seeds=3-5", "--truncation=0.5") == "3 pictures in faces\n"
    assert (tmp_path / "faces" / "seed_00000003.png").read_bytes() != b"kept as it is"


@pytest.mark.slow
def test_a_folder_of_a_killed_command_is_continued_without_duplicates_or_gaps(
    process, model, painter, tmp_path
):
    folder = tmp_path / "many"
    flags = [f"--model={model}", "--output=many", "--num_images=1500", "--batch_size=16"]
    killed = begin(*flags, folder=tmp_path)
    wait_until(lambda: folder.is_dir() and len(os.listdir(folder)) >= 300, killed)
    killed.kill()
    killed.wait()
    kept = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.png")}
    assert 290 < len(kept) < 1500

    continued = process("sample", *flags)
    assert continued.stdout == (
        f"{len(kept)} of 1500 pictures are there already\n1500 pictures in many\n"
    )
    assert {path.name for path in folder.iterdir()} == {
        "settings.json",
        *(f"seed_{seed:08d}.png" for seed in range(1500)),
    }
    assert {name: (folder / name).stat().st_mtime_ns for name in kept} == kept
    seeds = range(0, 1500, 100)
    for seed, image in zip(seeds, painter.sample(seeds), strict=True):
        np.testing.assert_array_equal(read_png(folder / f"seed_{seed:08d}.png"), image)


KILL, INTERRUPT = (signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)


@pytest.mark.slow
@pytest.mark.parametrize("signals", [[KILL], [INTERRUPT, KILL]])
def test_arrays_of_a_stopped_command_are_continued_without_duplicates_or_gaps(
    process, refusal, model, painter, tmp_path, signals
):
    flags = [f"--model={model}", "--output=a.npz", "--num_images=8000", "--batch_size=16"]
    unfinished = tmp_path / "a.npz.unfinished"
    sizes = []
    for number, status in signals:

        def has_grown():
            return unfinished.is_file() and unfinished.stat().st_size > 2e5 + sum(sizes[-1:])

        stopped = begin(*flags, folder=tmp_path)
        wait_until(has_grown, stopped)
        stopped.send_signal(number)
        assert stopped.wait() == status
        sizes.append(unfinished.stat().st_size)
    assert refusal("sample", *flags, "--truncation=0.5").startswith(
        "--output=a.npz: a.npz.interrupted next to it was begun with another model, truncation"
    )
    continued = process("sample", *flags)
    assert re.fullmatch(
        r"\d+ of 8000 pictures are there already\n8000 pictures in a.npz\n", continued.stdout
    )
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["seeds"], range(8000))
        np.testing.assert_array_equal(arrays["images"], painter.sample(range(8000)))


def test_overwrite_drops_unfinished_arrays_of_something_else(command, model, painter, tmp_path):
    (tmp_path / "a.npz.unfinished").write_bytes(b"something else" * 1000)
    command("sample", f"--model={model}", "--seeds=4", "--output=a.npz", "--overwrite")
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["images"], painter.sample([4]))


def test_latents_from_a_file(command, refusal, run_dir, painter, tmp_path):
    latents = np.random.default_rng(0).normal(size=[5, 6])
    np.save(tmp_path / "latents.npy", latents)
    np.save(tmp_path / "wide.npy", np.zeros([5, 7]))
    (tmp_path / "text.npy").write_text("no numbers")
    arguments = ["sample", f"--run_dir={run_dir}", "--output=own.npz"]
    command(*arguments, "--latents=latents.npy", "--truncation=0.5")
    with np.load(tmp_path / "own.npz") as arrays:
        np.testing.assert_array_equal(arrays["images"], painter.paint(latents * 0.5))
    (tmp_path / "own.npz").unlink()
    assert (
        refusal(*arguments, "--latents=wide.npy")
        == "--latents=wide.npy: of shape 5x7; must be n x 6"
    )
    assert refusal(*arguments, "--latents=text.npy").startswith(
        "--latents=text.npy: not a readable"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--run_dir or --model: must give exactly one of them"),
        (["--run_dir=a", "--model=b"], "--run_dir or --model: must give exactly one of them"),
        (["--model=MODEL", "--checkpoint=4"], "--checkpoint: must come with --run_dir"),
        (
            ["--model=MODEL", "--truncation=-0.1"],
            "--truncation=-0.1: must be a finite number of at",
        ),
        (["--model=MODEL", "--truncation=nan"], "--truncation=nan: must be a finite number of at"),
        (["--model=MODEL", "--truncation=1e39"], "--truncation=1e+39: must be at most 1000"),
        (["--model=MODEL", "--seeds=1,2", "--columns=-1"], "--columns=-1: must be at least 1"),
        (["--model=MODEL", "--seeds=1,2", "--columns=0"], "--columns=0: must be at least 1"),
        (
            ["--model=MODEL", f"--first_seed={2**63 - 63}"],
            f"--first_seed={2**63 - 63}: seeds must go up to at most {2**63 - 1}",
        ),
        (["--model=MODEL", f"--output={'n' * 300}.png"], f"--output={'n' * 300}.png: File name"),
        (["--model=MODEL", f"--output={'n' * 300}"], f"--output={'n' * 300}: File name too long"),
        (["--model=MODEL", "--output=/proc/a.npz"], "--output=/proc/a.npz: "),
        (["--model=MODEL", "--num_images=0"], "--num_images=0: must be at least 1"),
        (["--model=MODEL", "--seeds=3,x"], "--seeds=3,x: must be seeds and ranges of them"),
        (["--model=MODEL", "--seeds=3", "--num_images=2"], "--num_images: must not be given toge"),
        (["--model=MODEL", "--output=taken.png"], "--output=taken.png: exists; give --overwrite"),
        (["--model=MODEL", "--output=taken/a.png"], "--output=taken/a.png: "),
        (["--model=MODEL", "--output=gs://b/a.png"], "--output=gs://b/a.png: is a URL; must be a"),
        (["--model=MODEL", "--output=gs://b/a"], "--output=gs://b/a: is a URL; must be a path"),
        (["--model=MODEL", "--output=lost.png"], "--output=lost.png: lost.png is a link to no"),
        (["--model=MODEL", "--output=lost.png/a"], "--output=lost.png/a: "),
        (["--model=MODEL", "--num_images=10000001"], "--num_images=10000001: must be at most 10"),
        (["--model=MODEL", "--seeds=0-9999999999"], "--seeds=0-9999999999: must be at most 10"),
        (
            ["--model=MODEL", "--columns=1", "--num_images=70000"],
            "--output=samples.png: would have 1259998 x 16 pixels; a .png file has at most 1000000",
        ),
        (
            ["--model=MODEL", "--num_images=7000000"],
            "--output=samples.png: would have 47626 x 47626 pixels; all together must be at most",
        ),
        (["--model=MODEL", "--output=taken"], "--output=taken: is a file"),
        (["--model=MODEL", "--output=other"], "--output=other: holds other files"),
        (["--model=other"], "--model=other: is no SavedModel"),
        (["--model=nowhere"], "--model=nowhere: no such folder"),
        (["--model=taken.png"], "--model=taken.png: is a file; must be a SavedModel's folder"),
        ([f"--model={'n' * 300}"], f"--model={'n' * 300}: File name too long"),
        ([f"--run_dir={'n' * 300}"], f"--run_dir={'n' * 300}: File name too long"),
        (["--model=broken"], "--model=broken: cannot be read"),
        (
            ["--model=MODEL", "--latents=a.npy", "--output=b"],
            "--output=b: must end in .png or .npz",
        ),
    ],
)
def test_mistakes_are_reported_in_one_line(refusal, model, tmp_path, arguments, message):
    (tmp_path / "taken.png").touch()
    (tmp_path / "taken").touch()
    (tmp_path / "lost.png").symlink_to("nowhere")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").touch()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "saved_model.pb").write_bytes(b"nonsense")
    arguments = [argument.replace("MODEL", str(model)) for argument in arguments]
    assert refusal("sample", *arguments).startswith(message)
    assert (tmp_path / "taken.png").stat().st_size == 0


@pytest.mark.parametrize("output", ["a.png", "a.npz", "a"])
def test_a_full_disk_is_reported_and_nothing_useless_stays(
    refusal, model, tmp_path, full_disk, output
):
    with full_disk():
        message = refusal("sample", f"--model={model}", "--seeds=0-9", f"--output={output}")
    assert message == f"--output={output}: File too large"
    left = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert left <= {"a.npz.unfinished", "settings.json"}


def test_the_largest_seed_is_one(command, model, tmp_path):
    command("sample", f"--model={model}", f"--first_seed={2**63 - 1}", "--num_images=1")
    assert (tmp_path / "samples.png").is_file()


def test_a_saved_model_of_something_else_is_refused(refusal, tmp_path):
    module = tf.Module()
    module.double = tf.function(lambda x: 2 * x, input_signature=[tf.TensorSpec([], tf.float32)])
    tf.saved_model.save(module, str(tmp_path / "double"), signatures=module.double)
    assert refusal("sample", "--model=double").startswith("--model=double: has no signature sample")


def test_settings_say_which_generator_and_truncation(command, model, run_dir, tmp_path):
    command("sample", f"--run_dir={run_dir}", "--seeds=1", "--output=faces", "--truncation=0.5")
    settings = json.loads((tmp_path / "faces" / "settings.json").read_text())
    assert settings["truncation"] == 0.5
    assert settings["generator"].startswith("weights ")


@pytest.fixture(params=["run", "model"])
def pets(request, run_of_classes, tmp_path_factory):
    """The flag that names a generator of three classes, and its painter."""
    run, run_dir = run_of_classes
    painter = painter_of_run(run_dir)
    if request.param == "run":
        return f"--run_dir={run_dir}", painter
    folder = tmp_path_factory.mktemp("pets")
    gan = run.gan
    export_saved_model(gan.ema_generator, folder, labels=run.config.label_space)
    return f"--model={folder}", painter


def test_a_grid_has_a_row_for_each_seed_and_a_column_for_each_label(command, pets, tmp_path):
    source, painter = pets
    printed = command("sample", source, "--labels=dog,0", "--seeds=4,9,2", "--truncation=0.8")
    assert printed == "from left to right: dog, cat\n6 pictures in samples.png\n"
    seeds, labels = [4, 4, 9, 9, 2, 2], np.array([1, 0] * 3)
    wanted = make_grid(painter.sample(seeds, 0.8, labels), columns=2)
    np.testing.assert_array_equal(read_png(tmp_path / "samples.png"), wanted)
    arguments = ("--labels=0", "--labels=2", "--batch_size=5", "--output=b.png", "--columns=6")
    assert command("sample", source, *arguments).endswith("16 pictures in b.png\n")
    labels = np.array([0, 2] * 8)
    wanted = make_grid(painter.sample(np.repeat(range(8), 2), labels=labels), columns=6)
    np.testing.assert_array_equal(read_png(tmp_path / "b.png"), wanted)


def test_one_label_is_that_of_all_pictures(command, refusal, pets, tmp_path):
    source, painter = pets
    arguments = ["sample", source, "--num_images=5", "--output=a.npz", "--overwrite"]
    command(*arguments, "--labels=emu, or ostrich")
    wanted = painter.sample(range(5), labels=np.full(5, 2))
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["images"], wanted)
        assert json.loads(arrays["settings.json"])["labels"] == "emu, or ostrich"
    command(*arguments)
    with np.load(tmp_path / "a.npz") as arrays:
        np.testing.assert_array_equal(arrays["images"], painter.sample(range(5)))
        assert json.loads(arrays["settings.json"])["labels"] == "each seed its own"
    assert refusal(*arguments, "--labels=cat,dog").startswith(
        "--output=a.npz: has no place for labels"
    )


@pytest.mark.slow
def test_a_folder_has_one_for_each_label_and_is_continued(command, refusal, pets, tmp_path):
    source, painter = pets
    arguments = ["sample", source, "--output=pets"]
    command(*arguments, "--labels=cat,dog", "--seeds=3-4")
    assert command(*arguments, "--labels=cat,dog", "--seeds=3-5") == (
        "2 of 3 pictures are there already\n" * 2 + "6 pictures in pets\n"
    )
    for label, name in enumerate(("cat", "dog")):
        image = read_png(tmp_path / "pets" / name / "seed_00000005.png")
        np.testing.assert_array_equal(image, painter.sample([5], labels=np.array([label]))[0])
    command(*arguments[:-1], "--output=one", "--labels=cat", "--seeds=3")
    assert "holds pictures of another model, truncation or label" in refusal(
        *arguments[:-1], "--output=one", "--labels=dog", "--seeds=3"
    )


def test_folders_stay_in_the_one_that_was_named(command, untrained_run, tmp_path):
    _, run_dir = untrained_run(label_kind="classes", label_names=("..", "a/b", "größe"))
    command("sample", f"--run_dir={run_dir}", "--labels=0,1,2", "--seeds=1", "--output=out/in")
    assert {path.name for path in (tmp_path / "out" / "in").iterdir()} == {"%2E.", "a%2Fb", "größe"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["in"]


def test_latents_have_labels_too(command, run_of_attributes, tmp_path):
    _, run_dir = run_of_attributes
    latents = np.random.default_rng(0).normal(size=[3, 6])
    np.save(tmp_path / "latents.npy", latents)
    arguments = [f"--run_dir={run_dir}", "--latents=latents.npy"]
    command("sample", *arguments, "--labels=smile", "--labels=", "--labels=glasses=-1,smile=0.5")
    labels = np.tile(np.array([[0, 1], [0, 0], [-1, 0.5]], np.float32), [3, 1])
    images = painter_of_run(run_dir).paint(np.repeat(latents, 3, axis=0), labels)
    np.testing.assert_array_equal(read_png(tmp_path / "samples.png"), make_grid(images, columns=3))
    command("sample", *arguments, "--output=even.png", "--columns=3")
    painter = painter_of_run(run_dir)
    images = painter.paint(latents, painter.label_space.evenly(range(3)))
    np.testing.assert_array_equal(read_png(tmp_path / "even.png"), make_grid(images, columns=3))


def test_labels_that_there_are_not_are_refused(refusal, run_of_classes, model):
    source = f"--run_dir={run_of_classes[1]}"
    message = refusal("sample", source, "--labels=cow")
    assert message == ("--labels=cow: must be of cat, dog, emu, or ostrich, or the index of one")
    message = refusal("sample", f"--model={model}", "--labels=cat")
    assert message == "--labels=cat: the generator was trained without labels; leave it out"
