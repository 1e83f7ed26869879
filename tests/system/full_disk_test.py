"""A disk, a tmpfs of a few megabytes, that fills up during a process and gets space again."""

import errno
import json
import os
import pathlib
import resource
import subprocess
import sys
import time

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from kerasgan.runs.checkpoints import checkpoint_steps

_OWN_MOUNTS = ["unshare", "--user", "--map-root-user", "--mount"]
_MOUNT = 'mount -t tmpfs -o size=32m tmpfs "$0" && cd "$0" && touch mounted && exec "$@"'


class SmallDisk:
    """A tmpfs that only one process and its children see, and this process through a descriptor.

    On systems that do not allow mounting, a limit on the size of that process's files is used
    instead: to the process this is a full disk too, with another error.
    """

    def __init__(self, folder: pathlib.Path, command: list[str]):
        mounts = subprocess.run(["sh", "-c", " ".join([*_OWN_MOUNTS, "true"])]).returncode == 0
        self.reason = "No space left on device" if mounts else "File too large"
        place = [*_OWN_MOUNTS, "sh", "-c", _MOUNT, str(folder)] if mounts else []
        self._stderr_file = folder.parent / "stderr"
        with self._stderr_file.open("w") as stderr:
            self.process = subprocess.Popen(
                [*place, *command], cwd=folder, stdout=subprocess.DEVNULL, stderr=stderr
            )
        self._filler = None
        self.path = folder
        if mounts:
            seen_there = pathlib.Path(f"/proc/{self.process.pid}/root{folder}")
            self.wait_for((seen_there / "mounted").exists)
            self._descriptor = os.open(seen_there, os.O_RDONLY)
            self.path = pathlib.Path(f"/proc/self/fd/{self._descriptor}")
            self._filler = self.path / "filler"

    def fill(self):
        if self._filler is None:
            limit = (20_000, resource.RLIM_INFINITY)  # room for what it says
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, limit)
            return
        with self._filler.open("wb", buffering=0) as file, pytest.raises(OSError) as refused:
            while True:
                file.write(bytes(4096))
        assert refused.value.errno == errno.ENOSPC

    def give_room(self):
        if self._filler is None:
            limit = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, limit)
        else:
            self._filler.unlink()

    def wait_for(self, happened):
        while not happened():
            assert self.process.poll() is None, self.stderr()
            time.sleep(0.01)

    def stderr(self):
        return self._stderr_file.read_text()

    def close(self):
        self.process.kill()
        self.process.wait()
        if self._filler is not None:
            os.close(self._descriptor)


@pytest.fixture
def small_disk(tmp_path):
    (tmp_path / "disk").mkdir()
    disks = []

    def start(*command):
        disks.append(SmallDisk(tmp_path / "disk", [sys.executable, *map(str, command)]))
        return disks[-1]

    yield start
    for disk in disks:
        disk.close()


TRAINING = [
    "-m", "kerasgan.main", "--num_images=32", "--image_size=16", "--batch_size=8",
    "--base_filters=2", "--latent_dim=6", "--num_samples=4", "--log_every_steps=2",
    "--sample_every_steps=100", "--checkpoint_every_steps=2", "--metrics=swd",
    "--best_metric=swd", "--evaluate_every_epochs=1000", "--epochs=60", "--run_dir=run",
    "--penalty=none", "--noskip_sums", "--nominibatch_deviation",  # quick to compile
]  # fmt: skip


def rows(run_dir):
    lines = (run_dir / "metrics.jsonl").read_text().splitlines()
    return [
        {k: v for k, v in json.loads(line).items() if k != "images_per_second"} for line in lines
    ]


def values(run_dir):
    step = checkpoint_steps(run_dir / "checkpoints")[-1]
    reader = tf.train.load_checkpoint(str(run_dir / "checkpoints" / f"ckpt-{step}"))
    names = [name for name in reader.get_variable_to_shape_map() if name.startswith("gan/")]
    return step, {name: reader.get_tensor(name) for name in names}


@pytest.mark.slow
def test_training_goes_on_while_the_disk_is_full(small_disk, tmp_path):
    disk = small_disk(*TRAINING)
    disk.wait_for(lambda: checkpoint_steps(disk.path / "run" / "checkpoints")[-1:] > [10])
    disk.fill()
    disk.wait_for(lambda: f"cannot be written ({disk.reason}" in disk.stderr().replace("\n", " "))
    kept, _ = values(disk.path / "run")
    disk.give_room()
    assert disk.process.wait() == 0, disk.stderr()
    assert "Traceback" not in disk.stderr()
    step, ours = values(disk.path / "run")
    assert kept < step == 240

    (tmp_path / "whole").mkdir()
    subprocess.run([sys.executable, *TRAINING], cwd=tmp_path / "whole", check=True)
    whole = tmp_path / "whole" / "run"
    assert rows(disk.path / "run") == rows(whole)
    _, theirs = values(whole)
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        np.testing.assert_array_equal(ours[name], expected, err_msg=name)


CACHING = """
import sys, time
from kerasgan.config import DataSettings
from kerasgan.data import load_images
from kerasgan.data.pictures import prepare
from kerasgan.errors import UserError
read = prepare.read
prepare.read = lambda *all: (time.sleep(0.02), read(*all))[1]
try:
    load_images(DataSettings(dataset=sys.argv[1], image_size=16, cache="disk", cache_dir="cache"))
except UserError as error:
    sys.exit(f"error: {error}")
"""


def test_a_cache_on_a_full_disk_leaves_nothing(small_disk, tmp_path):
    (tmp_path / "pictures").mkdir()
    random = np.random.default_rng(0)
    for number in range(400):
        pixels = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "pictures" / f"{number:03}.png")
    disk = small_disk("-c", CACHING, tmp_path / "pictures")
    disk.wait_for(lambda: list(disk.path.glob("cache/images/*.unfinished/images.npy")))
    disk.fill()
    assert disk.process.wait() == 1
    assert disk.stderr().splitlines()[-1] == (
        f"error: --cache_dir=cache: the cache cannot be written: {disk.reason}; make room, name "
        "another folder, or give --cache=memory"
    )
    assert [path.suffix for path in disk.path.glob("cache/images/*")] == [".lock"]
