"""Hundreds of good pictures among dozens of hostile files: exactly the hostile ones are named."""

import io
import json
import os
import pathlib
import socket
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from kerasgan.config import Config, DataSettings
from kerasgan.data import load_images
from kerasgan.errors import UserError
from kerasgan.training.loop import train

GOOD = 500


def encoded(kind, side=48, mode="RGB", **options):
    noise = np.random.default_rng(side).integers(0, 256, (side, side, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).convert(mode).save(file, kind, **options)
    return file.getvalue()


def png_of(width, height):
    data = bytearray(encoded("PNG", 1))
    data[16:24] = struct.pack(">II", width, height)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


def with_one_bit_turned(data, at):
    return data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :]


KINDS = {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "bmp": "BMP", "webp": "WEBP", "tif": "TIFF"}
CUT_AT = (0.1, 0.5, 0.9)
BAD = {
    # name: (content, how its reason begins)
    **{f"empty.{ending}": (b"", "is empty") for ending in (*KINDS, "jpeg", "pgm")},
    **{
        f"text.{ending}": (b"Dear Sir or Madam,\nplease find", "is text, not a picture: 'Dear Sir")
        for ending in ("jpg", "png", "gif")
    },
    "page.jpg": (b"<!DOCTYPE html><html>" + b"x" * 999, "is text, not a picture: '<!DOCTYPE"),
    "svg.png": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "is text, not a picture: "),
    "script.jpg": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%Pages: 1\n", "is text, not a picture: '%!PS"),
    "zeros.jpg": (bytes(5000), "is not a picture: it begins with zeros"),
    "noise.jpg": (
        b"\x07" + np.random.default_rng(1).bytes(5000),
        "is not a picture: it begins with the bytes 07",
    ),
    "program.png": (
        b"\x7fELF\x02\x01\x01" + bytes(99),
        "is not a picture: it begins with the bytes 7f",
    ),
    "archive.jpg": (b"PK\x03\x04" + bytes(99), "is not a picture: it begins with the bytes 50 4b"),
    "book.jpg": (
        b"%PDF-1.7\n\xe2\xe3\xcf\xd3" + bytes(99),
        "is not a picture: it begins with the by",
    ),
    **{
        f"cut {part:.0%}.{ending}": (
            encoded(KINDS[ending])[: int(part * len(encoded(KINDS[ending])))],
            "is ",
        )
        for ending in ("jpg", "png", "bmp", "webp", "tif")
        for part in CUT_AT
    },
    "cut progressive.jpg": (
        encoded("JPEG", 200, progressive=True)[:9000],
        "is cut off: image file is",
    ),
    "header.jpg": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "is cut off: Truncated File Read"),
    "header.png": (b"\x89PNG\r\n\x1a\n", "is damaged: it begins like a PNG file"),
    "bit.png": (with_one_bit_turned(encoded("PNG"), 200), "is damaged: "),
    "bomb.png": (png_of(60_000, 60_000), "has too many pixels: "),
    "small bomb.png": (png_of(12_000, 12_000), "has too many pixels: "),
    "nothing.png": (png_of(0, 10), "is "),
}
LINKS = {
    "broken.jpg": ("gone.jpg", "is a link to gone.jpg, which does not exist"),
    "loop.jpg": ("loop.jpg", "is a link that leads back to itself"),
    "turn.jpg": ("back.jpg", "is a link that leads back to itself"),
    "back.jpg": ("turn.jpg", "is a link that leads back to itself"),
    "round": (".", "is a link to the data set itself, which has already been read"),
}
ODD = ("pipe.jpg", "socket.jpg")


@pytest.fixture
def pile(tmp_path, monkeypatch):
    """500 good pictures of all kinds, and the bad files among them."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "pictures"
    for index in range(GOOD):
        ending = list(KINDS)[index % len(KINDS)]
        path = folder / f"{index % 7}" / f"{index:03d}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(KINDS[ending], 16 + index % 32, mode=("RGB", "L")[index % 2]))
    for name, (content, _) in BAD.items():
        (folder / name).write_bytes(content)
    for name, (target, _) in LINKS.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe.jpg")
    monkeypatch.chdir(folder)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("socket.jpg")
    monkeypatch.chdir(tmp_path)
    for name in (".DS_Store", "Thumbs.db", "read me.txt", "__MACOSX/._a.jpg", ".trash/a.jpg"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(b"\x00\x05\x16\x07")
    return folder


def test_there_are_enough_hostile_files():
    assert len(BAD) + len(LINKS) + len(ODD) >= 40


def test_exactly_the_bad_files_are_named_each_with_its_reason(pile):
    before = sorted(pile.rglob("*"))
    images = load_images(DataSettings(dataset=str(pile), image_size=16, max_bad_fraction=0.2))
    assert len(images) == GOOD
    reasons = {file.name: file.reason for file in images.skipped if file.bad}
    expected = {
        **{name: reason for name, (_, reason) in BAD.items()},
        **{name: reason for name, (_, reason) in LINKS.items()},
        **dict.fromkeys(ODD, "is not a regular file"),
    }
    assert set(reasons) == set(expected)
    for name, reason in expected.items():
        assert reasons[name].startswith(reason), f"{name} {reasons[name]}"
        if name.startswith("cut "):
            assert reasons[name].startswith(("is cut off: ", "is damaged: ")), reasons[name]
    ignored = {file.name for file in images.skipped if not file.bad}
    assert ignored == {".DS_Store", "Thumbs.db", "read me.txt", "__MACOSX", ".trash"}
    assert sorted(pile.rglob("*")) == before


@pytest.mark.slow
def test_training_runs_and_leaves_the_list(pile):
    config = Config(
        dataset=str(pile), max_bad_fraction=0.2, image_size=16, batch_size=100, base_filters=4,
        latent_dim=4, epochs=1, num_samples=4, metrics="swd", best_metric="swd", strategy="single",
        evaluate_images=16, evaluate_images_at_end=16, penalty="none", skip_sums=False,
    )  # fmt: skip
    run_dir = train(config, pathlib.Path("run")).run_dir
    lines = (run_dir / "skipped_files.jsonl").read_text().splitlines()
    listed = [json.loads(line) for line in lines]
    assert len(listed) == len(BAD) + len(LINKS) + len(ODD) + 5
    assert {"name": "broken.jpg", "reason": LINKS["broken.jpg"][1], "bad": True} in listed
    data = json.loads((run_dir / "config.json").read_text())["data"]
    assert data["count"] == GOOD


def test_above_the_limit_training_does_not_begin_and_the_list_is_shown(pile, caplog):
    with caplog.at_level("WARNING"), pytest.raises(UserError) as refused:
        train(Config(dataset=str(pile), image_size=16), pathlib.Path("run"))
    bad = len(BAD) + len(LINKS) + len(ODD)
    message = str(refused.value)
    assert message.startswith(f"--max_bad_fraction=0.01: {bad} of {GOOD + bad} pictures in {pile} ")
    assert message.endswith(f"python -m kerasgan.check_data --dataset={pile} lists them")
    assert "\n" not in message
    assert "which does not exist" in caplog.text and f"... and {bad - 20} more" in caplog.text
    assert not pathlib.Path("run").exists()
