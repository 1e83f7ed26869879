"""`kerasgan.show`: what it takes, and the messages between a cell and its Python side."""

import dataclasses
import importlib.util
from typing import ClassVar

import comm
import keras
import numpy as np
import pytest
import traitlets
from comm.base_comm import BaseComm

import kerasgan
from kerasgan.config import DataSettings
from kerasgan.data.image_set import ImageSet
from kerasgan.data.load import load_images
from kerasgan.errors import UserError
from kerasgan.label_space import Labels
from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.notebook.painting import Pictures
from kerasgan.sampling.direction_file import keep_directions
from kerasgan.sampling.directions import Direction
from kerasgan.sampling.open_painter import painter_of_gan, painter_of_run
from kerasgan.serving.saved_model import export_saved_model

SHAPE = (16, 16, 3)


class Cell(BaseComm):
    """The other end of the connection: what a notebook is sent, and what it sends."""

    cells: ClassVar[list["Cell"]] = []  # filled by the fixture

    def __init__(self, *arguments, **options):
        self.sent, self.state = [], {}
        super().__init__(*arguments, **options)
        Cell.cells.append(self)

    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        for (name,), content in zip(data.get("buffer_paths", []), buffers or [], strict=True):
            data["state"][name] = bytes(content)
        if data.get("method") == "update" or msg_type == "comm_open":
            self.sent.append(data["state"])
            self.state |= data["state"]

    def send_choices(self, **choices):
        """As widget.js does: all choices in one message, with the number of the request."""
        state = {**choices, "asked": self.state["answered"] + 1}
        data = {"method": "update", "state": state, "buffer_paths": []}
        self.handle_msg({"content": {"data": data}, "buffers": []})

    def images(self, name):
        return np.frombuffer(self.state[name], np.uint8).reshape(-1, *self.state["image_shape"])


@pytest.fixture
def cell_of(monkeypatch):
    """The cell that shows something."""
    monkeypatch.setattr(comm, "create_comm", Cell)
    monkeypatch.setattr(Cell, "cells", [])

    def show(source, **options):
        kerasgan.show(source, **options)
        return Cell.cells[-1]

    return show


@pytest.fixture(scope="module")
def plain(untrained_run):
    return untrained_run()


def test_a_cell_shows_pythons_pictures(cell_of, plain):
    painter = painter_of_run(plain[1])
    cell = cell_of(painter)
    assert tuple(cell.state["image_shape"]) == SHAPE
    assert (cell.state["labels"], cell.state["directions"]) == (None, [])
    np.testing.assert_array_equal(cell.images("wall"), painter.sample(range(24)))
    np.testing.assert_array_equal(cell.images("picture"), painter.sample([0]))
    cell.send_choices(seed=7, start=100, truncation=0.5)
    assert (cell.state["caption"], cell.state["answered"]) == ("seed 7", 1)
    np.testing.assert_array_equal(cell.images("picture"), painter.sample([7], 0.5))
    np.testing.assert_array_equal(cell.images("wall"), painter.sample(range(100, 124), 0.5))


def test_one_request_is_one_answer_which_holds_only_what_changed(cell_of, plain):
    cell = cell_of(painter_of_run(plain[1]))
    cell.sent.clear()
    cell.send_choices(seed=7)
    assert [set(state) for state in cell.sent] == [{"picture", "caption", "answered"}]
    cell.send_choices(seed=7)  # nothing changes, and the cell waits for an answer all the same
    assert cell.sent[1:] == [{"answered": 2}]


def test_kept_pictures_and_a_walk(cell_of, plain):
    painter = painter_of_run(plain[1])
    cell = cell_of(painter)
    kept = [{"seed": seed, "label": None} for seed in (3, 8)]
    cell.send_choices(kept=kept, position=0.25)
    np.testing.assert_array_equal(cell.images("kept_pictures"), painter.sample([3, 8]))
    start, end = latents_from_seeds([3, 8], 6)[:, None]
    middle = great_circle(start, end, np.array([0.5], np.float32)).numpy()
    np.testing.assert_array_equal(cell.images("picture"), painter.paint(middle))
    assert cell.state["caption"] == "25% of the walk"
    cell.send_choices(position=1.0)  # back at the first
    np.testing.assert_allclose(cell.images("picture"), painter.sample([3]).astype(int), atol=1)
    cell.send_choices(kept=[], position=None)
    assert cell.images("kept_pictures").shape == (0, *SHAPE)


def test_directions_move_the_picture(cell_of, plain, tmp_path):
    painter = dataclasses.replace(painter_of_run(plain[1]), notes=tmp_path)
    vector = np.eye(6, dtype=np.float32)[2]
    keep_directions(painter, [Direction("smile", vector, 0.9, 0.8, [], [], None)])
    cell = cell_of(painter)
    assert cell.state["directions"] == ["smile"]
    cell.send_choices(seed=4, shifts=[-1.5])
    moved = painter.paint(latents_from_seeds([4], 6) - 1.5 * vector)
    np.testing.assert_array_equal(cell.images("picture"), moved)
    assert cell.state["caption"] == "seed 4, changed"


def test_classes(cell_of, run_of_classes):
    painter = painter_of_run(run_of_classes[1])
    cell = cell_of(painter)
    names = ["cat", "dog", "emu, or ostrich"]
    assert cell.state["labels"]["names"] == tuple(names)
    np.testing.assert_array_equal(cell.images("wall"), painter.sample(range(24)))
    assert cell.state["caption"] == "seed 0, cat"
    cell.send_choices(label=1)
    dogs = np.ones(24, np.int64)
    np.testing.assert_array_equal(cell.images("wall"), painter.sample(range(24), labels=dogs))
    kept = [{"seed": 5, "label": None}, {"seed": 5, "label": 0}]  # of its own, 2, to 0
    cell.send_choices(kept=kept, position=0.125)
    between = np.array([[0.25, 0, 0.75]], np.float32)
    wanted = painter.paint_conditions(latents_from_seeds([5], 6), between)
    np.testing.assert_array_equal(cell.images("picture"), wanted)
    assert cell.state["caption"] == "12% of the walk, 25% cat, 75% emu, or ostrich"


def test_attributes(cell_of, run_of_attributes):
    painter = painter_of_run(run_of_attributes[1])
    cell = cell_of(painter)
    np.testing.assert_array_equal(cell.images("wall"), painter.sample(range(24)))
    cell.send_choices(label=[1, -0.5], seed=9)
    wanted = painter.sample([9], labels=np.array([[1, -0.5]], np.float32))
    np.testing.assert_array_equal(cell.images("picture"), wanted)
    assert cell.state["caption"] == "seed 9, glasses, smile -0.5"
    cell.send_choices(label=[0, 0])
    assert cell.state["caption"] == "seed 9, all at 0"


def test_python_chooses_too_and_wrong_choices_are_refused(run_of_classes):
    shown = kerasgan.show(painter_of_run(run_of_classes[1]))
    shown.seed, shown.label = 7, 2
    assert shown.caption == "seed 7, emu, or ostrich"
    for name, value, message in (
        ("label", 3, "label 3: must be 0 to 2"),
        ("label", "dog", "must be integers"),
        ("seed", -1, "should not be less than 0"),
        ("truncation", 9.0, "should not be greater than 2"),
        ("shifts", [1.0], "shifts: must be 0, one for each direction"),
        ("kept", [{"seed": "x"}], "kept: seed 'x' must be 0 to"),
        ("position", 1.5, "should not be greater than 1"),
    ):
        with pytest.raises(traitlets.TraitError, match=message):
            setattr(shown, name, value)
    assert shown.caption == "seed 7, emu, or ostrich"


def test_many_labels_are_counted(run_of_attributes):
    space = dataclasses.replace(run_of_attributes[0].config.label_space, names=tuple("abcdefg"))
    painter = dataclasses.replace(painter_of_run(run_of_attributes[1]), label_space=space)
    words = Pictures(painter, np.zeros([0, 6]))._in_words(np.ones(7))
    assert words == ", a, b, c, d, 3 more"


@pytest.mark.slow
def test_a_folder_of_a_run_or_model_is_shown(cell_of, plain, tmp_path):
    run, run_dir = plain
    export_saved_model(run.gan.ema_generator, tmp_path / "faces")
    wanted = painter_of_run(run_dir).sample([0])
    for source in (run_dir, str(run_dir), tmp_path / "faces"):
        np.testing.assert_array_equal(cell_of(source).images("picture"), wanted)
    np.testing.assert_array_equal(cell_of(run_dir, checkpoint="5").images("picture"), wanted)
    with pytest.raises(UserError, match="no such folder"):
        kerasgan.show(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="show: labels are those of a GAN"):
        kerasgan.show(run_dir, labels=["a"])


def test_a_gan_is_shown_as_it_is(cell_of, plain, run_of_classes, run_of_attributes):
    gan = plain[0].gan
    np.testing.assert_array_equal(cell_of(gan).images("wall"), gan.generate(24))
    conditional = run_of_classes[0].gan
    cell = cell_of(conditional, labels=["a", "b", "c"])
    assert cell.state["caption"] == "seed 0, a"
    images = load_images(DataSettings(image_size=(16, 16), num_images=4), seed=0)
    space = run_of_attributes[0].config.label_space
    labelled = dataclasses.replace(
        images, conditions=Labels(space=space, values=np.zeros([4, 2], np.float32))
    )
    assert isinstance(labelled, ImageSet)
    cell = cell_of(run_of_attributes[0].gan, labels=labelled)
    assert cell.state["labels"]["names"] == ("glasses", "smile")
    for labels in (None, ["a", "b"], images):
        with pytest.raises(ValueError, match="takes 3 labels; labels must be the names of 3"):
            kerasgan.show(conditional, labels=labels)
    with pytest.raises(ValueError, match="takes no labels; labels must be left out"):
        kerasgan.show(gan, labels=["a", "b"])


def test_what_is_no_image_is_refused():
    latents, points = keras.Input([2]), keras.Input([2])
    gan = kerasgan.GAN(
        generator=keras.Model(latents, keras.layers.Dense(2)(latents)),
        discriminator=keras.Model(points, keras.layers.Dense(1)(points)),
    )
    with pytest.raises(ValueError, match=r"the generator makes \(2,\); must be images"):
        painter_of_gan(gan)


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch, plain):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError) as refused:
        kerasgan.show(plain[1])
    assert str(refused.value) == 'kerasgan.show: needs pip install "kerasgan[notebook]"'
