"""What a run begins with, if not with random weights: the networks of another run."""

import dataclasses
import re

from kerasgan.errors import UserError
from kerasgan.settings import Settings, setting

_ORIGIN = re.compile(r"(?P<place>.+?)(?::(?P<which>last|best|\d+))?", re.ASCII | re.DOTALL)


def parse_origin(value: str) -> tuple[str, str | None]:
    """Where networks come from, and which state: "runs/1:best" -> ("runs/1", "best").

    Without a state the second is None, which means the last.

    Raises:
        UserError: it names no place.
    """
    match = _ORIGIN.fullmatch(value)
    if match is None:
        raise UserError(f"--init_from={value}: must be a run's folder or a .keras file")
    return match["place"], match["which"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class FineTuningSettings(Settings):
    """How a new run begins with networks that are trained already."""

    init_from: str | None = setting(
        None,
        "whose networks a new run begins with: a run's folder, with :best or :<step> after it for "
        "another state than the last, or the .keras file of a generator that export wrote; none: "
        "random weights",
        check=parse_origin,
    )
    init_partial: bool = setting(
        False,
        "take over the layers of --init_from that fit, where sizes, channels, labels or networks "
        "differ; the others begin with random weights",
    )
    freeze_d: int = setting(
        0,
        "how many of the discriminator's first parts stay as --init_from has them: convolutions "
        "of dcgan, blocks of resnet, grids of r3gan",
        minimum=0,
    )


@dataclasses.dataclass(frozen=True, kw_only=True)
class OriginSettings(Settings):
    """What was found where a run began; kept in its config.json."""

    init_digest: str | None = setting(
        None, "the SHA-256 of the weights that init_from named", of_data=True
    )
