"""The result of an evaluation: scores and everything that they depend on."""

import dataclasses
import json
import math
import pathlib
from collections.abc import Sequence
from typing import Any

from kerasgan.errors import UserError
from kerasgan.files import replace_file


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fingerprint:
    """What a score depends on, besides the generator.

    Attributes:
        data: the name of the real data set.
        data_digest: SHA-256 of the preprocessed real images.
        image_size: such as "64x64x3".
        background: the colour on which images with alpha were laid, which are then "64x64x3" too;
            None, and not written down, if they have no alpha.
        crop: how pictures were cropped to the proportions of the images.
        filter: how they were resized.
        split: the part of the data set that counts as real.
        num_real: the number of real images.
        num_generated: the number of generated images.
        extractor: the name of the network that computed the features; None without features.
        extractor_digest: SHA-256 of its weights.
        seed: of the choice of real images, patches, directions and subsets, and of the latents.
        step: the training step; None if unknown.
    """

    data: str
    data_digest: str
    image_size: str
    crop: str = "none"
    filter: str = "none"
    split: str = "all"
    num_real: int
    num_generated: int
    extractor: str | None = None
    extractor_digest: str | None = None
    seed: int = 0
    step: int | None = None
    background: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The fields by name, ready for JSON."""
        return without_background(dataclasses.asdict(self))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """The outcome of an evaluation.

    Attributes:
        scores: values by metric name.
        fingerprint: what they depend on.
        generated: a description of what was evaluated.
        attributes: lines of text from `describe_attributes`.
    """

    scores: dict[str, float]
    fingerprint: Fingerprint
    generated: str = ""
    attributes: Sequence[str] = ()

    def row(self) -> dict[str, Any]:
        """The row for metrics.jsonl: the step, the scores and what they depend on."""
        made = self.fingerprint.as_dict()
        return {"step": made.pop("step"), **self.scores, "fingerprint": made}

    def scalars(self) -> dict[str, float]:
        """The values for TensorBoard: the step and the scores."""
        return {"step": self.fingerprint.step or 0, **self.scores}

    def save(self, path: pathlib.Path) -> None:
        """Writes JSON, in which a score that is not finite is null."""
        content = {**dataclasses.asdict(self), "fingerprint": self.fingerprint.as_dict()}
        content["scores"] = {
            name: value if math.isfinite(value) else None for name, value in self.scores.items()
        }
        replace_file(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())

    @classmethod
    def load(cls, path: pathlib.Path) -> "Result":
        """Reads a file that `save` wrote.

        Raises:
            UserError: the file cannot be read, or is not a result.
        """
        try:
            content = json.loads(path.read_text())
            fingerprint = Fingerprint(**content.pop("fingerprint"))
            scores = content.pop("scores")
            content["scores"] = {
                name: math.nan if value is None else value for name, value in scores.items()
            }
            return cls(fingerprint=fingerprint, **content)
        except OSError as error:
            raise UserError(f"{path}: cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise UserError(f"{path}: is not a result of kerasgan.evaluate: {error}") from error


def without_background(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields as they were before there was a background, unless there is one."""
    none = {"background"} if fields["background"] is None else set()
    return {name: value for name, value in fields.items() if name not in none}


def refuse_differences(
    first: Fingerprint, second: Fingerprint, *, across: Sequence[str] = ()
) -> None:
    """Raises an error if two results cannot be compared.

    The same images may have different names, such as those of a folder and of an archive.

    Args:
        first: the fingerprint of one result.
        second: the fingerprint of the other.
        across: names of fields that are meant to differ, such as "step" within a run.

    Raises:
        UserError: another field differs; the message names it with both values.
    """
    allowed = {*across, *(["data"] if first.data_digest == second.data_digest else [])}
    differences = [
        f"{field.name} ({_show(getattr(first, field.name))} and "
        f"{_show(getattr(second, field.name))})"
        for field in dataclasses.fields(Fingerprint)
        if field.name not in allowed and getattr(first, field.name) != getattr(second, field.name)
    ]
    if differences:
        raise UserError(
            f"these results cannot be compared: they differ in {', '.join(differences)}"
        )


def _show(value: Any) -> str:
    text = str(value)
    return text[:12] if len(text) == 64 else text
