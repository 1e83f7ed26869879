"""Every setting of a run: its default, its meaning and its limits, each written once.

Settings are declared in sections, and a function takes the section that it needs. `Config` is all
of them together, flat: a `Config` can be passed wherever one of its sections is expected.
"""

import dataclasses
import json
import math
import pathlib
import re
from collections.abc import Mapping
from typing import Any, Self

from kerasgan.channels import CHANNELS, background_for
from kerasgan.combinations import check_combinations
from kerasgan.errors import UserError
from kerasgan.files import replace_file
from kerasgan.label_settings import LabelSettings
from kerasgan.settings import Settings, setting
from kerasgan.start_settings import FineTuningSettings, OriginSettings

# Of config.json. It goes up when older versions of kerasgan would misread the file; version 0.1
# wrote no number, which counts as 0.
FORMAT = 1

# How older files call a setting -> its name now.
_RENAMED: dict[str, str] = {}


def _half_life_of(ema_decay: float, batch_size: int) -> float:
    """The half-life in images of an average with this decay per step."""
    return batch_size * math.log(0.5) / math.log(ema_decay) if ema_decay else 0.0


def _parse_image_size(value: Any) -> tuple[int, int]:
    """Accepts 64, "64", "64x48", (64, 48) and [64, 48]."""
    shown = "x".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    sides = re.fullmatch(r"([1-9]\d*)(?:x([1-9]\d*))?", shown, re.ASCII)
    if sides is None:
        raise UserError(f"--image_size={shown}: must be SIDE or HEIGHTxWIDTH, in pixels")
    return int(sides[1]), int(sides[2] or sides[1])


def _check_model_name(value: str) -> None:
    if not re.fullmatch(r"[\w.-]*\w", value):
        raise UserError(f"--model_name={value}: must be letters, digits, '_', '-' and '.'")


def parse_profile(value: str) -> tuple[int, int]:
    """The first and the last step of a trace, from "10:20"."""
    match = re.fullmatch(r"([1-9]\d*):([1-9]\d*)", value)
    if match is None or int(match[1]) > int(match[2]):
        raise UserError(f"--profile={value}: must be FIRST:LAST, two steps counted from 1")
    return int(match[1]), int(match[2])


# fmt: off
@dataclasses.dataclass(frozen=True, kw_only=True)
class PictureSettings(Settings):
    """Which pictures, and how each becomes an image."""

    dataset: str = setting("synthetic_faces", "synthetic_faces, celeba, a folder of pictures, a .zip, .tar, .npy, .npz or .tfrecord file, or tfds:<name>[:<split>]", finds_images=True)
    data_dir: str | None = setting(None, "the folder with the files of CelebA, or where tensorflow-datasets keeps its data; none: its own default", may_change=True, of_machine=True)
    split: str | None = setting(None, "the part of a data set that has parts, such as train, validation, test or all; none: train where there are parts", finds_images=True)
    num_images: int | None = setting(None, "how many pictures to use; none: 38400 synthetic faces, or all pictures of any other data set", minimum=1, finds_images=True)
    image_size: tuple[int, int] = setting((64, 64), "pixels, as SIDE or HEIGHTxWIDTH; for training, at least 16", parse=_parse_image_size)
    channels: int = setting(3, "3 for colour, 1 for grey, 4 for colour and transparency", choices=CHANNELS)
    crop: str = setting("center", "the part of a picture that is used: a centred square of an aligned CelebA picture, the largest centred box, or the whole picture", choices=("celeba108", "celeba140", "celeba160", "celeba178", "center", "none"))
    resize: str = setting("bilinear", "the anti-aliasing filter that resizes pictures", choices=("area", "bilinear", "bicubic", "lanczos"))
    background: str = setting(None, "the colour under transparent pictures: a name or #rrggbb; with 4 channels only under those that are looked at or measured; none: white, or with 4 channels a checkerboard, which metrics take as white")
    labels: str | None = setting(None, "what a conditional GAN is asked for: folders (a class each), a .csv or .json file, or names of labels that the data have, with commas between them; none: nothing", several=True)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "background", background_for(self.background, self.channels))

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Height, width, channels."""
        return (*self.image_size, self.channels)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DataSettings(PictureSettings):
    """Which pictures, how they become images, and where those are kept."""

    cache: str = setting("auto", "where resized pictures are kept: in memory, on disk (for later runs too), nowhere, or auto: on disk if they are more than 64 MB", choices=("auto", "memory", "disk", "none"), may_change=True, of_machine=True)
    cache_dir: str = setting("~/.cache/kerasgan", "the folder for caches on disk and for downloaded extractors", may_change=True, of_machine=True)
    max_bad_fraction: float = setting(0.01, "the share of pictures that may be unreadable and are left out; with more, the run does not start", minimum=0, below=1, finds_images=True)
    random_flip: bool = setting(False, "mirror half of the training images left to right; wrong for text, digits and anything else with a left and a right")


@dataclasses.dataclass(frozen=True, kw_only=True)
class NetworkSettings(Settings):
    """The architecture of generator and discriminator."""

    base_filters: int = setting(16, "channels of the finest hidden layer in both networks", minimum=1)
    latent_dim: int = setting(100, "length of a latent vector", minimum=1)
    normalization: str = setting("spectral", "normalization in the discriminator", choices=("batch", "spectral", "none"))
    network: str = setting("dcgan", "the network family of both networks", choices=("dcgan", "resnet", "r3gan"))
    g_normalization: str = setting("batch", "normalization in the generator; spectral comes in addition to batch norm", choices=("batch", "spectral", "none"))
    skip_sums: bool = setting(True, "let each coarse grid of the generator add to the image directly, upsampled without a checkerboard", before=False)
    minibatch_deviation: bool = setting(True, "show the discriminator how much the images of a group differ", before=False)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TrainingSettings(Settings):
    """Adversarial training: the loss, the two optimizers and their schedules, how long."""

    loss: str = setting("relativistic", "adversarial loss", choices=("non_saturating", "minimax", "least_squares", "hinge", "relativistic", "wasserstein"))
    update_order: str = setting("simultaneous", "alternating: update the discriminator first, then the generator against the updated one; simultaneous: both from one forward pass", choices=("alternating", "simultaneous"))
    g_learning_rate: float = setting(4e-4, "Adam's learning rate for the generator", above=0)
    d_learning_rate: float = setting(8e-4, "Adam's learning rate for the discriminator", above=0)
    beta_1: float = setting(0.0, "Adam's decay of the mean gradient, both optimizers", minimum=0, below=1)
    beta_2: float = setting(0.99, "Adam's decay of the mean squared gradient, both optimizers", minimum=0, below=1)
    beta_2_end: float | None = setting(None, "what beta_2 approaches while the rates decay; none: it stays", minimum=0, below=1)
    learning_rate_decay: str = setting("linear", "how both learning rates fall at the end of a run", choices=("none", "linear", "cosine"), before="none")
    learning_rate_end: float = setting(0.0, "what the learning rates fall to, as a share of their first values", minimum=0, below=1)
    decay_fraction: float = setting(0.5, "the share of the run, at its end, in which they fall", above=0, maximum=1)
    ema_half_life_images: float = setting(2200, "training images in which a weight's part in the averaged generator falls by half; the average samples and is exported", minimum=0)
    batch_size: int = setting(16, "images per update, over all devices together", minimum=1)
    accumulate_steps: int = setting(1, "parts in which a step takes its batch, one after the other: the mean of their gradients is applied, and memory is needed for one part; the same up to rounding without batch norm", minimum=1)
    d_steps: int = setting(1, "updates of the discriminator per update of the generator, each with a batch of its own", minimum=1)
    epochs: int = setting(5, "passes over the data", minimum=1, may_change=True)
    seed: int = setting(0, "seed of initial weights, latents, data order and synthetic faces", minimum=0, below=2**32)

    @property
    def images_per_step(self) -> int:
        """Real images of a step, over all devices together: one batch for each update of D."""
        return self.batch_size * self.d_steps


@dataclasses.dataclass(frozen=True, kw_only=True)
class RegularizationSettings(Settings):
    """What keeps the discriminator from memorising the training images."""

    penalty: str = setting("r1", "penalty on the discriminator's slopes: R1 on real images, R2 on generated ones, both, or WGAN-GP between them", choices=("none", "r1", "r2", "r1_r2", "wgan_gp"), before="none")
    penalty_weight: float = setting(0.3, "of the penalty in the discriminator's loss", minimum=0)
    penalty_weight_end: float | None = setting(None, "what penalty_weight approaches while the rates decay; none: it stays", minimum=0)
    penalty_every: int = setting(4, "steps between those with a penalty, which then weighs as many times more", minimum=1)
    augment: str = setting("none", "augmentation of all images that the discriminator sees: DiffAugment, always on, or ADA, as much as is needed", choices=("none", "diffaugment", "ada"))
    augment_kinds: str | None = setting(None, "what augmentation changes, with commas between the names; none: all that its paper does", some_of=("colour", "translation", "cutout", "flip", "quarter_turn", "shift", "scale", "rotation", "stretch", "subpixel_shift", "brightness", "contrast", "luma_flip", "hue", "saturation"))
    augment_target: float = setting(0.6, "the mean sign of the discriminator's logits of real images that ADA aims at", above=-1, below=1)
    augment_speed_images: int = setting(500_000, "training images in which ADA's probability goes from 0 to 1 at the most", minimum=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class WatchingSettings(Settings):
    """How often training shows where it stands."""

    log_every_steps: int = setting(100, "steps between rows of metrics.jsonl and points in TensorBoard", minimum=1)
    sample_every_steps: int = setting(500, "steps between sample grids", minimum=1)
    num_samples: int = setting(64, "images in a sample grid", minimum=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class MeasuringSettings(Settings):
    """What is measured during training, and what decides which state is best."""

    metrics: str = setting("swd,msssim,kid", "what is measured during training, with commas between the names", some_of=("swd", "msssim", "fid", "kid", "prdc", "attributes"))
    extractor: str = setting("embedded", "the network that fid, kid and prdc look through; see python -m kerasgan.evaluate --help")
    best_metric: str = setting("kid", "the metric that decides which state is best, and so is kept and exported", choices=("swd", "fid", "kid", "precision", "recall", "density", "coverage", "attributes"))
    evaluate_every_epochs: int = setting(1, "epochs between measurements", minimum=1)
    evaluate_images: int = setting(1000, "images per measurement during training", minimum=16)
    evaluate_images_at_end: int = setting(5000, "images of the last measurement", minimum=16)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ResultSettings(Settings):
    """Where the exported model goes."""

    model_name: str = setting("generator", "the exported model's folder in saved_models_dir", check=_check_model_name, may_change=True)
    saved_models_dir: str = setting("saved_models", "the folder of exported models", may_change=True, of_machine=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class FaultSettings(Settings):
    """What keeps a run safe from kills, time limits and losses that are not finite."""

    checkpoint_every_steps: int = setting(100, "steps between checkpoints; there is also one at the end of each epoch", minimum=1, may_change=True)
    keep_checkpoints: int = setting(3, "how many of the last checkpoints to keep, in addition to the best", minimum=1, may_change=True)
    max_minutes: float | None = setting(None, "stop after so many minutes, so that the run can be continued; none: no limit", above=0, may_change=True)
    max_nonfinite_steps: int = setting(20, "after so many steps in a row whose losses or gradients are not finite, go back to the last checkpoint before them and draw other latents", minimum=1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class DeviceSettings(Settings):
    """What a run computes on, and how."""

    precision: str = setting("float32", "of the layers' arithmetic; weights, outputs and losses are float32 in any case", choices=("float32", "mixed_bfloat16", "mixed_float16"))
    strategy: str = setting("auto", "one device, all GPUs of this host (all logical CPUs if it has no GPU), those of several hosts, or auto: all GPUs if there are several", choices=("auto", "single", "mirrored", "multiworker"), may_change=True, of_machine=True)
    deterministic: bool = setting(False, "use only operations that give the same bits every time: slower, and needed only on a GPU")
    profile: str | None = setting(None, "FIRST:LAST, the steps to trace for TensorBoard, counted from 1; none: no trace", check=parse_profile, may_change=True, of_machine=True)
# fmt: on


# A dataclass takes its fields from the last base to the first.
@dataclasses.dataclass(frozen=True, kw_only=True)
class Config(
    LabelSettings,
    OriginSettings,
    DeviceSettings,
    FaultSettings,
    ResultSettings,
    MeasuringSettings,
    WatchingSettings,
    RegularizationSettings,
    TrainingSettings,
    FineTuningSettings,
    NetworkSettings,
    DataSettings,
):
    """Everything that determines a run.

    Raises:
        UserError: a setting is outside its limits.
    """

    def __post_init__(self) -> None:
        super().__post_init__()
        check_combinations(self)

    def to_json(self) -> dict[str, Any]:
        """The settings, ready for JSON, with the number of the format."""
        return {"format": FORMAT, **self.as_dict()}

    @classmethod
    def from_json(cls, content: Mapping[str, Any], *, where: object) -> Self:
        """What `to_json` returned, in this version of kerasgan or an earlier one.

        A setting that did not exist then gets the value that means the same run: its `before`, or
        else its default.

        Args:
            content: as read from JSON.
            where: names the file, for messages.

        Raises:
            UserError: a newer format, unknown settings, or a setting outside its limits.
        """
        written = content.get("format", 0)
        if not isinstance(written, int) or written > FORMAT:
            raise UserError(
                f"{where}: has format {written}, but this version of kerasgan reads formats up to "
                f"{FORMAT}; install a newer version"
            )
        given = {_RENAMED.get(name, name): content[name] for name in content if name != "format"}
        if "ema_decay" in given:  # in format 0 the average's memory depended on the batch size
            half_life = _half_life_of(given.pop("ema_decay"), given["batch_size"])
            given["ema_half_life_images"] = half_life
        fields = dataclasses.fields(cls)
        unknown = sorted(given.keys() - {field.name for field in fields})
        if unknown:
            raise UserError(f"{where}: unknown settings: {', '.join(unknown)}")
        before = {f.name: f.metadata["before"] for f in fields if "before" in f.metadata}
        return cls(**before | given)

    def save(self, path: pathlib.Path, *, data: Any = None) -> None:
        """Writes the settings as JSON, with the fingerprint of the data: all of it or nothing."""
        content = self.to_json() | ({"data": data} if data is not None else {})
        replace_file(path, (json.dumps(content, indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: pathlib.Path) -> Self:
        """Reads the settings that `save` wrote.

        Raises:
            UserError: the file cannot be read, is not a JSON object, has a newer format, or holds
                unknown settings.
        """
        try:
            content = dict(json.loads(path.read_text()))
        except (OSError, ValueError, TypeError) as error:
            raise UserError(f"{path}: not a readable config: {error}") from error
        content.pop("data", None)
        return cls.from_json(content, where=path)


SECTIONS: dict[str, type[Settings]] = {
    "data": DataSettings,
    "networks": NetworkSettings,
    "fine-tuning": FineTuningSettings,
    "adversarial training": TrainingSettings,
    "regularization": RegularizationSettings,
    "watching": WatchingSettings,
    "measuring": MeasuringSettings,
    "results": ResultSettings,
    "faults": FaultSettings,
    "devices": DeviceSettings,
}

_FIELDS = {field.name: field for field in dataclasses.fields(Config)}


def choices(setting: str) -> tuple[Any, ...]:
    """What a setting may be, or be made of: `choices("crop")`, `choices("metrics")`."""
    limits = _FIELDS[setting].metadata
    known: tuple[Any, ...] = limits["choices"] if "choices" in limits else limits["some_of"]
    return known
