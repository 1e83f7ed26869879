"""How a section of settings is declared, described and checked; `kerasgan.config` has them all."""

import dataclasses
import math
from typing import Any, TypeVar

from kerasgan.errors import UserError

_Section = TypeVar("_Section", bound="Settings")


def setting(default: Any, meaning: str, **more: Any) -> Any:
    """A field with its help text, and what else is known about it.

    Args:
        default: for new runs.
        meaning: for --help and the docs.
        more: limits (`minimum`, `above`, `maximum`, `below`, `choices`; `some_of` for several
            known names with commas between them, `several` for any names), and any of

            - `parse`: a function from what the user may write to the value to keep;
            - `check`: a function of the value that raises UserError if it is not allowed;
            - `may_change=True`: a continued run may have another value and is still the same run;
            - `finds_images=True`: that is so as long as the images are the same, pixel by pixel;
            - `of_machine=True`: about the machine, not the model: not in an exported model;
            - `of_data=True`: read off the data, or what a run begins with, and no flag;
            - `before`: what runs did that were written before this setting existed, if that is
              not what the default does.
    """
    return dataclasses.field(default=default, metadata={"meaning": meaning, **more})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Checks each setting against its limits.

    Raises:
        UserError: a setting is outside its limits.
    """

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if "parse" in field.metadata and value is not None:
                value = field.metadata["parse"](value)
                object.__setattr__(self, field.name, value)
            _check(field, value)
            if "check" in field.metadata and value is not None:
                field.metadata["check"](value)

    def as_dict(self) -> dict[str, Any]:
        """The settings by name; those that are read off the data only if they are there."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if not (field.metadata.get("of_data") and getattr(self, field.name) == field.default)
        }

    def section(self, section: type[_Section], **changes: Any) -> _Section:
        """The settings of one section alone, some of them changed."""
        own = {field.name: getattr(self, field.name) for field in dataclasses.fields(section)}
        return section(**{**own, **changes})


def flag_settings(section: type[Settings]) -> list[dataclasses.Field]:
    """The settings of a section that the user chooses, each by the flag of its name."""
    return [field for field in dataclasses.fields(section) if not field.metadata.get("of_data")]


_LIMITS = {
    "minimum": "at least",
    "above": "above",
    "maximum": "at most",
    "below": "below",
    "choices": "one of",
    "some_of": "one or more of",
}


def help_text(field: dataclasses.Field) -> str:
    """What a setting means and what it may be."""
    limits = [
        f"{words} {_as_text(field.metadata[name])}"
        for name, words in _LIMITS.items()
        if name in field.metadata
    ]
    return field.metadata["meaning"] + (f" ({', '.join(limits)})" if limits else "")


def _as_text(limit: Any) -> str:
    return ", ".join(map(str, limit)) if isinstance(limit, tuple) else str(limit)


_KINDS: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    int | None: (int,),
    float: (int, float),
    float | None: (int, float),
    str: (str,),
    str | None: (str,),
    tuple[int, int]: (tuple,),
    tuple[str, ...]: (tuple,),
}


def _check(field: dataclasses.Field, value: Any) -> None:
    if value is None and field.default is None:
        return
    refusal = _why_refused(field, value)
    if refusal:
        raise UserError(f"--{field.name}={value}: {refusal}")


def _why_refused(field: dataclasses.Field, value: Any) -> str | None:
    """What a value must be instead; None if it is allowed."""
    limits, kinds = field.metadata, _KINDS[field.type]
    is_of_type = isinstance(value, kinds) and isinstance(value, bool) == (field.type is bool)
    if not is_of_type:
        return f"must be of type {kinds[-1].__name__}"
    if isinstance(value, float) and not math.isfinite(value):
        return "must be finite"
    if "choices" in limits and value not in limits["choices"]:
        return f"must be one of {_as_text(limits['choices'])}"
    if "some_of" in limits:
        for name in split_names(value):
            if name not in limits["some_of"]:
                return f"{name or 'nothing'}: must be one or more of {_as_text(limits['some_of'])}"
    if "several" in limits and not all(split_names(value)):
        return "must be names with commas between them"
    if "minimum" in limits and not value >= limits["minimum"]:
        return f"must be at least {limits['minimum']}"
    if "above" in limits and not value > limits["above"]:
        return f"must be above {limits['above']}"
    if "maximum" in limits and not value <= limits["maximum"]:
        return f"must be at most {limits['maximum']}"
    if "below" in limits and not value < limits["below"]:
        return f"must be below {limits['below']}"
    return None


def split_names(value: str) -> list[str]:
    """The names in a list with commas, each once: "swd, kid" -> ["swd", "kid"]."""
    return list(dict.fromkeys(name.strip() for name in value.split(",")))
