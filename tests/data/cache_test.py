"""The cache on disk: reuse, and failures while real processes write it."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

from kerasgan.config import DataSettings
from kerasgan.data import batches, load_images
from kerasgan.data.cache import check_space
from kerasgan.data.image_set import PixelDigest
from kerasgan.errors import RunError, UserError

SHAPE = (16, 16, 3)


@pytest.fixture
def folder(tmp_path):
    """400 pictures of noise."""
    place = tmp_path / "pictures"
    place.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (400, 20, 20, 3), dtype=np.uint8)
    for index, pixels in enumerate(noise):
        Image.fromarray(pixels).save(place / f"{index:03d}.png")
    return place


def load(folder, cache="disk", **options):
    settings = {"image_size": 16, "cache_dir": str(folder.parent / "cache"), **options}
    return load_images(DataSettings(dataset=str(folder), cache=cache, **settings))


def caches(folder):
    return sorted((folder.parent / "cache" / "images").glob("*"))


def finished(folder):
    return [path for path in caches(folder) if path.is_dir() and "unfinished" not in path.name]


@pytest.mark.parametrize("cache", ["disk", "memory", "none", "auto"])
def test_images_are_the_same_wherever_they_are_kept(folder, cache):
    images = load(folder, cache)
    reference = load(folder, "memory")
    assert images.fingerprint == reference.fingerprint
    everything = images[:]
    assert everything.shape == images.shape == (400, *SHAPE)
    np.testing.assert_array_equal(everything, reference[:])
    for rows in ([3, 1, 399, -1, 1], slice(5, 300, 7), np.array([2, 0]), slice(7, 7)):
        np.testing.assert_array_equal(images[rows], reference[:][rows])
    np.testing.assert_array_equal(images[-2], reference[:][-2])
    with pytest.raises(IndexError):
        images[400]
    options = {"batch_size": 32, "first_step": 5, "last_step": 15, "seed": 1, "random_flip": True}
    for ours, theirs in zip(
        batches(images, **options), batches(reference[:], **options), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)


def test_the_fingerprint_depends_on_pixels_and_names(folder):
    known = load(folder).fingerprint
    digest = PixelDigest(SHAPE)
    digest.update(load(folder, "memory")[:150])
    digest.update(load(folder, "memory")[150:])
    assert known.pixels == digest.hexdigest()
    assert (known.source, known.count, known.split) == ("folder", 400, "all")
    (folder / "000.png").rename(folder / "zzz.png")
    other = load(folder).fingerprint
    assert other.files != known.files and other.pixels != known.pixels
    for setting in ({"crop": "none"}, {"resize": "area"}, {"background": "black"}):
        assert load(folder, **setting).fingerprint != other


def test_a_second_run_reads_only_the_cache(folder, monkeypatch):
    first = load(folder)
    (cache,) = finished(folder)
    assert str(cache) in first.place and " GB in " in first.place
    np.testing.assert_array_equal(np.load(cache / "images.npy"), first[:])
    monkeypatch.delattr("kerasgan.data.load.prepare")
    again = load(folder)
    assert again.fingerprint == first.fingerprint
    assert finished(folder) == [cache]


def test_every_change_of_the_pictures_makes_another_cache(folder):
    load(folder)
    pixels = Image.open(folder / "007.png").copy()
    times = (folder / "007.png").stat()
    data = bytearray((folder / "007.png").read_bytes())
    pixels.save(folder / "007.png")
    (folder / "007.png").write_bytes(data)  # the same size and content, with an old mtime
    os.utime(folder / "007.png", ns=(times.st_atime_ns, times.st_mtime_ns))
    load(folder)
    assert len(finished(folder)) == 2
    load(folder, num_images=399)
    load(folder, image_size=(16, 8))
    assert len(finished(folder)) == 4


def test_bad_files_are_remembered(folder):
    (folder / "100.png").write_bytes(b"hello")
    first, again = load(folder), load(folder)
    assert [(file.name, file.reason) for file in again.skipped] == [
        ("100.png", "is text, not a picture: 'hello'")
    ]
    assert again.skipped == first.skipped
    assert len(again) == 399 and again.shape == (399, *SHAPE)


@pytest.mark.parametrize("damage", ["images.npy", "images.json", "chosen.npy", "shorter", "text"])
def test_a_damaged_cache_is_made_again(folder, damage):
    expected = load(folder)[:]
    (cache,) = finished(folder)
    if damage == "shorter":
        os.truncate(cache / "images.npy", 5000)
    elif damage == "text":
        (cache / "images.json").write_text("{")
    else:
        (cache / damage).unlink()
    np.testing.assert_array_equal(load(folder)[:], expected)
    assert finished(folder) == [cache]
    assert not list((cache.parent).glob("*.unfinished"))


PROGRAM = """
import json, pathlib, sys
from kerasgan.config import DataSettings
from kerasgan.data import load_images
from kerasgan.errors import UserError
try:
    images = load_images(
        DataSettings(dataset=sys.argv[1], image_size=16, cache="disk", cache_dir=sys.argv[2])
    )
except UserError as error:
    sys.exit(f"error: {error}")
print(json.dumps([len(images), images.fingerprint.pixels]))
"""


def start(folder, *, slow=False, limit=None):
    """Another process that prepares the folder; a slow one takes 20 ms for each picture."""
    program = PROGRAM
    if slow:
        program = (
            "import time; from kerasgan.data.pictures import prepare; read = prepare.read\n"
            "prepare.read = lambda *all: (time.sleep(0.02), read(*all))[1]\n" + program
        )
    if limit is not None:
        program = (
            f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
            "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n" + program
        )

    return subprocess.Popen(
        [sys.executable, "-c", program, folder, folder.parent / "cache"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(happened):
    while not happened():
        time.sleep(0.01)


def half_written(folder):
    return [path for path in caches(folder) if path.name.endswith(".unfinished")]


def outcome(process):
    out, err = process.communicate()
    assert process.returncode == 0, err
    return json.loads(out)


def test_a_run_killed_while_writing_leaves_no_cache_that_is_used(folder):
    process = start(folder, slow=True)
    wait_for(lambda: half_written(folder))
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert half_written(folder) and not finished(folder)
    images = load(folder)
    np.testing.assert_array_equal(images[:], load(folder, "memory")[:])
    assert not half_written(folder)
    assert len(finished(folder)) == 1


@pytest.mark.slow
def test_two_runs_at_once_do_the_work_once(folder):
    first, second = start(folder, slow=True), start(folder, slow=True)
    assert outcome(first) == outcome(second) == [400, load(folder, "memory").fingerprint.pixels]
    assert len(finished(folder)) == 1 and not half_written(folder)


@pytest.mark.slow
def test_a_full_disk_is_reported_and_nothing_is_left(folder):
    # A limit on file sizes makes the system refuse writes, like a full disk.
    process = start(folder, limit=100_000)
    out, err = process.communicate()
    assert process.returncode == 1 and not out
    cache_dir = folder.parent / "cache"
    assert err.splitlines()[-1] == (
        f"error: --cache_dir={cache_dir}: the cache cannot be written: File too large; make room, "
        "name another folder, or give --cache=memory"
    )
    assert not finished(folder) and not half_written(folder)


def test_too_little_disk_space_is_reported_before_the_work_begins(folder):
    message = (
        r"--cache_dir=.*cache: the cache takes 20615.84 GB and [\d.]+ GB are free; make room, name "
        "another folder, or give --cache=none, "
    )
    with pytest.raises(UserError, match=message):
        load(folder, image_size=1 << 17)
    assert not finished(folder) and not half_written(folder)


def test_a_large_cache_is_announced_with_its_size(tmp_path, caplog):
    check_space(tmp_path, 2_000_000, large=2_000_000)
    assert not caplog.messages
    check_space(tmp_path, 20_000_000, large=2_000_000)
    (said,) = caplog.messages
    assert said.startswith("The cache takes up to 0.02 GB of the ")
    assert "--cache_dir puts it elsewhere, and --cache=none does without" in said


def test_a_folder_that_cannot_be_written_is_reported(folder):
    (folder.parent / "cache").write_text("a file")
    with pytest.raises(UserError, match=r"--cache_dir=.*cache: the cache cannot be written: "):
        load(folder)


def test_auto_keeps_few_images_in_memory_and_many_on_disk(folder, monkeypatch):
    assert load(folder, "auto").place == "in memory"
    assert not caches(folder)
    monkeypatch.setattr("kerasgan.data.load._AUTO_CACHE_MAX_BYTES", 400 * 16 * 16 * 3 - 1)
    assert " GB in " in load(folder, "auto").place
    assert len(finished(folder)) == 1


def test_a_picture_that_disappears_during_training_is_named(folder):
    images = load(folder, "none")
    (folder / "003.png").unlink()
    images[2]
    with pytest.raises(RunError, match=r"^003.png cannot be read: No such file .*Put it back"):
        images[3]
