import json
import os
import pathlib

import numpy as np
import pytest
from PIL import Image

from kerasgan.pixels import make_grid


@pytest.fixture
def pictures(tmp_path):
    """30 good pictures of 40x60, two bad ones, and one duplicate."""
    folder = tmp_path / "mine"
    folder.mkdir()
    levels = np.random.default_rng(0).integers(0, 256, (30, 60, 40, 3), dtype=np.uint8)
    for index, pixels in enumerate(levels):
        Image.fromarray(pixels).save(folder / f"{index:02d}.png")
    (folder / "bad.jpg").write_bytes(b"hello")
    (folder / "empty.png").touch()
    (folder / "copy.png").write_bytes((folder / "07.png").read_bytes())
    (folder / "notes.txt").touch()
    return folder


@pytest.mark.slow
def test_everything_is_reported_and_the_status_is_1(process, pictures, tmp_path):
    result = process("check_data", "--dataset=mine", "--image_size=16", "--json=found.json")
    assert result.returncode == 1, result.stderr
    lines = result.stdout.splitlines()
    assert lines == [
        "folder, split all: 31 pictures, 2 bad, 1 duplicate, 1 other files",
        "formats      31 PNG",
        "modes        31 RGB",
        "sizes        31 40x60",
        "bad          empty.png is empty",
        "bad          bad.jpg is text, not a picture: 'hello'",
        "twice        copy.png is 07.png",
        "suggested    --max_bad_fraction=0.07: leaves out the 2 bad files",
        "suggested    --image_size=32: 95 in 100 pictures have at least 40 pixels a side",
        "suggested    --image_size=48x32: keeps more of pictures that are not square",
        "suggested    --flagfile=flags/faces_folder.flags: for few pictures",
        "preview      preview.png",
    ]
    found = json.loads((tmp_path / "found.json").read_text())
    assert found["pictures"] == 31 and found["sizes"] == {"40x60": 31}
    assert {file["name"] for file in found["bad"]} == {"bad.jpg", "empty.png"}
    assert found["duplicates"] == [["copy.png", "07.png"]]
    assert found["ignored"] == [
        {"name": "notes.txt", "reason": "does not have the file extension of a picture"}
    ]
    # The preview is what training would see: the centred box, resized.
    names = sorted(path.name for path in pictures.glob("*.png") if path.stat().st_size)
    images = []
    for name in names:
        with Image.open(pictures / name) as image:
            small = image.crop((0, 10, 40, 50)).resize((16, 16), Image.Resampling.BILINEAR)
        images.append(np.asarray(small))
    preview = np.asarray(Image.open(tmp_path / "preview.png"))
    np.testing.assert_array_equal(preview, make_grid(np.stack(images), columns=6))


def test_a_data_set_without_faults_gives_status_0(command, tmp_path):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).integers(0, 256, (9, 32, 32), np.uint8))
    printed = command(
        "check_data", "--dataset=a.npy", "--preview=", "--json=new/folder/found.json"
    )  # asserts the status
    assert json.loads((tmp_path / "new/folder/found.json").read_text())["pictures"] == 9
    assert "npy, split all: 9 pictures, 0 bad, 0 duplicate" in printed
    assert "--channels=1: all pictures are grey" in printed
    assert not (tmp_path / "preview.png").exists()


def test_labels_are_shown_for_what_they_are(command, tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (4, 32, 32), np.uint8)
    labels = {
        "digit": np.array([0, 4, 9, 5]),
        "hat": np.array([True, False, False, False]),
        "smile": np.array([1, 1, -1, 1], np.int8),
        "age": np.array([0.5, 0.25, -1, 1]),
        "breed": np.array(["a", "c", "a", "b"]),
    }
    np.savez(tmp_path / "a.npz", images=images, **labels)
    printed = command("check_data", "--dataset=a.npz", "--preview=")
    assert (
        "labels       5: digit 0 to 9, hat 25%, smile 75%, age -1 to 1, breed of 3 kinds\n"
        in printed
    )
    np.savez(tmp_path / "b.npz", images=images, **{f"is_{n}": labels["hat"] for n in range(6)})
    printed = command("check_data", "--dataset=b.npz", "--preview=")
    assert "labels       6: is_0 25%, is_1 25%, is_2 25%, is_3 25%, is_4 25%, ...\n" in printed


@pytest.mark.slow
def test_classes_are_counted_and_shown_a_row_each(process, pictures, tmp_path):
    with (tmp_path / "labels.csv").open("w") as file:
        file.write("name,class\n")
        for index in range(29):  # 29.png has none
            file.write(f"{index:02d}.png,{'owl' if index == 28 else ('cat', 'dog')[index % 2]}\n")
        file.write("copy.png,cat\nbad.jpg,cat\n")  # the copy is of 07.png, a dog
    result = process(
        "check_data",
        "--dataset=mine",
        "--labels=labels.csv",
        "--image_size=16",
        "--json=found.json",
    )
    assert result.returncode == 1, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0] == "folder, split all: 30 pictures, 3 bad, 1 duplicate, 1 other files"
    assert lines[4:] == [
        "asked for    class cat: 15",
        "asked for    class dog: 14",
        "asked for    class owl: 1",
        "bad          empty.png is empty",
        "bad          29.png is not in labels.csv",
        "bad          bad.jpg is text, not a picture: 'hello'",
        "twice        copy.png is 07.png, with another label",
        "warning      1 of 3 classes have one picture or none: owl (1)",
        "suggested    --max_bad_fraction=0.1: leaves out the 3 bad files",
        "suggested    --image_size=32: 95 in 100 pictures have at least 40 pixels a side",
        "suggested    --image_size=48x32: keeps more of pictures that are not square",
        "suggested    --flagfile=flags/faces_folder.flags: for few pictures",
        "preview      preview.png",
        "preview      preview.labels.png",
    ]
    assert json.loads((tmp_path / "found.json").read_text())["labels"] == {
        "kind": "classes",
        "counts": {"cat": 15, "dog": 14, "owl": 1},
        "contradictions": ["copy.png"],
    }

    def image(name):
        with Image.open(pictures / name) as opened:
            box = opened.crop((0, 10, 40, 50)).resize((16, 16), Image.Resampling.BILINEAR)
        return np.asarray(box)

    blank = np.full([16, 16, 3], 255, np.uint8)
    cats = [image(f"{index:02d}.png") for index in range(0, 16, 2)]
    dogs = [image(f"{index:02d}.png") for index in range(1, 17, 2)]
    grid = make_grid(np.stack([*cats, *dogs, image("28.png"), *[blank] * 7]), columns=8)
    shown = np.asarray(Image.open(tmp_path / "preview.labels.png"))
    np.testing.assert_array_equal(shown, grid)


def test_attributes_are_shown_with_their_share_and_their_extremes(command, tmp_path):
    levels = np.arange(10, dtype=np.uint8)
    smile = np.linspace(1, -1, 10).astype(np.float32)
    np.savez(
        tmp_path / "a.npz",
        images=np.broadcast_to(levels[:, None, None] * 20, [10, 32, 32]),
        smile=smile,
        hat=levels < 3,
    )
    printed = command(
        "check_data", "--dataset=a.npz", "--labels=smile,hat", "--image_size=16", "--channels=1"
    )
    assert "asked for    smile: 50%\nasked for    hat: 30%\n" in printed
    grid = np.asarray(Image.open(tmp_path / "preview.labels.png"))
    assert grid.shape == (2 * 18 - 2, 8 * 18 - 2)
    rows = grid[8::18, 8::18] // 20
    assert rows[0].tolist() == [9, 8, 7, 6, 3, 2, 1, 0]  # the saddest, then the happiest
    assert rows[1].tolist() == [3, 4, 5, 6, 9, 0, 1, 2]
    command("check_data", "--dataset=a.npz", "--labels=smile,hat", "--preview=")


def test_of_many_classes_the_first_twenty_are_shown(command, tmp_path):
    classes = np.arange(100) % 50
    images = np.broadcast_to(np.arange(100, dtype=np.uint8)[:, None, None], [100, 16, 16])
    np.savez(tmp_path / "a.npz", images=images, y=classes)
    printed = command("check_data", "--dataset=a.npz", "--labels=y", "--image_size=16")
    assert "asked for    class 19: 2\nasked for    ... and 30 more (--json=<file> has" in printed
    grid = np.asarray(Image.open(tmp_path / "preview.labels.png"))
    assert grid.shape[:2] == (20 * 18 - 2, 8 * 18 - 2)


def test_a_preview_of_labels_that_exists_is_kept(refusal, tmp_path):
    np.savez(tmp_path / "a.npz", images=np.zeros([4, 16, 16], np.uint8), y=np.arange(4) % 2)
    (tmp_path / "x.labels.png").touch()
    arguments = ("--dataset=a.npz", "--preview=x.png", "--labels=y")
    assert refusal("check_data", *arguments) == (
        "--preview=x.png: x.labels.png exists; give --overwrite to replace it"
    )


@pytest.mark.slow
def test_file_names_that_are_not_text_are_shown(process, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    for number in range(2):
        Image.new("RGB", (32, 32), (number, 0, 0)).save(tmp_path / "mine" / f"{number}.png")
    pathlib.Path(os.fsdecode(os.fsencode(tmp_path / "mine") + b"/\xff.png")).touch()
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8:strict")
    result = process("check_data", "--dataset=mine", "--preview=")
    assert result.returncode == 1, result.stderr
    assert "bad          \\udcff.png is empty" in result.stdout


def test_celeba_is_recognised(command, tmp_path):
    (tmp_path / "faces").mkdir()
    for number in range(3):
        Image.new("RGB", (178, 218), (number, 0, 0)).save(tmp_path / "faces" / f"{number}.png")
    printed = command("check_data", "--dataset=faces", "--crop=celeba140", "--image_size=16")
    assert "--crop=celeba178 and --image_size=64: these are aligned CelebA pictures" in printed


@pytest.mark.parametrize(
    ("preview", "dataset"),
    [
        ("preview.png", "."),
        ("deep/preview.png", "."),
        ("new/preview.png", "."),
        ("linked/preview.png", "."),
        ("../elsewhere/preview.png", "."),  # where the link leads to
        ("preview.png", "../mine"),
    ],
)
def test_no_preview_is_written_into_the_data(refusal, tmp_path, monkeypatch, preview, dataset):
    folder = tmp_path / "mine"
    (folder / "deep").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (folder / "linked").symlink_to(tmp_path / "elsewhere")
    for name in ("0.png", "deep/1.png", "linked/2.png"):
        Image.new("RGB", (32, 32)).save(folder / name)
    monkeypatch.chdir(folder)
    named = [] if preview == "preview.png" else [f"--preview={preview}"]
    message = refusal("check_data", f"--dataset={dataset}", *named)
    assert f"--preview={preview}: is in the data set, where it would become a picture" in message
    assert not list(tmp_path.rglob("preview.png"))


def write_levels(folder, levels):
    folder.mkdir()
    for index, pixels in enumerate(levels):
        Image.fromarray(pixels).save(folder / f"{index:02d}.png")


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (range(0, 2), "levels are 0 to 1, of 0 to 255: were the pictures saved with the right"),
        (range(0, 16), "levels are 0 to 15, of 0 to 255"),
        (range(0, 64), "levels are 0 to 63, of 0 to 255"),
        (range(200, 256), "levels are 200 to 255, of 0 to 255"),
        (range(90, 94), "20 of 20 pictures are of nearly one colour"),
        (range(0, 65), None),
        (range(0, 256), None),
    ],
)
def test_pictures_that_use_a_sliver_of_the_range_bring_a_warning(
    command, tmp_path, levels, expected
):
    some = np.random.default_rng(0).choice(list(levels), (20, 32, 32, 3)).astype(np.uint8)
    some[:, 0, 0], some[:, 0, 1] = levels[0], levels[-1]
    if expected and levels[0] == 0:
        some[7, 0, 0] = 255  # one good picture does not hide the others
    write_levels(tmp_path / "mine", some)
    result = command("check_data", "--dataset=mine", "--preview=", "--json=found.json")
    warnings = json.loads((tmp_path / "found.json").read_text())["warnings"]
    assert [f"warning      {line}" for line in warnings] == [
        line for line in result.splitlines() if line.startswith("warning")
    ]
    if expected is None:
        assert warnings == []
    else:
        assert any(line.startswith(expected) for line in warnings), warnings


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (
            2000,
            3,
            ["16: 95 in 100 pictures have at least 3 pixels a side, and are enlarged", "16x32"],
        ),
        (20, 300, ["16: 95 in 100 pictures have at least 20 pixels a side", "32x16"]),
        (400, 100, ["64: 95 in 100 pictures have at least 100 pixels a side", "64x128"]),
        (100, 110, ["64: 95 in 100 pictures have at least 100 pixels a side"]),
    ],
)
def test_sizes_that_a_network_can_take_are_suggested(command, tmp_path, width, height, expected):
    np.save(
        tmp_path / "a.npy", np.arange(2 * width * height).astype(np.uint8).reshape(2, height, width)
    )
    printed = command("check_data", "--dataset=a.npy", "--preview=", "--image_size=16").splitlines()
    sizes = [line.partition("--image_size=")[2] for line in printed if "--image_size" in line]
    assert [
        size if index == 0 else size.partition(":")[0] for index, size in enumerate(sizes)
    ] == expected


@pytest.mark.parametrize(
    ("mode", "is_grey"), [("1", True), ("L", True), ("LA", True), ("I;16", True), ("RGB", False)]
)
def test_grey_is_suggested_for_every_grey_mode(command, tmp_path, mode, is_grey):
    (tmp_path / "mine").mkdir()
    for number in range(3):
        levels = np.random.default_rng(number).integers(0, 2**16, (32, 32), np.uint16)
        image = Image.fromarray(levels)
        if mode != "I;16":
            image = Image.fromarray((levels >> 8).astype(np.uint8)).convert(mode)
        image.save(tmp_path / "mine" / f"{number}.png")
    printed = command("check_data", "--dataset=mine", "--preview=")
    assert ("--channels=1: all pictures are grey" in printed) == is_grey


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "--dataset=None: must be given, and be read from files"),
        (["--dataset=synthetic_faces"], "--dataset=synthetic_faces: must be given, and be read"),
        (["--dataset=nowhere"], "--dataset=nowhere: no such data set, folder or file"),
        (["--dataset=mine", "--preview=a.png"], "--preview=a.png: is a folder; must be a file"),
        (["--dataset=mine", "--preview=a.jpg"], "--preview=a.jpg: must end in .png"),
        (["--dataset=mine", "--preview=b.png"], "--preview=b.png: exists; give --overwrite"),
        (["--dataset=mine", "--json=b.json"], "--json=b.json: exists; give --overwrite to replace"),
        (["--dataset=mine", "--json=http://a/b.json"], "--json=http://a/b.json: is a URL; must be"),
        (["--dataset=gs://mine"], "--dataset=gs://mine: is a URL; must be a path on this machine"),
        (["--dataset=mine", "--crop=face"], "--crop=face: must be one of celeba108"),
        (["--dataset=mine", "--background=sky"], "--background=sky: must be a colour"),
    ],
)
def test_mistakes_are_named(refusal, pictures, arguments, message):
    (pictures.parent / "a.png").mkdir()
    (pictures.parent / "b.png").touch()
    (pictures.parent / "b.json").touch()
    assert message in refusal("check_data", *arguments)
