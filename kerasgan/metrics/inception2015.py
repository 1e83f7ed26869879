"""The network of published FIDs: TensorFlow's Inception graph of 2015-12-05.

The file is a frozen graph of 96 MB. It is read from disk, or downloaded once and cached. It takes
images of their own size with values from 0 to 255 and resizes them to 299 x 299 itself, the way
TensorFlow 1 did, which is part of the protocol.
"""

import hashlib
import pathlib
import urllib.request
from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from kerasgan.errors import UserError
from kerasgan.files import new_file

URL = (
    "https://openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/"
    "classify_image_graph_def.pb"
)
MD5 = "e6bb154e85f5d4331c22abcddb5dcf31"
FILE = "classify_image_graph_def.pb"
INPUT, OUTPUT = "ExpandDims:0", "pool_3:0"

_CHUNK_BYTES = 2**20


def find_graph(path: pathlib.Path | None, *, cache_dir: pathlib.Path) -> pathlib.Path:
    """Finds the published graph: the given file, the cached one, or a new download.

    Raises:
        UserError: the file is missing or is not the published graph, or the download failed.
    """
    if path is None:
        path = cache_dir / FILE
        if not path.exists():
            download(URL, path, md5=MD5)
    check_md5(path, MD5)
    return path


def check_md5(path: pathlib.Path, md5: str) -> None:
    """Checks that a file has the expected MD5.

    Raises:
        UserError: the file cannot be read, or its MD5 differs.
    """
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "md5").hexdigest()
    except OSError as error:
        raise UserError(
            f"--extractor=inception2015: cannot read {path}: {error.strerror}"
        ) from error
    if found != md5:
        raise UserError(
            f"--extractor=inception2015: {path} has MD5 {found}; the published graph has {md5}"
        )


def download(url: str, path: pathlib.Path, *, md5: str) -> None:
    """Downloads a file; it appears under its name only when complete and verified.

    Raises:
        UserError: there is no network or no permission, or the content is not as expected.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path, shared=True) as unfinished:
            _download(url, unfinished, path.name)
            check_md5(unfinished, md5)
    except OSError as error:
        reason = getattr(error, "reason", None) or error.strerror or error
        raise UserError(
            f"--extractor=inception2015: cannot download {url}: {reason}; get {path.name} in "
            "another way and give --extractor=inception2015:<file>"
        ) from error


def _download(url: str, path: pathlib.Path, name: str) -> None:
    """Writes what is at `url` to `path`, with a bar that shows `name`."""
    with urllib.request.urlopen(url, timeout=60) as source, path.open("wb") as target:
        size = int(source.headers.get("Content-Length") or 0) or None
        with tqdm(
            total=size, desc=f"Downloading {name}", unit="B", unit_scale=True, delay=1
        ) as bar:
            while chunk := source.read(_CHUNK_BYTES):
                target.write(chunk)
                bar.update(len(chunk))


def load_frozen_graph(path: pathlib.Path) -> Callable[[np.ndarray], np.ndarray]:
    """Loads a graph whose tensors are named as in the published one.

    Returns:
        A function from images uint8 [B, H, W, 3] to features float32 [B, d].

    Raises:
        UserError: the file cannot be read, is not a graph, or lacks a tensor.
    """
    graph_def = tf.compat.v1.GraphDef()
    try:
        graph_def.ParseFromString(path.read_bytes())
    except OSError as error:
        raise UserError(f"--extractor: cannot read {path}: {error.strerror}") from error
    except Exception as error:  # the class of protobuf's error depends on its implementation
        raise UserError(f"--extractor: {path} is not a frozen graph: {error}") from error

    def run(images: tf.Tensor) -> tf.Tensor:
        # The graph fixes the batch size to 1; replacing its input allows any batch size.
        (features,) = tf.graph_util.import_graph_def(
            graph_def, input_map={INPUT: tf.cast(images, tf.float32)}, return_elements=[OUTPUT]
        )
        return tf.reshape(features, [tf.shape(images)[0], features.shape[-1]])

    try:
        function = tf.compat.v1.wrap_function(run, [tf.TensorSpec([None, None, None, 3], tf.uint8)])
    except ValueError as error:
        raise UserError(
            f"--extractor: {path} has no tensors {INPUT} (images) and {OUTPUT} (features)"
        ) from error
    return lambda images: function(tf.constant(images)).numpy()
