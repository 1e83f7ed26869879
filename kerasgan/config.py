"""Every setting of a run: its default, its meaning and what is allowed, each written once."""

import dataclasses
import json
import math
import pathlib
import re
from typing import Any

from kerasgan.errors import UserError


def _setting(default: Any, meaning: str, **limits: Any) -> Any:
    """A field with its help text and its limits: `minimum`, `above`, `below` or `choices`.

    `may_change=True`: a run may be continued with another value and is still the same run.
    """
    return dataclasses.field(default=default, metadata={"meaning": meaning, **limits})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Config:
    """What a run is a function of.

    Raises:
        UserError: a setting outside of what is allowed.
    """

    # fmt: off
    # Data
    dataset: str = _setting("synthetic_faces", "synthetic_faces, celeba, a folder of pictures, a .zip, .tar, .npy, .npz or .tfrecord file, or tfds:<name>[:<split>]")
    data_dir: str | None = _setting(None, "where the files of CelebA lie, and where tensorflow-datasets keeps its data; none: its own default", may_change=True)
    split: str | None = _setting(None, "the part of a data set that has parts, as train, validation, test or all; none: train where there are parts")
    num_images: int | None = _setting(None, "how many pictures to use; none: 25600 synthetic faces, or all of any other data set", minimum=1)
    image_size: tuple[int, int] = _setting((64, 64), "pixels, as SIDE or HEIGHTxWIDTH; multiples of 8, at least 16")
    channels: int = _setting(3, "3 for colour, 1 for grey", choices=(1, 3))
    crop: str = _setting("center", "which part of a picture is used: the centred square of an aligned CelebA picture, the largest centred box, or all of it", choices=("celeba108", "celeba140", "celeba160", "celeba178", "center", "none"))
    resize: str = _setting("bilinear", "the filter, with anti-aliasing, by which pictures are resized", choices=("area", "bilinear", "bicubic", "lanczos"))
    background: str = _setting("white", "the colour that transparent pictures are laid on: a name or #rrggbb")
    cache: str = _setting("auto", "where resized pictures are kept: in memory, on disk for later runs too, nowhere, or auto: on disk where they are more than 64 MB", choices=("auto", "memory", "disk", "none"), may_change=True)
    cache_dir: str = _setting("~/.cache/kerasgan", "holds the caches on disk", may_change=True)
    max_bad_fraction: float = _setting(0.01, "the share of pictures that may be unreadable and are left out; the run does not begin with more", minimum=0, below=1)
    random_flip: bool = _setting(False, "mirror half of the training images left to right; wrong for text, digits and all that has a left and a right")
    # Networks
    base_filters: int = _setting(16, "channels of the finest hidden layer of both networks", minimum=1)
    latent_dim: int = _setting(100, "length of a latent vector", minimum=1)
    normalization: str = _setting("spectral", "of the discriminator's layers", choices=("batch", "spectral", "none"))
    # The game
    loss: str = _setting("hinge", "what the two networks play for", choices=("non_saturating", "minimax", "least_squares", "hinge", "relativistic"))
    update_order: str = _setting("simultaneous", "update the discriminator and then the generator against it, or both from one forward pass", choices=("alternating", "simultaneous"))
    g_learning_rate: float = _setting(4e-4, "Adam's learning rate for the generator", above=0)
    d_learning_rate: float = _setting(8e-4, "Adam's learning rate for the discriminator", above=0)
    beta_1: float = _setting(0.0, "Adam's decay of the mean gradient, both optimizers", minimum=0, below=1)
    beta_2: float = _setting(0.999, "Adam's decay of the mean squared gradient, both optimizers", minimum=0, below=1)
    ema_decay: float = _setting(0.98, "decay per step of the averaged generator, which samples and is exported", minimum=0, below=1)
    batch_size: int = _setting(16, "images a step, over all devices together", minimum=1)
    epochs: int = _setting(5, "passes over the data", minimum=1, may_change=True)
    seed: int = _setting(0, "of initial weights, latents, data order and synthetic faces", minimum=0, below=2**32)
    # Watching
    log_every_steps: int = _setting(100, "steps between rows of metrics.jsonl and points in TensorBoard", minimum=1)
    sample_every_steps: int = _setting(500, "steps between sample grids", minimum=1)
    num_samples: int = _setting(64, "images in a sample grid", minimum=1)
    # Measuring
    metrics: str = _setting("swd,msssim,kid", "what is measured on the way: some of swd, msssim, fid, kid, prdc, attributes, with commas between them")
    extractor: str = _setting("embedded", "the network behind fid, kid and prdc; see python -m kerasgan.evaluate --help")
    best_metric: str = _setting("kid", "which of the metrics decides what is the best state, kept and exported", choices=("swd", "fid", "kid", "precision", "recall", "density", "coverage", "attributes"))
    evaluate_every_epochs: int = _setting(1, "epochs between measurements", minimum=1)
    evaluate_images: int = _setting(1000, "images of a measurement on the way", minimum=16)
    evaluate_images_at_end: int = _setting(5000, "images of the last measurement", minimum=16)
    # Results
    model_name: str = _setting("generator", "the exported model's folder in saved_models_dir", may_change=True)
    saved_models_dir: str = _setting("saved_models", "where exported models go", may_change=True)
    # Faults
    checkpoint_every_steps: int = _setting(100, "steps between checkpoints; there is one at the end of each epoch too", minimum=1, may_change=True)
    keep_checkpoints: int = _setting(3, "how many of the last checkpoints to keep, beside the best", minimum=1, may_change=True)
    max_minutes: float | None = _setting(None, "end training in good order after so long, to be continued; none: no limit", above=0, may_change=True)
    max_nonfinite_steps: int = _setting(20, "after so many steps in a row whose losses or gradients are not finite, go back to the last checkpoint before them and draw other latents", minimum=1)
    # Devices
    precision: str = _setting("float32", "of the layers' arithmetic; weights, outputs and losses are in float32 in any case", choices=("float32", "mixed_bfloat16", "mixed_float16"))
    strategy: str = _setting("auto", "one device, all GPUs of this host (all logical CPUs where there is no GPU), those of several hosts, or auto: all GPUs where there are several", choices=("auto", "single", "mirrored", "multiworker"), may_change=True)
    deterministic: bool = _setting(False, "only operations that give the same bits every time: slower, and needed on a GPU alone")
    profile: str | None = _setting(None, "FIRST:LAST, the steps to write a trace of for TensorBoard, counted from 1; none: no trace", may_change=True)
    # fmt: on

    def __post_init__(self) -> None:
        object.__setattr__(self, "image_size", _parse_image_size(self.image_size))
        for field in dataclasses.fields(self):
            _check(field, getattr(self, field.name))
        if not re.fullmatch(r"[\w.-]*\w", self.model_name):
            raise UserError(
                f"--model_name={self.model_name}: must be letters, digits, '_', '-' and '.'"
            )
        if self.profile is not None:
            parse_profile(self.profile)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return (*self.image_size, self.channels)

    def data_options(self) -> dict[str, Any]:
        """What `kerasgan.data.load_images` is told beside the data set's name."""
        names = (
            "num_images", "data_dir", "split", "crop", "resize", "background", "cache",
            "cache_dir", "max_bad_fraction", "seed",
        )  # fmt: skip
        return {"image_shape": self.image_shape, **{name: getattr(self, name) for name in names}}

    def save(self, path: pathlib.Path, *, data: Any = None) -> None:
        """Writes the settings as JSON, and beside them what is known of the data: all or nothing."""
        from kerasgan.files import replace_file  # only here: it imports TensorFlow, --help does not

        content = dataclasses.asdict(self) | ({"data": data} if data is not None else {})
        replace_file(path, (json.dumps(content, indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: pathlib.Path) -> "Config":
        """Reads the settings that `save` wrote.

        Raises:
            UserError: the file cannot be read, is no JSON object, or holds unknown settings.
        """
        known = {field.name for field in dataclasses.fields(cls)}
        try:
            settings = dict(json.loads(path.read_text()))
            settings.pop("data", None)
        except (OSError, ValueError, TypeError) as error:
            raise UserError(f"{path}: not a readable config: {error}") from error
        unknown = sorted(set(settings) - known)
        if unknown:
            raise UserError(f"{path}: unknown settings: {', '.join(unknown)}")
        return cls(**settings)


def parse_profile(value: str) -> tuple[int, int]:
    """The first and the last step of a trace, from "10:20"."""
    match = re.fullmatch(r"([1-9]\d*):([1-9]\d*)", value)
    if match is None or int(match[1]) > int(match[2]):
        raise UserError(f"--profile={value}: must be FIRST:LAST, two steps counted from 1")
    return int(match[1]), int(match[2])


def _parse_image_size(value: Any) -> tuple[int, int]:
    """Accepts 64, "64", "64x48", (64, 48) and [64, 48]."""
    allowed = "must be SIDE or HEIGHTxWIDTH, each a multiple of 8 and at least 16"
    shown = "x".join(map(str, value)) if isinstance(value, list | tuple) else value
    sides = str(shown).split("x")
    if len(sides) > 2 or not all(side.isascii() and side.isdigit() for side in sides):
        raise UserError(f"--image_size={shown}: {allowed}")
    height, width = int(sides[0]), int(sides[-1])
    if any(side < 16 or side % 8 for side in (height, width)):
        raise UserError(f"--image_size={shown}: {allowed}")
    return height, width


_KINDS: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    int | None: (int,),
    float: (int, float),
    float | None: (int, float),
    str: (str,),
    str | None: (str,),
    tuple[int, int]: (tuple,),
}


def _check(field: dataclasses.Field, value: Any) -> None:
    limits = field.metadata
    refusal = None
    if value is None and field.default is None:
        return
    kinds = _KINDS[field.type]
    if not isinstance(value, kinds) or (isinstance(value, bool) and field.type is not bool):
        refusal = f"must be of type {kinds[-1].__name__}"
    elif isinstance(value, float) and not math.isfinite(value):
        refusal = "must be finite"
    elif "choices" in limits and value not in limits["choices"]:
        refusal = f"must be one of {', '.join(map(str, limits['choices']))}"
    elif "minimum" in limits and not value >= limits["minimum"]:
        refusal = f"must be at least {limits['minimum']}"
    elif "above" in limits and not value > limits["above"]:
        refusal = f"must be above {limits['above']}"
    elif "below" in limits and not value < limits["below"]:
        refusal = f"must be below {limits['below']}"
    if refusal:
        raise UserError(f"--{field.name}={value}: {refusal}")
