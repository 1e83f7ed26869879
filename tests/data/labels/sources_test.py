"""Labels from every place that they can be in, each made by the test."""

import io
import json
import tarfile
import unicodedata
import zipfile

import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from PIL import Image

from kerasgan.config import DataSettings
from kerasgan.data import load_images
from kerasgan.errors import UserError


def png(grey):
    file = io.BytesIO()
    Image.new("L", (4, 4), grey).save(file, "PNG")
    return file.getvalue()


def write(folder, files):
    """Pictures, whose names stand for grey levels, and other files."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(content) if isinstance(content, int) else content.encode())
    return folder


def pack(folder, kind):
    archive = folder.with_name(f"{folder.name}.{kind}")
    paths = [path for path in sorted(folder.rglob("*"), reverse=True) if path.is_file()]
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as opened:
            for path in paths:
                opened.write(path, path.relative_to(folder))
    elif kind == "tar":
        with tarfile.open(archive, "w") as opened:
            for path in paths:
                opened.add(path, path.relative_to(folder))
    else:
        return folder
    return archive


def load(place, labels, **options):
    settings = {"image_size": 4, "channels": 1, "cache": "memory", "max_bad_fraction": 0, **options}
    return load_images(DataSettings(dataset=str(place), labels=labels, **settings))


def classes(images):
    """The class of each image, by its grey level."""
    assert images.conditions.space.kind == "classes"
    assert images.conditions.values.dtype == np.int64
    names = [images.conditions.space.names[index] for index in images.conditions.values]
    return dict(zip(images[:][:, 0, 0, 0].tolist(), names, strict=True))


def attributes(images):
    """The names of attributes, and those of each image, by its grey level."""
    assert images.conditions.space.kind == "attributes"
    assert images.conditions.values.dtype == np.float32
    of_images = zip(images[:][:, 0, 0, 0].tolist(), images.conditions.values.tolist(), strict=True)
    return images.conditions.space.names, dict(of_images)


def refusal(place, labels, **options):
    with pytest.raises(UserError) as refused:
        load(place, labels, **options)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_without_the_flag_there_are_none(tmp_path):
    images = load(write(tmp_path, {"a/1.png": 1, "b/2.png": 2}), None)
    assert images.conditions is None
    assert not hasattr(images.fingerprint, "labels")


# Folders

TREE = {"all/cat/siam/1.png": 1, "all/cat/tabby/2.png": 2, "all/dog/3.png": 3, "all/dog/4.png": 4}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_a_folder_is_a_class_and_its_path_the_name(tmp_path, kind):
    images = load(pack(write(tmp_path / "tree", TREE), kind), "folders")
    assert classes(images) == {1: "cat/siam", 2: "cat/tabby", 3: "dog", 4: "dog"}
    assert images.conditions.space.names == ("cat/siam", "cat/tabby", "dog")
    assert images.conditions.conditions([0, 3]).tolist() == [[1, 0, 0], [0, 0, 1]]


def test_names_of_folders_may_be_of_any_script_and_of_no_text(tmp_path):
    write(tmp_path, {"猫/1.png": 1, unicodedata.normalize("NFD", "Ärger") + "/2.png": 2})
    write(tmp_path, {"\udcff/3.png": 3})
    assert classes(load(tmp_path, "folders")) == {1: "猫", 2: "Ärger", 3: r"\xff"}


def test_folders_with_the_separator_of_windows_are_folders(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("cat\\1.png", png(1))
        archive.writestr("dog\\2.png", png(2))
    assert classes(load(tmp_path / "a.zip", "folders")) == {1: "cat", 2: "dog"}


def test_what_is_not_in_folders_is_refused(tmp_path):
    write(tmp_path / "flat", {"1.png": 1, "2.png": 2})
    assert refusal(tmp_path / "flat", "folders") == (
        "--labels=folders: no picture has a label, such as 1.png, which lies in no folder that "
        "could be its class"
    )
    write(tmp_path / "one", {"cat/1.png": 1, "cat/2.png": 2})
    assert refusal(tmp_path / "one", "folders") == (
        "--labels=folders: all pictures are of one class, cat; must be of at least two"
    )
    np.save(tmp_path / "a.npy", np.zeros([3, 8, 8], np.uint8))
    assert refusal(tmp_path / "a.npy", "folders") == (
        "--labels=folders: npy has no folders; must be a folder, a .zip or a .tar file"
    )


# Files

DATASET_JSON = json.dumps({"labels": [["b/2.png", 7], ["a/1.png", 3], ["a/3.png", 3]]})
PICTURES = {"a/1.png": 1, "b/2.png": 2, "a/3.png": 3}


@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
@pytest.mark.parametrize("where", ["inside", "next to it", "elsewhere"])
def test_the_json_of_stylegan_is_read_wherever_it_lies(tmp_path, monkeypatch, kind, where):
    tree = write(tmp_path / "tree", PICTURES)
    places = {"inside": tree, "next to it": tmp_path, "elsewhere": tmp_path / "else"}
    write(places[where], {"dataset.json": DATASET_JSON})
    monkeypatch.chdir(places["elsewhere"] if where == "elsewhere" else "/")
    images = load(pack(tree, kind), "dataset.json")
    # The indices have a gap.
    assert classes(images) == {1: "3", 2: "7", 3: "3"}
    assert images.conditions.values.tolist() == [0, 0, 1]


def test_a_file_in_a_folder_of_an_archive_is_found_by_its_name(tmp_path):
    write(tmp_path / "tree" / "top", PICTURES | {"dataset.json": DATASET_JSON})
    assert classes(load(pack(tmp_path / "tree", "zip"), "dataset.json")) == {1: "3", 2: "7", 3: "3"}


@pytest.mark.parametrize(
    ("content", "names", "values"),
    [
        ("name,class\n1.png,dog\n2.png,cat\n3.png,dog\n", ("cat", "dog"), [1, 1, 0]),
        ("name,class\n1.png,10\n2.png,9\n3.png,10\n", ("9", "10"), [1, 1, 0]),
        ("name,class\n1.png,1.0\n2.png,0.0\n3.png,1.0\n", ("0", "1"), [1, 1, 0]),
        ("name,Label\n1.png,1\n2.png,-1\n3.png,1\n", ("-1", "1"), [1, 1, 0]),
        ("name,class\n1.png,007\n2.png,7\n3.png,007\n", ("007", "7"), [0, 0, 1]),
        ("file,breed\n1.png,pug\n2.png,\u732b\n3.png,pug\n", ("pug", "\u732b"), [0, 0, 1]),
        ("file,age\n1.png,31\n2.png,7\n3.png,31\n", ("7", "31"), [1, 1, 0]),
        (
            '\ufeffname,class\r\n"1.png","a, b"\r\n\r\n2.png , c\r\n3,"a, b"\r\n',
            ("a, b", "c"),
            [0, 0, 1],
        ),
    ],
)  # fmt: skip
def test_classes_of_a_csv(tmp_path, content, names, values):
    write(tmp_path, PICTURES | {"labels.csv": content})
    labels = load(tmp_path, "labels.csv").conditions
    assert (labels.space.kind, labels.space.names) == ("classes", names)
    assert labels.values.tolist() == values  # of a/1.png, a/3.png and b/2.png


def test_attributes_of_a_csv(tmp_path):
    content = "name,smile,glasses,Öl\n1.png,0.25,1,True\n2.png,-1,0,FALSE\n3.png,1,0,false\n"
    write(tmp_path, PICTURES | {"labels.csv": content})
    names, values = attributes(load(tmp_path, "labels.csv"))
    assert names == ("smile", "glasses", "Öl")
    assert values == {1: [0.25, 1, 1], 2: [-1, 0, 0], 3: [1, 0, 0]}
    write(tmp_path, {"labels.csv": "name,hat\n1.png,0\n2.png,1\n3.png,0\n"})
    assert attributes(load(tmp_path, "labels.csv")) == (("hat",), {1: [0], 2: [1], 3: [0]})


def test_a_json_has_classes_by_name_and_lists_of_numbers(tmp_path):
    content = [["1.png", "ωmega"], ["2.png", "a"], ["3.png", "a"]]
    write(tmp_path, PICTURES | {"l.json": json.dumps(content)})
    assert classes(load(tmp_path, "l.json")) == {1: "ωmega", 2: "a", 3: "a"}
    content = {"labels": [["1.png", [0, 0.5]], ["2.png", [1, -1]], ["3.png", [0, 1]]]}
    write(tmp_path, {"l.json": json.dumps(content)})
    assert attributes(load(tmp_path, "l.json")) == (
        ("0", "1"),
        {1: [0, 0.5], 2: [1, -1], 3: [0, 1]},
    )


# What the data say already


def test_arrays_are_labels(tmp_path):
    images = np.full([4, 4, 4], 1, np.uint8) * np.arange(1, 5, dtype=np.uint8)[:, None, None]
    np.savez(
        tmp_path / "a.npz",
        images=images,
        labels=np.array([5, 2, 9, 2]),
        binary=np.array([0, 1, 1, 0], np.uint8),
        kind=np.array(["ö", "a", "b", "a"]),
        hat=np.array([True, False, False, True]),
        smile=np.array([-1, 1, 1, -1], np.int8),
        age=np.array([-1, 0.5, 0, 1], np.float32),
        short=np.arange(3),
    )
    assert classes(load(tmp_path / "a.npz", "labels")) == {1: "5", 2: "2", 3: "9", 4: "2"}
    assert classes(load(tmp_path / "a.npz", "binary")) == {1: "0", 2: "1", 3: "1", 4: "0"}
    assert classes(load(tmp_path / "a.npz", "kind")) == {1: "ö", 2: "a", 3: "b", 4: "a"}
    assert attributes(load(tmp_path / "a.npz", "hat")) == (
        ("hat",),
        {1: [1], 2: [0], 3: [0], 4: [1]},
    )
    assert attributes(load(tmp_path / "a.npz", "smile, binary,age"))[1] == {
        1: [-1, 0, -1], 2: [1, 1, 0.5], 3: [1, 1, 0], 4: [-1, 0, 1],
    }  # fmt: skip
    assert refusal(tmp_path / "a.npz", "short") == (
        "--labels=short: short is int64 [3]: neither pictures nor labels"
    )
    assert refusal(tmp_path / "a.npz", "hat,labels") == (
        "--labels=hat,labels: labels of 0 is 5; must be in [-1, 1], as an attribute; classes "
        "are integers or text, and the only label"
    )
    assert refusal(tmp_path / "a.npz", "hat,kind") == (
        "--labels=hat,kind: kind is of classes, as 0 is of ö; must be the only label, or be left "
        "out"
    )
    assert refusal(tmp_path / "a.npz", "label").startswith(
        "--labels=label: label is not a label of the data set; must be of labels"
    )


def write_records(path, rows):
    kinds = {bytes: "bytes_list", int: "int64_list", float: "float_list"}
    with tf.io.TFRecordWriter(str(path)) as writer:
        for row in rows:
            if isinstance(row, bytes):
                writer.write(row)
                continue
            example = tf.train.Example()
            for name, value in row.items():
                getattr(example.features.feature[name], kinds[type(value)]).value.append(value)
            writer.write(example.SerializeToString())


def test_features_of_records_are_labels(tmp_path):
    rows = [
        {"image": png(10 + row), "image/class/label": row % 2 + 4, "smile": row / 4, "id": row}
        for row in range(5)
    ]
    write_records(tmp_path / "a.tfrecord", rows)
    images = load(tmp_path / "a.tfrecord", "label")  # the only feature that ends with /label
    assert classes(images) == {10: "4", 11: "5", 12: "4", 13: "5", 14: "4"}
    assert classes(load(tmp_path / "a.tfrecord", "image/class/label")) == classes(images)
    assert attributes(load(tmp_path / "a.tfrecord", "smile"))[1][13] == [0.75]
    assert refusal(tmp_path / "a.tfrecord", "image") == (
        "--labels=image: image is not a label of the data set; must be of id, "
        "image/class/label, smile"
    )


def test_records_without_the_label_or_damaged_ones_are_bad(tmp_path):
    rows = [{"image": png(row), "y": row % 2} for row in range(6)]
    rows[1] = {"image": png(1)}
    rows[2] = {"image": png(2), "y": 0.5}
    rows[3] = b"damaged"
    write_records(tmp_path / "a.tfrecord", rows)
    images = load(tmp_path / "a.tfrecord", "y", max_bad_fraction=0.6)
    assert classes(images) == {0: "0", 4: "0", 5: "1"}
    assert {file.name: file.reason for file in images.skipped if file.bad} == {
        f"a.tfrecord:{row}": "has no y" for row in (1, 2, 3)
    }


with tfds.core.registered.skip_registration():

    class Pets(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = tfds.features.FeaturesDict(
                {
                    "image": tfds.features.Image(shape=(None, None, 1), encoding_format="png"),
                    "label": tfds.features.ClassLabel(names=["cat", "dog", "Vogel"]),
                    "attributes": {"indoor": np.bool_, "age": np.float32},
                    "name": tfds.features.Text(),
                }
            )
            return tfds.core.DatasetInfo(builder=self, features=features, disable_shuffling=True)

        def _split_generators(self, dl_manager):
            return {"train": self._generate_examples(0), "test": self._generate_examples(10)}

        def _generate_examples(self, first):
            for number in range(first, first + 4):
                yield (
                    number,
                    {
                        "image": np.full([4, 4, 1], number, np.uint8),
                        "label": -1 if number == 13 else number % 2,
                        "attributes": {"indoor": number % 2 == 0, "age": number / 4 - 1},
                        "name": "x",
                    },
                )


def test_tfds_has_the_names_of_classes_and_attributes(tmp_path):
    Pets(data_dir=tmp_path).download_and_prepare()
    images = load("tfds:pets", "label", data_dir=str(tmp_path))
    assert classes(images) == {0: "cat", 1: "dog", 2: "cat", 3: "dog"}
    assert images.conditions.space.names == ("cat", "dog", "Vogel")
    names, values = attributes(load("tfds:pets", "indoor,age", data_dir=str(tmp_path)))
    assert names == ("indoor", "age")
    assert values == {0: [1, -1], 1: [0, -0.75], 2: [1, -0.5], 3: [0, -0.25]}
    # TFDS writes -1 where nobody knows the class.
    images = load("tfds:pets", "label", data_dir=str(tmp_path), split="test", max_bad_fraction=0.3)
    assert classes(images) == {10: "cat", 11: "dog", 12: "cat"}
    (bad,) = (file for file in images.skipped if file.bad)
    assert bad.reason == "has no label"
    assert images.conditions.space.names == ("cat", "dog", "Vogel")
