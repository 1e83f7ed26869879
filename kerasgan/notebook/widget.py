"""The cell: an anywidget whose Python side paints, and whose other side is widget.js."""

import dataclasses
import pathlib
from typing import Any

import anywidget
import numpy as np
import traitlets

from kerasgan.notebook.painting import Pictures
from kerasgan.sampling.direction_file import kept_directions
from kerasgan.sampling.painter import Painter

_WALL = 24  # pictures
_MAX_KEPT = 24
_MAX_SEED = 2**53 - 1  # what JavaScript holds exactly
_CHOICES = (
    "seed",
    "start",
    "label",
    "truncation",
    "shifts",
    "kept",
    "position",
)


class GeneratorWidget(anywidget.AnyWidget):
    """A generator to play with: what is chosen, here or in the cell, and what is painted.

    `seed`, `label` and the others can be read and set from Python; the cell follows.

    Args:
        painter: of the generator.
    """

    _esm = pathlib.Path(__file__).with_name("widget.js")

    # What the visitor chooses.
    seed = traitlets.Int(0, min=0, max=_MAX_SEED, help="of the large picture").tag(sync=True)
    start = traitlets.Int(0, min=0, max=_MAX_SEED - _WALL, help="first seed of the wall").tag(
        sync=True
    )
    label = traitlets.Any(
        None, help="index of a class, values of attributes, or None: each seed has its own"
    ).tag(sync=True)
    truncation = traitlets.Float(1.0, min=0.0, max=2.0, help="scales the latents").tag(sync=True)
    shifts = traitlets.List(traitlets.Float(), help="along each direction").tag(sync=True)
    kept = traitlets.List(
        traitlets.Dict(), maxlen=_MAX_KEPT, help="pictures, each with its seed and label"
    ).tag(sync=True)
    position = traitlets.Float(
        None, allow_none=True, min=0.0, max=1.0, help="on the walk through them; None: no walk"
    ).tag(sync=True)
    asked = traitlets.Int(0, help="number of the cell's latest request").tag(sync=True)

    # What is painted for it: grey levels, one image after the other.
    picture = traitlets.Bytes(b"", read_only=True).tag(sync=True)
    wall = traitlets.Bytes(b"", read_only=True).tag(sync=True)
    kept_pictures = traitlets.Bytes(b"", read_only=True).tag(sync=True)
    caption = traitlets.Unicode("", read_only=True).tag(sync=True)
    answered = traitlets.Int(0, read_only=True, help="number of the request").tag(sync=True)

    # What does not change.
    image_shape = traitlets.List(traitlets.Int(), read_only=True).tag(sync=True)
    labels = traitlets.Dict(allow_none=True, read_only=True, help="kind and names").tag(sync=True)
    directions = traitlets.List(traitlets.Unicode(), read_only=True).tag(sync=True)

    def __init__(self, painter: Painter):
        directions = kept_directions(painter)
        vectors = [each["vector"] for each in directions] or np.zeros([0, painter.latent_dim])
        self._pictures = Pictures(painter, np.asarray(vectors, np.float32))
        self._painted: dict[str, Any] = {}
        super().__init__(shifts=[0.0] * len(directions))
        space = painter.label_space
        self.set_trait("image_shape", list(painter.image_shape))
        self.set_trait("labels", space and dataclasses.asdict(space))
        self.set_trait("directions", [each["name"] for each in directions])
        self._paint()

    @traitlets.validate("label")
    def _check_label(self, proposal: Any) -> Any:
        return self._checked(proposal.value)

    @traitlets.validate("kept")
    def _check_kept(self, proposal: Any) -> list[dict[str, Any]]:
        kept = []
        for each in proposal.value:
            seed = each.get("seed")
            if type(seed) is not int or not 0 <= seed <= _MAX_SEED:
                raise traitlets.TraitError(f"kept: seed {seed!r} must be 0 to {_MAX_SEED}")
            kept.append({"seed": seed, "label": self._checked(each.get("label"))})
        return kept

    @traitlets.validate("shifts")
    def _check_shifts(self, proposal: Any) -> list[float]:
        count = len(self._pictures.vectors)
        if len(proposal.value) != count:
            raise traitlets.TraitError(f"shifts: must be {count}, one for each direction")
        return list(proposal.value)

    def _checked(self, label: Any) -> Any:
        """A label that the generator knows, or None."""
        space = self._pictures.painter.label_space
        if label is None:
            return None
        if space is None:
            raise traitlets.TraitError(f"label={label}: the generator is not conditional")
        try:
            space.conditions([label])
        except ValueError as error:
            raise traitlets.TraitError(str(error)) from error
        return int(label) if space.kind == "classes" else [float(value) for value in label]

    @traitlets.observe(*_CHOICES, "asked")
    def _answer(self, change: Any) -> None:
        self._paint()

    def _paint(self) -> None:
        """Paints what has changed, and sends it with the number of the request that it answers."""
        with self.hold_sync():
            self._renew(("kept", "truncation"), self._paint_kept)
            self._renew(("start", "label", "truncation"), self._paint_wall)
            self._renew(_CHOICES, self._paint_picture)
            self.set_trait("answered", self.asked)

    def _renew(self, names: tuple[str, ...], paint: Any) -> None:
        """Calls `paint` unless it was called with these choices already."""
        choices = [getattr(self, name) for name in names]
        if self._painted.get(paint.__name__) != choices:
            self._painted[paint.__name__] = choices
            paint()

    def _paint_picture(self) -> None:
        if self.position is not None and self.kept:
            image, caption = self._pictures.walk(self.kept, self.position, self.truncation)
        else:
            image, caption = self._pictures.moved(
                self.seed, self.label, self.truncation, self.shifts
            )
        self.set_trait("picture", image.tobytes())
        self.set_trait("caption", caption)

    def _paint_wall(self) -> None:
        seeds = range(self.start, self.start + _WALL)
        images = self._pictures.of_seeds(seeds, [self.label] * _WALL, self.truncation)
        self.set_trait("wall", images.tobytes())

    def _paint_kept(self) -> None:
        seeds, labels = ([each[name] for each in self.kept] for name in ("seed", "label"))
        images = self._pictures.of_seeds(seeds, list(labels), self.truncation)
        self.set_trait("kept_pictures", images.tobytes())
