import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.sampling.open_painter import painter_of_run

QUICK = ["--candidates=32", "--starts=2", "--steps=4"]


def read_png(path):
    return tf.io.decode_png(path.read_bytes()).numpy()


@pytest.fixture
def photos(tmp_path):
    """A folder with two pictures of noise."""
    folder = tmp_path / "photos"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(256, size=[2, 24, 32, 3]).astype(np.uint8)
    for name, pixels in zip(("me", "you"), noise, strict=True):
        Image.fromarray(pixels).save(folder / f"{name}.png")
    return folder


@pytest.mark.slow
def test_a_folder_of_photographs_is_projected_and_continued(
    command, refusal, run_dir, photos, tmp_path
):
    arguments = ["project", f"--run_dir={run_dir}", *QUICK, "--output=found"]
    printed = command(*arguments, "--image=photos/me.png").splitlines()
    assert printed[0].startswith("me: ") and "grey levels from the picture; the best" in printed[0]
    assert printed[1:] == ["1 latents in found/latents.npz"]
    found = tmp_path / "found"
    names = {str(path.relative_to(found)) for path in found.rglob("*.*")}
    assert names == {"latents.npz", "projections.json", "pictures/me.png", "ways/me.png"}
    way = read_png(found / "ways/me.png")
    assert way.shape == (16, 5 * 18 - 2, 3)  # steps 0, 1, 2 and 4, after the picture itself
    kept = (found / "pictures/me.png").stat().st_mtime_ns

    printed = command(*arguments, "--image=photos")
    assert printed.startswith("1 of 2 pictures are there already\nme: ")
    assert printed.endswith("2 latents in found/latents.npz\n")
    assert (found / "pictures/me.png").stat().st_mtime_ns == kept
    with np.load(found / "latents.npz") as arrays:
        assert arrays["names"].tolist() == ["me", "you"]
        latents = arrays["latents"]
    assert latents.dtype == np.float32
    content = json.loads((found / "projections.json").read_text())
    assert content["settings"]["steps"] == 4
    painter = painter_of_run(run_dir)
    for index, result in enumerate(content["images"]):
        picture = read_png(found / "pictures" / f"{result['name']}.png")
        np.testing.assert_allclose(painter.paint(latents[index][None])[0], picture, atol=1)
        start = way[:, :16] if index == 0 else read_png(found / "ways/you.png")[:, :16]
        error = np.abs(picture.astype(int) - start).mean()
        assert abs(error - result["error"]) < 1e-3
        assert result["error"] <= result["start_error"] + 1

    assert "holds 1 images that were not asked for, such as you; give" in refusal(
        *arguments, "--image=photos/me.png"
    )
    assert "holds results of another model, label or search; give --overwrite" in refusal(
        *arguments, "--image=photos", "--prior=1"
    )
    command(*arguments, "--image=photos/you.png", "--prior=1", "--overwrite")
    assert [path.name for path in (found / "ways").iterdir()] == ["you.png"]


@pytest.mark.slow
def test_a_killed_commands_last_picture_is_made_again(command, run_dir, photos, tmp_path):
    arguments = ["project", f"--run_dir={run_dir}", *QUICK, "--output=found", "--image=photos"]
    command(*arguments)
    found = tmp_path / "found"
    wanted = {path: path.read_bytes() for path in found.rglob("*.*")}
    content = json.loads((found / "projections.json").read_text())
    content["images"].pop()  # as before its last writing
    (found / "projections.json").write_text(json.dumps(content))
    assert command(*arguments).startswith("1 of 2 pictures are there already")
    assert {path: path.read_bytes() for path in found.rglob("*.*")} == wanted
    (found / "latents.npz").write_bytes(b"broken")
    assert command(*arguments).startswith("me: ")
    assert {path: path.read_bytes() for path in found.rglob("*.*")} == wanted


@pytest.mark.slow
def test_an_exported_model_and_other_commands_take_the_latents(
    command, refusal, model, run_dir, photos, tmp_path
):
    command("project", f"--model={model}", *QUICK, "--image=photos")
    command("project", f"--model={model}", *QUICK, "--image=photos")  # as any default output
    source, latents = f"--run_dir={run_dir}", "--latents=projection/latents.npz"
    command("sample", source, latents, "--output=s.png")
    pictures = [
        read_png(tmp_path / "projection" / "pictures" / name) for name in ("me.png", "you.png")
    ]
    grid = read_png(tmp_path / "s.png").astype(int)
    np.testing.assert_allclose(grid[:, :16], pictures[0], atol=1)
    np.testing.assert_allclose(grid[:, 18:], pictures[1], atol=1)

    command("arithmetic", source, "--a=1-3", "--b=4-6", latents)
    figure = read_png(tmp_path / "arithmetic.png").astype(int)
    np.testing.assert_allclose(figure[18:34, 72:88], pictures[0], atol=1)
    np.testing.assert_allclose(figure[36:52, 72:88], pictures[1], atol=1)
    assert command("interpolate", source, latents, "--num_frames=3") == "walk.gif\n"

    assert refusal("arithmetic", source, "--a=1", "--b=2", "--c=3", latents) == (
        "--latents: must not be given together with --c"
    )
    assert refusal("interpolate", source, "--show=corners", latents) == (
        "--latents=projection/latents.npz: holds 2; must be 4 latents for corners"
    )
    np.save(tmp_path / "one.npy", np.zeros([1, 6]))
    assert refusal("interpolate", source, "--latents=one.npy") == (
        "--latents=one.npy: holds 1; must be 2 to 10000 latents for a walk"
    )


def test_what_cannot_be_projected_is_refused_in_one_line(refusal, run_dir, photos, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").touch()
    source, image = f"--run_dir={run_dir}", "--image=photos"
    for arguments, message in (
        ([], "--run_dir or --model: must give exactly one of them"),
        ([source], "--image: must be given, a picture or a folder of pictures"),
        ([source, "--image=me.png"], "--image=me.png: no such file or folder"),
        ([source, image, "--steps=0"], "--steps=0: must be at least 1"),
        ([source, image, "--starts=9", "--candidates=5"], "--starts=9: must be at most --candid"),
        ([source, image, "--crop=celeba108"], "--image=photos: me.png is 32x24: --crop=celeba108 "),
        ([source, image, "--extractor=vgg"], "--extractor=vgg: must be embedded, "),
        ([source, image, "--output=mine"], "--output=mine: holds other files; must be a new or"),
        ([source, image, "--output=photos/me.png"], "--output=photos/me.png: is a file; must be"),
        ([source, image, "--labels=cat"], "--labels=cat: the generator was trained without labels"),
    ):
        assert refusal("project", *QUICK[:1], *arguments).startswith(message), arguments


@pytest.mark.slow
def test_the_label_that_is_asked_for_is_painted(command, run_of_classes, photos, tmp_path):
    source = f"--run_dir={run_of_classes[1]}"
    painter = painter_of_run(run_of_classes[1])
    for output, flag, label in (("a", ["--labels=emu, or ostrich"], 2), ("b", ["--seed=4"], 1)):
        command("project", source, *QUICK, *flag, "--image=photos/me.png", f"--output={output}")
        with np.load(tmp_path / output / "latents.npz") as arrays:
            image = painter.paint(arrays["latents"], np.array([label]))[0]
        picture = read_png(tmp_path / output / "pictures" / "me.png")
        np.testing.assert_allclose(picture, image, atol=1)
