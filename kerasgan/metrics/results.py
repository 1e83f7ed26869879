"""A result: figures, and all that they depend on. Only like is compared with like."""

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
    """What a figure depends on, beside the generator.

    Attributes:
        data: the name of the real data set.
        data_digest: SHA-256 of the real images as they went in.
        image_size: as "64x64x3".
        crop: how pictures were cut to the proportions of the images.
        filter: how they were resized.
        split: the part of the data set that is "real".
        num_real: how many real images.
        num_generated: how many generated ones.
        extractor: the name of the network behind features.
        extractor_digest: SHA-256 of its weights.
        seed: of the choice of real images, patches, directions and subsets, and of the latents.
        step: of training; None where that is not known.
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


@dataclasses.dataclass(frozen=True, kw_only=True)
class Result:
    """The outcome of an evaluation.

    Attributes:
        scores: by name.
        fingerprint: what they depend on.
        generated: what was evaluated, in words.
        attributes: sentences of attribute coverage.
    """

    scores: dict[str, float]
    fingerprint: Fingerprint
    generated: str = ""
    attributes: Sequence[str] = ()

    def row(self) -> dict[str, Any]:
        """For metrics.jsonl: the step, the scores and what they depend on."""
        made = dataclasses.asdict(self.fingerprint)
        return {"step": made.pop("step"), **self.scores, "fingerprint": made}

    def scalars(self) -> dict[str, float]:
        """For TensorBoard: the step and the scores."""
        return {"step": self.fingerprint.step or 0, **self.scores}

    def save(self, path: pathlib.Path) -> None:
        """Writes JSON, in which a score that is not finite is null."""
        content = dataclasses.asdict(self)
        content["scores"] = {
            name: value if math.isfinite(value) else None for name, value in self.scores.items()
        }
        replace_file(path, (json.dumps(content, indent=2, allow_nan=False) + "\n").encode())

    @classmethod
    def load(cls, path: pathlib.Path) -> "Result":
        """Reads what `save` wrote.

        Raises:
            UserError: it cannot be read, or is something else.
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
            raise UserError(f"{path}: is no result of kerasgan.evaluate: {error}") from error


def refuse_differences(
    first: Fingerprint, second: Fingerprint, *, across: Sequence[str] = ()
) -> None:
    """Makes sure that two results may be compared.

    The same images may go by another name, as those of a folder and of an archive.

    Args:
        first: of one result.
        second: of the other.
        across: names of what is meant to differ, as "step" along a run.

    Raises:
        UserError: something else differs; the message names it, with both values.
    """
    allowed = {*across, *(["data"] if first.data_digest == second.data_digest else [])}
    differences = [
        f"{field.name} ({_show(getattr(first, field.name))} and "
        f"{_show(getattr(second, field.name))})"
        for field in dataclasses.fields(Fingerprint)
        if field.name not in allowed and getattr(first, field.name) != getattr(second, field.name)
    ]
    if differences:
        raise UserError(f"these results do not compare: they differ in {', '.join(differences)}")


def _show(value: Any) -> str:
    text = str(value)
    return text[:12] if len(text) == 64 else text
