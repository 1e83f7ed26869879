import json
import pathlib

import pytest
from PIL import Image

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.explain import TOPICS, take_topic
from kerasgan.explaining.rgb_sums import check_sums


@pytest.mark.parametrize(
    ("arguments", "sizes", "keras"),
    [
        ([], (3, 3, 2, 1, 1, 1, 1, 5), 'padding="valid"), then Cropping2D(1)'),
        (["--input_size=2", "--kernel_size=4"], (2, 4, 2, 1, 1, 2, 1, 4), 'padding="same")'),
        (["--input_size=1", "--stride=1", "--padding=0"], (1, 3, 1, 0, 0, 2, 1, 3), '"valid")'),
        (["--input_size=2", "--kernel_size=1", "--padding=0"], (2, 1, 2, 0, 1, 0, 1, 3), "not as"),
    ],
)
def test_the_table_of_a_transposed_convolution(command, tmp_path, arguments, sizes, keras):
    printed = command("explaining.transposed_convolution", *arguments).splitlines()
    names = ("i", "k", "s", "p", "z", "p'", "s'", "o")
    for line, name, size in zip(printed, names, sizes, strict=False):
        assert line[26:].split()[:2] == [name, str(size)]
    assert keras in printed[8]
    assert printed[9:] == ["transposed_convolution.png", "transposed_convolution.gif"]
    with Image.open(tmp_path / "transposed_convolution.gif") as animation:
        assert animation.n_frames == sizes[-1] ** 2


@pytest.mark.slow
@pytest.mark.parametrize(
    ("topic", "arguments"),
    [
        ("checkerboard", ["--kernel_sizes=3,4"]),
        ("losses", ["--names=hinge,relativistic,least_squares"]),
        ("networks", ["--image_size=16x32", "--base_filters=2", "--channels=1"]),
        ("upsampling", ["--seed=1"]),
        ("slopes", ["--steps=50", "--penalties=r1,none"]),
        ("few_images", ["--steps=2", "--num_images=16"]),
        ("conditional", ["--steps=50", "--data=swiss_roll"]),
    ],
)
def test_still_pictures(command, tmp_path, topic, arguments):
    printed = command(f"explaining.{topic}", *arguments, "--theme=dark", "--output=a.png")
    assert printed.endswith("a.png\n")
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size[0] > 400


@pytest.mark.slow
def test_gradients_of_a_run(command, run_dir, tmp_path):
    printed = command("explaining.gradients", f"--run_dir={run_dir}", "--steps=3").split("\n\n")
    ways = printed[0].splitlines()[1:]
    assert [line.split()[-3] == "none" for line in ways] == [False, True, True, True]
    assert len({line[28:].split()[0] for line in ways}) == 1  # D gets the same all four ways
    assert [line.split()[0] for line in printed[1].splitlines()[1:-1]] == ["0", "1", "3"]
    assert (tmp_path / "gradients.png").is_file()


@pytest.mark.slow
def test_gradients_read_the_pictures_as_the_run_did(command, changed_run, tmp_path):
    changed_run(dataset="mine", max_bad_fraction=0.2, crop="celeba108")
    (tmp_path / "mine").mkdir()
    for number in range(16):
        Image.new("RGB", (178, 218), (number, 0, 0)).save(tmp_path / "mine" / f"{number}.png")
    (tmp_path / "mine" / "empty.png").touch()  # may be bad, as the run said
    command("explaining.gradients", "--run_dir=run", "--steps=1")
    for number in range(4):  # to which the run's crop does not apply
        Image.new("RGB", (100, 100)).save(tmp_path / "mine" / f"small{number}.png")
    with pytest.raises(UserError, match=r"--max_bad_fraction=0.2: 5 of 21 .* empty.png"):
        command("explaining.gradients", "--run_dir=run", "--steps=1")


@pytest.mark.slow
def test_a_toy(command, tmp_path):
    printed = command("explaining.toy", "--steps=50", "--loss=hinge", "--output=t.png")
    assert printed.splitlines()[:2] == ["t.png", "t.gif"]
    assert " of 8 modes found" in printed
    command("explaining.toy", "--steps=50", "--data=swiss_roll")
    assert {path.suffix for path in tmp_path.glob("toy.*")} == {".png", ".gif"}


@pytest.mark.slow
def test_curves_and_progress_of_runs(command, run_dir, tmp_path):
    sick = tmp_path / "sick"
    sick.mkdir()
    rows = [json.loads(line) for line in (run_dir / "metrics.jsonl").read_text().splitlines()]
    rows = [{**row, "d_loss": 1e6} if "d_loss" in row else row for row in rows]
    losses = ("d_loss", "g_loss", "d_gradient_norm", "g_gradient_norm")
    rows.append({**rows[0], "step": 7, **dict.fromkeys(losses)})  # null: they were not finite
    rows.append({"step": 8, "warning": "exploding", "sentence": "Losses explode."})
    (sick / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    command("explaining.curves", f"--runs={run_dir},{sick}", "--titles=well,sick")
    command("explaining.progress", f"--run_dir={run_dir}", "--rows=3")
    assert {path.name for path in tmp_path.glob("*.png")} == {"curves.png", "progress.png"}


def test_the_sums_of_a_run(command, run_dir):
    printed = command("explaining.rgb_sums", f"--run_dir={run_dir}", "--columns=2")
    assert printed == "rgb_sums.png\n"


@pytest.mark.parametrize(
    "settings",
    [
        {"skip_sums": False},
        {"network": "resnet"},
        {"label_kind": "classes", "label_names": ("cat", "dog")},
    ],
)
def test_a_run_without_such_sums_is_refused(settings):
    with pytest.raises(UserError, match="--run_dir=x: must be of a run with --network=dcgan and"):
        check_sums(Config(**settings), pathlib.Path("x"))


def test_a_run_that_was_never_finite_has_curves(command, tmp_path):
    names = ("d_loss", "g_loss", "real_score", "fake_score", "d_gradient_norm", "g_gradient_norm")
    row = {"step": 2, **dict.fromkeys(names)}
    (tmp_path / "nan").mkdir()
    (tmp_path / "nan" / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    assert command("explaining.curves", "--runs=nan") == "curves.png\n"


@pytest.mark.parametrize(
    ("topic", "arguments", "message"),
    [
        (
            "transposed_convolution",
            ["--padding=3"],
            "--padding=3: must be 0 to 2, less than kernel_size",
        ),
        ("transposed_convolution", ["--stride=0"], "--stride=0: must be at least 1"),
        (
            "transposed_convolution",
            ["--input_size=20"],
            "--input_size=20: the output has 39 pixels a side; must be at most 16 to be drawn",
        ),
        ("checkerboard", ["--kernel_sizes=1"], "--kernel_sizes=1: must be numbers from 2 to 8"),
        ("checkerboard", ["--stride=5"], "--stride=5: must be at most 4"),
        (
            "losses",
            ["--names=wgan"],
            "--names=wgan: must be one or more of non_saturating, minimax, least_squares, hinge, "
            "relativistic, wasserstein",
        ),
        ("losses", ["--theme=red"], "--theme=red: must be one of light, dark"),
        ("losses", ["--output=a.gif"], "--output=a.gif: must end in .png"),
        ("gradients", [], "--run_dir: must be given, such as runs/0001-synthetic_faces"),
        (
            "gradients",
            ["--run_dir=none"],
            "--run_dir=none: there is no run there; must be a folder with config.json",
        ),
        ("toy", ["--data=moons"], "--data=moons: must be one of ring, swiss_roll"),
        ("toy", ["--steps=60"], "--steps=60: must be a multiple of 50"),
        ("toy", ["--d_learning_rate=0"], "--d_learning_rate=0.0: must be above 0 and finite"),
        ("toy", ["--beta_1=1"], "--beta_1=1.0: must be at least 0 and below 1"),
        ("toy", ["--penalty=r3"], "--penalty=r3: must be one of none, r1, r2, r1_r2, wgan_gp"),
        ("toy", ["--penalty_weight=-1"], "--penalty_weight=-1.0: must be at least 0 and finite"),
        (
            "slopes",
            ["--penalties=r1,r3"],
            "--penalties=r1,r3: must be one to 4 of none, r1, r2, r1_r2, wgan_gp",
        ),
        ("slopes", ["--steps=60"], "--steps=60: must be a multiple of 50"),
        ("slopes", ["--penalty_weight=nan"], "--penalty_weight=nan: must be at least 0 and finite"),
        (
            "few_images",
            ["--augment=none"],
            "--augment=none: must be one of diffaugment, ada",
        ),
        ("few_images", ["--num_images=8"], "--num_images=8: must be at least 16"),
        ("upsampling", ["--seed=-1"], "--seed=-1: must be at least 0"),
        ("rgb_sums", [], "--run_dir: must be given, such as runs/0001-synthetic_faces"),
        ("rgb_sums", ["--run_dir=x", "--columns=17"], "--columns=17: must be at most 16"),
        ("curves", [], "--runs=: must be one to four runs' folders"),
        ("curves", ["--runs=x"], "--runs=x: has no metrics.jsonl; must be a run's folder"),
        ("curves", ["--runs=x,y", "--titles=z"], "--titles=z: must be 2 different titles"),
        ("progress", [], "--run_dir: must be given, such as runs/0001-synthetic_faces"),
    ],
)
def test_mistakes_are_reported_in_one_line(refusal, topic, arguments, message):
    assert refusal(f"explaining.{topic}", *arguments) == message


def test_a_picture_that_exists_is_kept(refusal, tmp_path):
    (tmp_path / "toy.gif").write_text("mine")
    message = refusal("explaining.toy", "--output=toy.png")
    assert message == "--output=toy.png: toy.gif exists; give --overwrite to replace it"
    assert (tmp_path / "toy.gif").read_text() == "mine"


def test_a_picture_with_its_default_name_is_replaced(command, tmp_path):
    for _ in range(2):
        assert command("explaining.losses", "--names=hinge") == "losses.png\n"
    command("explaining.losses", "--names=minimax", "--output=new/folder/a.png")
    assert (tmp_path / "new" / "folder" / "a.png").is_file()


def test_the_command_itself(process, tmp_path):
    done = process("explain", "checkerboard", "--kernel_sizes=3,4")
    assert (done.returncode, done.stdout, done.stderr) == (0, "checkerboard.png\n", "")
    shown = process("explain", "--help")
    assert shown.returncode == 0
    assert all(topic in shown.stdout for topic in TOPICS)
    own = process("explain", "toy", "--help")
    assert "--g_learning_rate" in own.stdout
    wrong = process("explain", "toys")
    assert wrong.returncode == 2
    assert wrong.stderr == f"error: toys: no such topic; must be one of {', '.join(TOPICS)}\n"


def test_a_topic_is_needed():
    with pytest.raises(ValueError, match="no topic; must be one of"):
        take_topic(["--theme=dark"])
    assert take_topic(["losses", "--theme=dark"]) == "losses"
