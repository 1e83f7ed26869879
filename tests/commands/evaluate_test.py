import json
import pathlib
import shutil
import subprocess
import sys
import zipfile

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.errors import UserError
from kerasgan.faces import synthetic_faces
from kerasgan.metrics import label_reader
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.nearest import nearest_grid
from kerasgan.sampling.open_painter import painter_of_run


@pytest.fixture
def run(command):
    return lambda *arguments: command("evaluate", "--cache_dir=cache", *arguments)


@pytest.fixture
def empty_folder(tmp_path):
    return tmp_path


def write_pictures(folder, count, seed, side=16):
    folder.mkdir()
    images = synthetic_faces(count, image_size=(side, side), seed=seed)[0]
    for index, image in enumerate(images):
        (folder / f"{index:03d}.png").write_bytes(tf.io.encode_png(image).numpy())
    return images


def test_help_does_not_wait_for_tensorflow(run):
    program = (
        "import sys; sys.argv = ['evaluate', '--help']; sys.modules['tensorflow'] = None\n"
        "import runpy; runpy.run_module('kerasgan.evaluate', run_name='__main__')"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    for name in ("generated", "real", "metrics", "num_samples", "seed", "json", "save_statistics"):
        assert f"--{name}:" in shown.stdout


def test_a_mistake_is_one_line_and_status_2(process):
    result = process("evaluate", "--generated=nowhere")
    assert result.returncode == 2
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: --generated=nowhere: no such run, model, folder or file")


def test_pictures_against_pictures_and_an_earlier_result(run, empty_folder):
    write_pictures(empty_folder / "mine", 40, 0)
    write_pictures(empty_folder / "theirs", 50, 1)
    common = ("--generated=mine", "--real=theirs", "--image_size=16", "--metrics=swd,kid,fid")
    printed = run(*common, "--json=result.json", "--nearest=nearest.png")
    assert "40 images of mine" in printed and "against 40 of theirs" in printed
    result = json.loads((empty_folder / "result.json").read_text())
    assert set(result["scores"]) == {"swd40_16", "swd40", "kid40_embedded", "fid40_embedded"}
    assert result["fingerprint"]["image_size"] == "16x16x3"
    assert result["fingerprint"]["num_real"] == 40
    grid = tf.io.decode_png((empty_folder / "nearest.png").read_bytes())
    assert grid.shape == (2 * 4 * 18 - 2, 8 * 18 - 2, 3)

    printed = run(*common, "--compare_with=result.json", "--json=", "--save_statistics=")
    assert f"(earlier {result['scores']['kid40_embedded']:.4g})" in printed
    with pytest.raises(UserError, match=r"differ in num_real \(40 and 20\), num_generated"):
        run(*common, "--compare_with=result.json", "--num_samples=20")
    run(
        *common, "--compare_with=result.json", "--num_samples=20",
        "--across=num_real,num_generated",
    )  # fmt: skip


def test_an_archive_is_its_folder(run, empty_folder):
    write_pictures(empty_folder / "mine", 20, 0)
    with zipfile.ZipFile("mine.zip", "w") as archive:
        for path in sorted((empty_folder / "mine").iterdir()):
            archive.write(path, path.name)
    common = ("--image_size=16", "--metrics=kid", "--real=mine")
    first = run("--generated=mine", "--json=a.json", *common)
    assert first != run("--generated=mine.zip", "--json=b.json", *common)
    a, b = (json.loads((empty_folder / name).read_text()) for name in ("a.json", "b.json"))
    assert a["scores"] == b["scores"]
    assert a["generated"].split()[1] == b["generated"].split()[1]  # the digest


def test_a_run_is_measured_by_its_averaged_generator_against_its_own_data(
    run, run_dir, empty_folder
):
    printed = run(
        f"--generated={run_dir}", "--metrics=swd,msssim,kid,prdc,attributes", "--num_samples=100",
        "--json=result.json",
    )  # fmt: skip
    assert "against 100 of synthetic_faces" in printed
    assert "% real, " in printed
    result = json.loads((empty_folder / "result.json").read_text())
    assert result["fingerprint"]["step"] == 8
    assert result["fingerprint"]["image_size"] == "16x16x3"
    assert len(result["attributes"]) == 17
    assert all(np.isfinite(value) for value in result["scores"].values())
    # After 8 steps it paints grey: its images are alike, and unlike faces.
    assert result["scores"]["msssim100_generated"] > 0.5 > result["scores"]["msssim100_real"]
    with pytest.raises(UserError, match=r"--checkpoint=5: must be last"):
        run(f"--generated={run_dir}", "--checkpoint=5")


@pytest.mark.slow
def test_the_images_that_a_run_was_trained_on_are_searched(run, run_dir, empty_folder):
    run(
        f"--generated={run_dir}", "--metrics=kid", "--num_samples=16", "--seed=5",
        "--nearest=pictures/nearest.png",
    )  # fmt: skip
    samples = painter_of_run(run_dir).sample(range(5 << 32, (5 << 32) + 16))
    trained_on = synthetic_faces(64, image_size=(16, 16), seed=0)[0]
    expected = nearest_grid(samples, trained_on, open_extractor("embedded"))
    painted = tf.io.decode_png((empty_folder / "pictures" / "nearest.png").read_bytes())
    np.testing.assert_array_equal(painted, expected)


def test_a_refused_comparison_loses_nothing(run, empty_folder, capsys):
    write_pictures(empty_folder / "mine", 20, 0)
    common = ("--generated=mine", "--real=mine", "--image_size=16", "--metrics=kid")
    run(*common, "--json=new/folder/a.json")
    with pytest.raises(UserError, match=r"cannot be compared: they differ in seed \(0 and 1\)"):
        run(
            *common, "--seed=1", "--compare_with=new/folder/a.json", "--nearest=new/nearest.png",
            "--save_statistics=new/mine.npz",
        )  # fmt: skip
    printed = capsys.readouterr().out
    assert "kid20_embedded" in printed and "earlier" not in printed
    assert {path.name for path in (empty_folder / "new").iterdir()} == {
        "folder", "nearest.png", "mine.npz",
    }  # fmt: skip
    with pytest.raises(UserError, match=r"--nearest=b.png: needs images on both sides"):
        run(*common[:1], "--real=new/mine.npz", "--metrics=kid", "--nearest=b.png", *common[2:3])
    assert capsys.readouterr().out == ""


def test_the_step_is_that_of_the_checkpoint_that_could_be_read(run, run_dir, empty_folder):
    shutil.copytree(run_dir, "run")
    (newest,) = pathlib.Path("run/checkpoints").glob("ckpt-8.data*")
    newest.write_bytes(b"damaged")
    run("--generated=run", "--metrics=swd", "--num_samples=16", "--json=result.json")
    result = json.loads((empty_folder / "result.json").read_text())
    assert result["fingerprint"]["step"] == 4


@pytest.mark.slow
def test_pictures_elsewhere_are_cut_as_the_run_cut_its_own(run, changed_run, empty_folder):
    changed_run(
        dataset="celeba", split="test", labels="Smiling", crop="celeba108", resize="lanczos"
    )
    (empty_folder / "faces").mkdir()
    faces = synthetic_faces(16, image_size=(218, 178), seed=0)[0]
    for number, face in enumerate(faces, start=1):
        Image.fromarray(face).save(empty_folder / "faces" / f"{number:06d}.jpg")
    common = ("--generated=run", "--metrics=swd", "--json=result.json", "--overwrite")

    def made(*arguments):
        run(*common, *arguments)
        made = json.loads((empty_folder / "result.json").read_text())["fingerprint"]
        return made["crop"], made["filter"], made["split"]

    assert made("--real=faces") == ("celeba108", "lanczos", "all")
    assert made("--real=faces", "--crop=celeba140") == ("celeba140", "lanczos", "all")
    (empty_folder / "faces" / "list_eval_partition.txt").write_text(
        "".join(f"{number:06d}.jpg 2\n" for number in range(1, 17))
    )
    (empty_folder / "faces" / "list_attr_celeba.txt").write_text(
        "16\nSmiling Young\n"
        + "".join(f"{number:06d}.jpg {1 - number % 2 * 2} 1\n" for number in range(1, 17))
    )
    assert made("--data_dir=faces") == ("celeba108", "lanczos", "test")
    with pytest.raises(UserError, match=r"--split=train: .* holds no CelebA pictures"):
        run(*common, "--data_dir=faces", "--split=train")


@pytest.mark.slow
def test_an_exported_model_is_as_good_as_its_run(run, run_dir, model, empty_folder):
    common = ("--metrics=kid,fid", "--num_samples=50")
    run(f"--generated={run_dir}", "--json=run.json", *common)
    run(f"--generated={model}", "--json=model.json", *common)
    a, b = (json.loads((empty_folder / f"{name}.json").read_text()) for name in ("run", "model"))
    assert b["scores"] == pytest.approx(a["scores"], rel=1e-3)
    assert b["fingerprint"] == {**a["fingerprint"], "step": None}


def test_statistics_stand_for_the_images_they_were_made_from(run, empty_folder):
    write_pictures(empty_folder / "mine", 40, 0)
    write_pictures(empty_folder / "theirs", 40, 1)
    common = ("--generated=mine", "--image_size=16", "--metrics=kid,fid,prdc")
    run(*common, "--real=theirs", "--json=a.json")
    printed = run("--real=theirs", "--image_size=16", "--save_statistics=theirs.npz")
    assert "theirs.npz" in printed
    run(*common, "--real=theirs.npz", "--json=b.json", "--compare_with=a.json")
    a, b = (json.loads((empty_folder / name).read_text()) for name in ("a.json", "b.json"))
    assert b["scores"] == pytest.approx(a["scores"], rel=1e-6)
    with pytest.raises(UserError, match=r"swd needs images, which the statistics in --real do not"):
        run("--generated=mine", "--image_size=16", "--metrics=swd", "--real=theirs.npz")
    with pytest.raises(UserError, match=r"images are 32x32x3 and those of --real are 16"):
        run("--generated=mine", "--image_size=32", "--metrics=kid", "--real=theirs.npz")


def test_features_of_real_images_are_kept_for_the_next_time(run, empty_folder):
    write_pictures(empty_folder / "mine", 30, 0)
    common = ("--generated=mine", "--real=mine", "--image_size=16", "--metrics=swd,kid,fid")
    first = run(*common)
    (kept,) = (empty_folder / "cache" / "statistics").iterdir()
    written = kept.stat().st_mtime_ns
    assert run(*common) == first
    assert kept.stat().st_mtime_ns == written
    run(*common, "--seed=1")
    assert len(list((empty_folder / "cache" / "statistics").iterdir())) == 2
    kept.write_bytes(b"damaged")
    assert run(*common) == first


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--generated: must be given"),
        (["--generated=mine", "--metrics=swd,lpips"], "--metrics=swd,lpips: lpips: must be one"),
        (["--generated=mine", "--metrics="], "--metrics=: nothing: must be one or more of swd"),
        (["--generated=mine", "--num_samples=3"], "--num_samples=3: must be at least 16"),
        (["--generated=mine", "--num_samples=99"], "--num_samples=99: must be at most 20, the"),
        (["--generated=few"], "--generated=few: holds 5 images; must be at least 16"),
        (["--generated=mine", "--seed=-1"], "--seed=-1: must be 0 to 2147483647"),
        (["--generated=mine", f"--seed={2**31}"], "--seed=2147483648: must be 0 to"),
        (["--generated=mine", "--json=text.npz/x.json"], "text.npz is not a folder"),
        (["--generated=mine", "--json=x.txt"], "--json=x.txt: must end in .json"),
        (["--generated=mine", "--json=gs://a/x.json"], "--json=gs://a/x.json: is a URL; must be"),
        (["--generated=mine", "--save_statistics=text.npz"], "=text.npz: exists; give --overwrite"),
        (["--generated=mine", "--save_statistics=mine"], "--save_statistics=mine: must end in"),
        (["--generated=mine", "--extractor=vgg"], "--extractor=vgg: must be embedded, inception"),
        (
            ["--generated=mine", "--across=moon"],
            "--across=moon: must be one or more of data, data_digest",
        ),
        (["--generated=mine", "--compare_with=no.json"], "no.json: cannot be read: No such file"),
        (["--generated=text.npz"], "--generated=text.npz: is not a statistics file of kerasgan"),
        (["--generated=mine", "--real=nothing"], "--real=nothing: no such data set, folder or"),
        (
            ["--generated=mine", "--real=fid.npz", "--metrics=fid,kid"],
            "--metrics: kid needs features, which the statistics in --real do not hold",
        ),
        (
            ["--generated=mine", "--real=fid.npz", "--metrics=fid"],
            "--real: the statistics are of another program, with 8 features for each image; "
            "--extractor must be inception2015, the network of published FIDs, and have as many; "
            "embedded has ",
        ),
        (
            ["--save_statistics=new.npz", "--real=fid.npz", "--metrics=swd"],
            "--real: the statistics are of another program, with 8 features",
        ),
        (
            ["--generated=mine", "--metrics=attributes", "--real=mine"],
            "--real=mine: attributes can only be measured with synthetic_faces",
        ),
    ],
)
def test_mistakes_are_named(refusal, empty_folder, arguments, message):
    write_pictures(empty_folder / "mine", 20, 0)
    write_pictures(empty_folder / "few", 5, 0)
    (empty_folder / "text.npz").write_text("hello")
    np.savez(empty_folder / "fid.npz", mu=np.zeros(8), sigma=np.eye(8))
    defaults = {"--real": "mine", "--image_size": "16"}
    given = {argument.partition("=")[0] for argument in arguments}
    extra = [f"{flag}={value}" for flag, value in defaults.items() if flag not in given]
    assert message in refusal("evaluate", *arguments, *extra)


@pytest.fixture
def pets(empty_folder, untrained_run, monkeypatch):
    """A run of two classes, each a folder of pictures, whose labels a hasty reader reads."""
    monkeypatch.setattr(label_reader, "_IMAGES_SEEN", 1000)
    (empty_folder / "pets").mkdir()
    for seed, name in enumerate(("cat", "dog")):
        write_pictures(empty_folder / "pets" / name, 120 - 60 * seed, seed)
    return untrained_run(
        dataset=str(empty_folder / "pets"),
        labels="folders",
        label_kind="classes",
        label_names=("cat", "dog"),
    )[1]


@pytest.mark.slow
def test_a_conditional_run_is_asked_for_labels_as_the_data_have_them(run, empty_folder, pets):
    common = (f"--generated={pets}", "--metrics=kid,prdc")
    run(*common, "--json=all.json")
    scores = json.loads((empty_folder / "all.json").read_text())["scores"]
    cats = [name for name in scores if name.startswith("kid") and name.endswith("[cat]")]
    assert len(cats) == 1 and 100 <= int(cats[0][3:6]) < 150  # two thirds of 180
    assert not [name for name in scores if "kid" in name and "dog" in name]  # too few real ones
    assert {"kid180_embedded", "coverage180_embedded", "agreement180"} <= scores.keys()
    assert {"agreement180[cat]", "agreement180[dog]"} <= scores.keys()
    assert 0 <= scores["agreement23_real"] <= 1


@pytest.mark.slow
def test_labels_choose_what_is_evaluated_and_what_it_should_look_like(run, empty_folder, pets):
    common = (f"--generated={pets}", "--metrics=kid")
    printed = run(*common, "--labels=dog", "--json=dogs.json")
    assert "60 images of" in printed and "against 60 of" in printed
    result = json.loads((empty_folder / "dogs.json").read_text())
    real, fake = (
        open_extractor("embedded", cache_dir=empty_folder).features(images)
        for images in (
            synthetic_faces(60, image_size=(16, 16), seed=1)[0],
            painter_of_run(pets).sample(range(60), labels=np.ones(60, np.int64)),
        )
    )
    assert result["scores"]["kid60_embedded"] == pytest.approx(kid(real, fake), rel=1e-3)
    with pytest.raises(UserError, match="--labels=cow: must be of cat, dog, or the index of one"):
        run(*common, "--labels=cow")
    with pytest.raises(UserError, match="--labels=cat: --generated=pets/cat cannot be asked for"):
        run("--generated=pets/cat", "--real=pets/dog", "--image_size=16", "--labels=cat")
