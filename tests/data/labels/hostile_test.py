"""Labels that are missing, contradict each other, or are of another number than the pictures."""

import csv
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from kerasgan.config import DataSettings, PictureSettings
from kerasgan.data import load_images
from kerasgan.data.open import open_pile
from kerasgan.errors import UserError


@pytest.fixture
def folder(tmp_path):
    """Pictures 00.png to 19.png, whose grey levels are their numbers."""
    place = tmp_path / "mine"
    place.mkdir()
    for number in range(20):
        Image.new("L", (4, 4), number).save(place / f"{number:02}.png")
    return place


def rows(numbers=range(20), label=lambda number: "ab"[number % 2]):
    return [[f"{number:02}.png", label(number)] for number in numbers]


def write_csv(path, rows, header=("name", "class")):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


def load(folder, labels="l.csv", **options):
    settings = {"image_size": 4, "channels": 1, "cache": "memory", **options}
    return load_images(DataSettings(dataset=str(folder), labels=labels, **settings))


def levels_and_classes(images):
    names = [images.conditions.space.names[index] for index in images.conditions.values]
    return list(zip(images[:][:, 0, 0, 0].tolist(), names, strict=True))


def refusal(folder, labels="l.csv", **options):
    with pytest.raises(UserError) as refused:
        load(folder, labels, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def bad(images):
    return {file.name: file.reason for file in images.skipped if file.bad}


EVERY = [(number, "ab"[number % 2]) for number in range(20)]


# Pictures and labels that do not correspond


def test_pictures_without_a_label_are_left_out_as_bad_ones_are(folder):
    write_csv(folder / "l.csv", rows(range(19)))
    images = load(folder, max_bad_fraction=0.05)
    assert levels_and_classes(images) == EVERY[:19]
    assert bad(images) == {"19.png": "is not in l.csv"}
    assert refusal(folder, max_bad_fraction=0.04) == (
        f"--max_bad_fraction=0.04: 1 of 20 pictures in {folder} cannot be used, such as 19.png, "
        "which is not in l.csv; --max_bad_fraction=0.05 would leave them out; python -m "
        f"kerasgan.check_data --dataset={folder} --labels=l.csv lists them"
    )


@pytest.mark.parametrize("cell", ["", "nan", "NaN", " "])
def test_a_cell_that_is_empty_or_not_a_number_is_no_label(folder, cell):
    cells = [[f"{number:02}.png", number % 2, 0.5] for number in range(20)]
    cells[7][2] = cell
    write_csv(folder / "l.csv", cells, ("name", "hat", "smile"))
    images = load(folder, max_bad_fraction=0.05)
    assert len(images) == len(images.conditions) == 19
    assert bad(images) == {"07.png": "has no smile in l.csv"}
    assert images.conditions.values[7].tolist() == [0, 0.5]  # of 08.png


def test_null_in_a_json_is_no_label(folder):
    labels = [[name, None if name == "03.png" else label] for name, label in rows()]
    (folder / "l.json").write_text(json.dumps({"labels": labels}))
    assert bad(load(folder, "l.json", max_bad_fraction=0.05)) == {
        "03.png": "has no class in l.json"
    }
    (folder / "l.json").write_text(json.dumps({"labels": None}))
    assert refusal(folder, "l.json") == (
        '--labels=l.json: has no labels; must be {"labels": [["<picture>", <class>], ...]}'
    )


def test_labels_of_no_picture_are_warned_of(folder, caplog):
    write_csv(folder / "l.csv", [["x.png", "c"], *rows(), ["y.png", "d"]])
    images = load(folder)
    assert levels_and_classes(images) == EVERY
    assert images.conditions.space.names == ("a", "b")
    assert "--labels=l.csv: 2 of its 22 names are not of pictures that are used, such as x" in (
        caplog.text
    )


def test_a_file_about_other_pictures_is_refused(folder):
    write_csv(folder / "l.csv", [["x.png", "a"], ["y.png", "b"]])
    assert refusal(folder) == (
        "--labels=l.csv: names none of the pictures: it has x.png, and the data set has 00.png"
    )
    (folder / "l.json").write_text('{"labels": []}')
    assert refusal(folder, "l.json") == (
        "--labels=l.json: names none of the pictures: it is empty, and the data set has 00.png"
    )


def test_a_repeated_label_is_allowed_and_a_contradiction_refused(folder):
    write_csv(folder / "l.csv", [*rows(), ["./03.png", "b"]])
    assert levels_and_classes(load(folder)) == EVERY
    write_csv(folder / "l.csv", [*rows(), ["./03.png", "a"]])
    assert refusal(folder) == "--labels=l.csv: contradicts itself: ./03.png is b, and is a"
    (folder / "l.json").write_text(json.dumps([["03.png", 1], ["03.png", 2]]))
    assert refusal(folder, "l.json") == "--labels=l.json: contradicts itself: 03.png is 1, and is 2"


def test_labels_of_pictures_that_are_bad_do_not_shift_the_others(folder):
    (folder / "04.png").write_bytes(b"words")
    (folder / "05.png").write_bytes(b"")
    write_csv(folder / "l.csv", rows())
    for cache in ("memory", "none", "disk"):
        images = load(
            folder, cache=cache, cache_dir=str(folder.parent / "cache"), max_bad_fraction=0.1
        )
        assert levels_and_classes(images) == EVERY[:4] + EVERY[6:]
        assert set(bad(images)) == {"04.png", "05.png"}


# Classes


@pytest.mark.parametrize("source", ["folders", "l.csv"])
def test_a_thousand_classes_of_any_name(tmp_path, source):
    folder = tmp_path / "mine"
    names = [f"{chr(0x4E00 + number)} {number}" for number in range(1000)]
    for number, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for copy in range(2):
            Image.new("L", (2, 2), number % 256).save(folder / name / f"{number}_{copy}.png")
    write_csv(
        tmp_path / "l.csv",
        [[f"{n}_{copy}", name] for n, name in enumerate(names) for copy in (0, 1)],
    )
    images = load(folder, source)
    assert images.conditions.space.names == tuple(sorted(names))
    assert np.bincount(images.conditions.values).tolist() == [2] * 1000
    assert images.conditions.conditions([0, -1]).sum(axis=1).tolist() == [1, 1]
    for level, name in levels_and_classes(images):
        assert int(name.split()[1]) % 256 == level


def test_a_class_with_one_picture_is_allowed_and_warned_of(folder, caplog):
    write_csv(folder / "l.csv", rows(label=lambda number: "c" if number == 9 else "ab"[number % 2]))
    assert levels_and_classes(load(folder))[9] == (9, "c")
    assert "--labels=l.csv: 1 of 3 classes have one picture or none: c (1)" in caplog.text
    caplog.clear()
    # The first pictures have fewer classes; what a class means does not depend on that.
    images = load(folder, num_images=3)
    assert images.conditions.space.names == ("a", "b", "c")
    assert levels_and_classes(images) == EVERY[:3]
    assert "2 of 3 classes have one picture or none: b (1), c (0)" in caplog.text


def test_an_attribute_that_stays_is_warned_of(folder, caplog):
    cells = [[f"{number:02}.png", number % 2, 1] for number in range(20)]
    write_csv(folder / "l.csv", cells, ("name", "hat", "smile"))
    load(folder)
    assert "--labels=l.csv: smile is 1 in every picture" in caplog.text


def test_one_class_is_refused(folder):
    write_csv(folder / "l.csv", rows(label=lambda number: "same"))
    assert refusal(folder) == (
        "--labels=l.csv: all pictures are of one class, same; must be of at least two"
    )
    np.savez(folder.parent / "a.npz", images=np.zeros([3, 4, 4], np.uint8), y=np.ones(3, int))
    assert refusal(folder.parent / "a.npz", "y") == (
        "--labels=y: all pictures are of one class, 1; must be of at least two"
    )


# Files that are not files of labels


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "its first line is ''; must be a header with commas, such as name,class or "),
        ("name\n00.png\n", "its first line is 'name'; must be a header with commas"),
        ("name;class\n00.png;a\n", "its first line is 'name;class'; must be a header with commas"),
        ("00.png,a\n01.png,b\n", "its first line is '00.png,a'; must be a header with commas"),
        ("name,a,\n00.png,1,1\n", "its first line is 'name,a,'; must be a header with commas"),
        ("name,a,b,a\n00.png,1,1,1\n", "has two columns a; must be one"),
        ("name,class\n00.png,a\n01.png\n", "line 3 has 1 cells; must be 2, as in the header"),
        ("name,class\n00.png,a,b\n", "line 2 has 3 cells; must be 2, as in the header"),
        ('name,class\n00.png,"a\n', "line 2: unexpected end of data"),
        ("name,class\n" + 200_000 * "x" + ",a\n", "line 2: field larger than field limit (131072)"),
        ("name,hat,kind\n00.png,1,a\n01.png,1,b\n", "kind is of classes, as 00.png is of a; mus"),
        ("name,hat,age\n00.png,1,1\n01.png,1,31\n", "age of 01.png is 31; must be in [-1, 1], "),
        ("name,age\n00.png,0.5\n01.png,1.5\n", "age of 01.png is 1.5; must be in [-1, 1], "),
        ("name,age\n00.png,0.5\n01.png,inf\n", "age of 01.png is inf; must be in [-1, 1], "),
        ("name,age\n00.png,nan\n01.png,\n", "no picture has a label, such as 00.png, which has"),
    ],
)  # fmt: skip
def test_a_csv_of_another_form_is_refused(folder, content, message):
    for number in range(2, 20):
        (folder / f"{number:02}.png").unlink()
    (folder / "l.csv").write_text(content)
    assert refusal(folder).startswith(f"--labels=l.csv: {message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a readable .json file: Expecting property name"),
        ("[" * 100_000, "not a readable .json file: "),
        ("3", 'has no labels; must be {"labels": [["<picture>", <class>], ...]}'),
        ('{"00.png": 1}', 'has no labels; must be {"labels": [["<picture>", <class>], ...]}'),
        ('[["00.png"]]', 'its label number 0 is ["00.png"]; must be ["<picture>", <class>]'),
        ("[[0, 1]]", 'its label number 0 is [0, 1]; must be ["<picture>", <class>]'),
        ('[["00.png", 1.5]]', "the label of 00.png is 1.5; must be an integer, a text, or a list"),
        ('[["00.png", true]]', "the label of 00.png is true; must be an integer, a text, "),
        ('[["00.png", ["a"]]]', 'the label of 00.png is ["a"]; must be an integer, a text, '),
        ('[["00.png", [1]], ["01.png", [1, 0]]]', "its labels are of different kinds; must all be"),
        ('[["00.png", [1]], ["01.png", 0]]', "its labels are of different kinds; must all be"),
        ('[["00.png", [1]], ["01.png", [2]]]', "0 of 01.png is 2; must be in [-1, 1], "),
        ('[["00.png", [1]], ["01.png", [Infinity]]]', "0 of 01.png is inf; must be in [-1, 1], "),
    ],
)  # fmt: skip
def test_a_json_of_another_form_is_refused(folder, content, message):
    for number in range(2, 20):
        (folder / f"{number:02}.png").unlink()
    (folder / "l.json").write_text(content)
    assert refusal(folder, "l.json").startswith(f"--labels=l.json: {message}")


def test_a_file_that_cannot_be_read_is_refused(folder):
    assert refusal(folder) == (
        f"--labels=l.csv: no such file, nor is one in {folder} or next to it"
    )
    assert refusal(folder, "label") == (
        "--labels=label: label is not known: the data set says nothing about its pictures; must be "
        "folders, or a .csv or .json file"
    )
    assert refusal(folder, "gs://bucket/l.csv").startswith("--labels=gs://bucket/l.csv: is a URL")
    (folder / "l.csv").mkdir()
    assert refusal(folder).startswith("--labels=l.csv: no such file")
    (folder / "m.csv").write_bytes("name,class\n00.png,é".encode("latin-1"))
    assert refusal(folder, "m.csv").startswith(
        "--labels=m.csv: not a readable file of labels: 'utf"
    )


def test_files_of_labels_in_an_archive_that_are_two_or_damaged_are_refused(folder):
    archive = folder.parent / "a.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for number in range(20):
            opened.write(folder / f"{number:02}.png", f"x/{number:02}.png")
        opened.writestr("x/l.csv", "name,class\n00.png,cats\n")
        opened.writestr("y/l.csv", "name,class\n00.png,b\n")
    assert refusal(archive) == "--labels=l.csv: may be x/l.csv or y/l.csv in the data set"
    content = archive.read_bytes()
    archive.write_bytes(content.replace(b"00.png,cats", b"00.png,dogs"))
    assert refusal(archive, "x/l.csv").startswith(
        "--labels=x/l.csv: not a readable file of labels: Bad CRC-32 for file"
    )


# What depends on the labels


def test_the_fingerprint_depends_on_them_and_nothing_else_does(folder):
    write_csv(folder.parent / "l.csv", rows())
    first, without = load(folder).fingerprint, load(folder, None).fingerprint
    assert load(folder).fingerprint == first
    assert len(first.labels) == 64 and f", labels {first.labels[:12]}" in str(first)
    assert str(first).startswith(f"{without}, labels")
    changed = rows()
    changed[4][1] = "b"
    write_csv(folder.parent / "l.csv", changed)
    other = load(folder).fingerprint
    assert other.labels != first.labels
    assert (other.pixels, other.files) == (first.pixels, first.files)
    assert (without.pixels, without.files) == (first.pixels, first.files)


def test_pictures_of_one_content_keep_their_own_labels(folder):
    (folder / "20.png").write_bytes((folder / "03.png").read_bytes())
    write_csv(folder / "l.csv", [*rows(), ["20.png", "a"]])
    assert levels_and_classes(load(folder)) == [*EVERY, (3, "a")]


def test_a_pile_counts_what_it_leaves_out_as_a_listing_does(folder):
    write_csv(folder / "l.csv", rows(range(19)))
    settings = PictureSettings(dataset=str(folder), labels="l.csv", num_images=5)
    pile = open_pile(settings)
    assert (len(pile), pile.listed, len(pile.conditions)) == (5, 19, 5)
    assert refusal(folder, num_images=5, max_bad_fraction=0.04).startswith(
        "--max_bad_fraction=0.04: 1 of 20 pictures"
    )
    assert levels_and_classes(load(folder, num_images=5, max_bad_fraction=0.05)) == EVERY[:5]
