"""CelebA in the layouts in use, small, from generated pictures with the official file names."""

import contextlib
import csv
import hashlib
import http.server
import io
import pathlib
import shutil
import socket
import sys
import threading
import zipfile

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from kerasgan.config import Config, DataSettings, PictureSettings
from kerasgan.data import load_images
from kerasgan.data.open import open_pile
from kerasgan.errors import UserError
from kerasgan.faces import synthetic_faces
from kerasgan.training.loop import train

celeba = tfds.builder_cls("celeb_a")
DATES = (1980, 1, 1, 0, 0, 0)
COUNT = 24
PARTS = {index: 0 if index <= 16 else 1 if index <= 20 else 2 for index in range(1, COUNT + 1)}
ATTRIBUTES = list(
    tfds.builder("celeb_a", data_dir="/nonexistent").info.features["attributes"].keys()
)
HAS = np.random.default_rng(0).integers(0, 2, (COUNT, 40)).astype(bool)


def jpegs():
    faces, _ = synthetic_faces(COUNT, image_size=(218, 178), seed=0)
    for index, face in enumerate(faces, start=1):
        file = io.BytesIO()
        Image.fromarray(face).save(file, "JPEG")
        yield f"{index:06d}.jpg", file.getvalue()


@pytest.fixture(scope="session")
def official(tmp_path_factory):
    """The five official files, with 24 pictures."""
    place = tmp_path_factory.mktemp("official")
    names = [f"{index:06d}.jpg" for index in PARTS]
    with zipfile.ZipFile(place / "img_align_celeba.zip", "w") as archive:
        archive.writestr("img_align_celeba/", b"")
        for name, data in jpegs():
            archive.writestr(zipfile.ZipInfo(f"img_align_celeba/{name}", DATES), data)
    lines = [f"{name} {part}" for name, part in zip(names, PARTS.values(), strict=True)]
    (place / "list_eval_partition.txt").write_text("\n".join(lines) + "\n")
    rows = [
        f"{name} " + " ".join(f"{'1' if has else '-1':>2}" for has in row)
        for name, row in zip(names, HAS, strict=True)
    ]
    header = f"{COUNT}\n{' '.join(ATTRIBUTES)} \n"
    (place / "list_attr_celeba.txt").write_text(header + "\n".join(rows) + "\n")
    columns = "lefteye_x lefteye_y righteye_x righteye_y nose_x nose_y leftmouth_x leftmouth_y "
    marks = [f"{name} " + " ".join(["50"] * 10) for name in names]
    (place / "list_landmarks_align_celeba.txt").write_text(
        f"{COUNT}\n{columns}rightmouth_x rightmouth_y\n" + "\n".join(marks) + "\n"
    )
    (place / "identity_CelebA.txt").write_text("".join(f"{name} 7\n" for name in names))
    return place


def copy(official, place, *names):
    place.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copy(official / name, place)
    return place


def kaggle(official, place):
    """Kaggle's layout: img_align_celeba/img_align_celeba/*.jpg, and the lists as .csv."""
    with zipfile.ZipFile(official / "img_align_celeba.zip") as archive:
        archive.extractall(place / "img_align_celeba")
    names = [f"{index:06d}.jpg" for index in PARTS]
    for file, header, rows in (
        ("list_eval_partition.csv", ["partition"], [[part] for part in PARTS.values()]),
        ("list_attr_celeba.csv", ATTRIBUTES, np.where(HAS, 1, -1).tolist()),
    ):
        with (place / file).open("w", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(["image_id", *header])
            writer.writerows([name, *row] for name, row in zip(names, rows, strict=True))
    return place


def kaggle_zip(official, place):
    folder = kaggle(official, place / "unpacked")
    with zipfile.ZipFile(place / "archive.zip", "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    shutil.rmtree(folder)
    return place


def unpacked(official, place):
    copy(official, place, "list_eval_partition.txt", "list_attr_celeba.txt")
    with zipfile.ZipFile(official / "img_align_celeba.zip") as archive:
        archive.extractall(place)
    return place


def drive(official, place):
    """The folders of the authors' Google Drive."""
    copy(official, place / "Img", "img_align_celeba.zip")
    copy(official, place / "Anno", "list_attr_celeba.txt")
    copy(official, place / "Eval", "list_eval_partition.txt")
    return place


LISTS = ("list_eval_partition.txt", "list_attr_celeba.txt")
LAYOUTS = {
    "zip": lambda official, place: copy(official, place, "img_align_celeba.zip", *LISTS),
    "unpacked": unpacked,
    "drive": drive,
    "the pictures' folder": lambda official, place: unpacked(official, place) / "img_align_celeba",
    "kaggle": kaggle,
    "kaggle zip": kaggle_zip,
    "the zip itself": lambda official, place: copy(
        official, place, "img_align_celeba.zip", *LISTS
    ) / "img_align_celeba.zip",
}  # fmt: skip


def load(data_dir, split=None, **options):
    settings = {"data_dir": str(data_dir), "image_size": 16, "crop": "celeba108", **options}
    return load_images(DataSettings(dataset="celeba", split=split, **settings))


@pytest.fixture(scope="session")
def reference():
    """The images that the paper's crop and Pillow give."""
    images = []
    for _, data in jpegs():
        with Image.open(io.BytesIO(data)) as image:
            box = image.crop((35, 55, 143, 163)).resize((16, 16), Image.Resampling.BILINEAR)
        images.append(np.asarray(box))
    return np.stack(images)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_gives_the_same_splits_and_attributes(layout, official, reference, tmp_path):
    place = LAYOUTS[layout](official, tmp_path / "data")
    for split, rows in (
        (None, slice(0, 16)),
        ("train", slice(0, 16)),
        ("validation", slice(16, 20)),
        ("test", slice(20, 24)),
        ("all", slice(0, 24)),
    ):
        images = load(place, split)
        np.testing.assert_array_equal(images[:], reference[rows])
        assert images.fingerprint.split == (split or "train")
        assert images.fingerprint.source in ("celeba, zip", "celeba, folder")
        assert list(images.labels) == ATTRIBUTES
        np.testing.assert_array_equal(np.stack(list(images.labels.values()), 1), HAS[rows])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_attributes_can_be_asked_for_by_name(layout, official, tmp_path):
    place = LAYOUTS[layout](official, tmp_path / "data")
    columns = [ATTRIBUTES.index(name) for name in ("Smiling", "Eyeglasses")]
    for split, rows in (("train", slice(0, 16)), ("test", slice(20, 24))):
        labels = load(place, split, labels="Smiling,Eyeglasses").conditions
        assert labels.space.kind == "attributes"
        assert labels.space.names == ("Smiling", "Eyeglasses")
        np.testing.assert_array_equal(labels.values, HAS[rows][:, columns])
    with pytest.raises(UserError, match=r"^--labels=Smilng: Smilng is not a label .* of Smiling"):
        load(place, labels="Smilng")


def test_a_file_of_labels_may_lie_with_the_files_of_celeba(official, tmp_path):
    place = kaggle(official, tmp_path / "data")
    labels = load(place, "validation", labels="list_attr_celeba.csv").conditions
    assert labels.space.names == tuple(ATTRIBUTES)
    np.testing.assert_array_equal(labels.values, np.where(HAS[16:20], 1, -1))


def test_without_the_lists_the_splits_follow_the_numbers(tmp_path):
    place = tmp_path / "img_align_celeba"
    place.mkdir()
    for number in (1, 162_770, 162_771, 182_637, 182_638, 202_599):
        Image.new("RGB", (178, 218)).save(place / f"{number:06d}.jpg")
    counts = {
        split: open_pile(
            PictureSettings(dataset="celeba", data_dir=str(tmp_path), split=split)
        ).names
        for split in ("train", "validation", "test")
    }
    assert counts == {
        "train": ["000001.jpg", "162770.jpg"],
        "validation": ["162771.jpg", "182637.jpg"],
        "test": ["182638.jpg", "202599.jpg"],
    }
    assert open_pile(PictureSettings(dataset="celeba", data_dir=str(tmp_path))).labels == {}


def test_lists_of_jpeg_files_also_fit_png_copies(official, tmp_path):
    place = unpacked(official, tmp_path)
    for path in (place / "img_align_celeba").iterdir():
        with Image.open(path) as picture:
            picture.save(path.with_suffix(".png"))
        path.unlink()
    images = load(place, "test")
    assert len(images) == 4
    np.testing.assert_array_equal(np.stack(list(images.labels.values()), 1), HAS[20:])


def test_missing_pictures_are_reported(official, tmp_path, caplog):
    place = unpacked(official, tmp_path)
    (place / "img_align_celeba" / "000005.jpg").unlink()
    with caplog.at_level("WARNING"):
        assert len(load(place)) == 15
    assert "1 of the 24 pictures of CelebA are missing" in caplog.text


@pytest.mark.slow
def test_training_needs_no_network(official, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delattr("kerasgan.data.readers.celeba.open_builder")  # TFDS is not asked
    copy(official, tmp_path / "data", "img_align_celeba.zip")
    config = Config(
        dataset="celeba", data_dir="data", crop="celeba178", image_size=16, batch_size=8,
        base_filters=4, latent_dim=4, num_samples=4, epochs=1, metrics="swd", best_metric="swd",
        evaluate_images=16, evaluate_images_at_end=16, penalty="none", skip_sums=False,
    )  # fmt: skip
    assert train(config).run_dir == pathlib.Path("runs/0001-celeba")


# With tensorflow-datasets


@pytest.fixture
def small_checksums(official, monkeypatch):
    """Makes the real builder expect our small files; it still checks sizes and SHA-256."""
    expected = {
        url: tfds.download.checksums.UrlInfo(
            size=(official / info.filename).stat().st_size,
            checksum=hashlib.sha256((official / info.filename).read_bytes()).hexdigest(),
            filename=info.filename,
        )
        for url, info in celeba.url_infos.items()
    }
    monkeypatch.setattr(celeba, "url_infos", expected)


def test_the_builder_of_tfds_prepares_a_manual_folder(
    official, reference, tmp_path, small_checksums
):
    files = [path.name for path in official.iterdir()]
    assert len(files) == 5
    manual = copy(official, tmp_path / "downloads" / "manual", *files)
    images = load_images(
        DataSettings(
            dataset="tfds:celeb_a", data_dir=str(tmp_path), image_size=16, crop="celeba108"
        )
    )
    prepared = tmp_path / "celeb_a" / "2.1.0"
    assert list(prepared.glob("celeb_a-train.tfrecord*"))
    assert sorted(image.tobytes() for image in images[:]) == sorted(
        image.tobytes() for image in reference[:16]
    )
    shutil.rmtree(manual)
    for split, count in (("train", 16), ("validation", 4), ("test", 4), ("all", 24)):
        again = load(tmp_path, split)
        assert len(again) == count
        assert again.fingerprint.source == "celeba, tfds:celeb_a/2.1.0"
        # TFDS uses another order: each picture must keep its attributes.
        number = {image.tobytes(): row for row, image in enumerate(reference)}
        rows = [number[image.tobytes()] for image in again[:]]
        assert sorted(again.labels) == sorted(ATTRIBUTES)
        labels = load(tmp_path, split, labels="Smiling").conditions
        np.testing.assert_array_equal(labels.values[:, 0], HAS[rows, ATTRIBUTES.index("Smiling")])
        for column, name in enumerate(ATTRIBUTES):
            np.testing.assert_array_equal(again.labels[name], HAS[rows, column], err_msg=name)


class QuotaPage(http.server.BaseHTTPRequestHandler):
    """The page that Google Drive sends when its quota is used up."""

    def do_GET(self):
        page = b"<!DOCTYPE html><html><title>Google Drive - Quota exceeded</title></html>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


def serve_from(server, monkeypatch):
    """Makes the real builder fetch its files from another server."""
    module = sys.modules[celeba.__module__]
    names = ("IMG_ALIGNED_DATA", "EVAL_LIST", "LANDMARKS_DATA", "ATTR_DATA", "IDENTITY_DATA")
    expected = {}
    for name in names:
        url = f"{server}/{name}"
        expected[url] = celeba.url_infos[getattr(module, name)]
        monkeypatch.setattr(module, name, url)
    monkeypatch.setattr(celeba, "url_infos", expected)


def test_after_the_quota_page_the_error_names_the_files_to_get(tmp_path, monkeypatch):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), QuotaPage) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        serve_from(f"http://127.0.0.1:{server.server_address[1]}", monkeypatch)
        try:
            with pytest.raises(UserError) as refused:
                load(tmp_path)
        finally:
            server.shutdown()
            thread.join()
    message = str(refused.value)
    assert "\n" not in message
    assert message.startswith(f"--dataset=celeba: no CelebA in --data_dir={tmp_path}, and it ")
    for part in (
        "img_align_celeba.zip", "list_eval_partition.txt", "list_attr_celeba.txt",
        "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html", "--data_dir=<folder>",
        "NonMatchingChecksumError",
    ):  # fmt: skip
        assert part in message


@contextlib.contextmanager
def deaf_server():
    """Closes each connection at once; yields its URL and a list with an entry for each."""
    connections = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up():
            with contextlib.suppress(OSError):
                while True:
                    connection = listener.accept()[0]
                    connections.append(1)  # before the client learns anything
                    connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", connections
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("others", "attempts"),
    [
        ([], 1),  # none of the five files is asked for
        (["downloads/file"], 1 + 5),  # each is asked for once
    ],
)
def test_without_a_network_the_files_to_get_are_named_at_once(
    tmp_path, monkeypatch, others, attempts
):
    for other in others:
        (tmp_path / other).parent.mkdir()
        (tmp_path / other).touch()
    with deaf_server() as (url, connections):
        serve_from(url, monkeypatch)
        with pytest.raises(UserError, match=r"img_align_celeba\.zip.*127\.0\.0\.1"):
            load(tmp_path)
    assert len(connections) == attempts


def test_without_a_network_files_downloaded_before_are_used(
    official, tmp_path, small_checksums, monkeypatch
):
    files = [path.name for path in official.iterdir()]
    copy(official, tmp_path / "downloads" / "manual", *files)
    monkeypatch.setattr("kerasgan.data.readers.tfds._why_unreachable", lambda urls: "no network")
    assert len(load(tmp_path, "train")) == 16


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "half"}, r"--split=half: must be one of train, validation, test, all"),
        ({"data_dir": "nowhere"}, r"--data_dir=nowhere: no such folder"),
    ],
)
def test_invalid_settings_are_named(options, message):
    with pytest.raises(UserError, match=message):
        open_pile(PictureSettings(dataset="celeba", **options))


def test_a_partly_downloaded_zip_is_refused(official, tmp_path):
    data = (official / "img_align_celeba.zip").read_bytes()
    (tmp_path / "img_align_celeba.zip").write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match=r"img_align_celeba.zip: not a readable zip archive: File"):
        load(tmp_path)


def test_invalid_lists_are_refused(official, tmp_path):
    copy(official, tmp_path, "img_align_celeba.zip")
    (tmp_path / "list_eval_partition.txt").write_text("<html>quota exceeded</html>")
    with pytest.raises(UserError, match=r"list_eval_partition.txt: is not a list of CelebA's pict"):
        load(tmp_path)
    (tmp_path / "list_eval_partition.txt").write_text("000001.jpg 0\n000002.jpg first\n")
    with pytest.raises(UserError, match=r"has 'first' for picture 000002; must be one of 0, 1, 2"):
        load(tmp_path)
    (tmp_path / "list_eval_partition.txt").write_bytes(b"\x89PNG\xff")
    with pytest.raises(UserError, match=r"list_eval_partition.txt: is not a list of CelebA's pict"):
        load(tmp_path)
    (tmp_path / "list_eval_partition.txt").unlink()
    for lines in ("000001.jpg -1 1\n", "".join(f"{n:06d}.jpg -1 yes\n" for n in PARTS)):
        (tmp_path / "list_attr_celeba.txt").write_text(f"3\nBald Young\n{lines}")
        with pytest.raises(
            UserError, match=r"list_attr_celeba.txt: does not have 2 numbers for each"
        ):
            load(tmp_path)
