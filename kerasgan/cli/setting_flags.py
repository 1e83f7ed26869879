"""Settings as flags: the same name, meaning, limits and default as in `kerasgan.config`."""

from collections.abc import Callable
from typing import Any

from absl import flags

from kerasgan.settings import Settings, flag_settings, help_text

flags.disclaim_key_flags()  # --help shows these flags as the command's own

_DEFINE: dict[Any, Callable[..., object]] = {
    bool: flags.DEFINE_bool,
    float: flags.DEFINE_float,
    float | None: flags.DEFINE_float,
    int: flags.DEFINE_integer,
    int | None: flags.DEFINE_integer,
}


def define_flags(
    section: type[Settings], *, only: tuple[str, ...] = (), note: str = "", **defaults: Any
) -> None:
    """One flag for each setting of a section, which itself checks the values.

    Args:
        section: of the settings.
        only: the names of some of them; () for all.
        note: what else to say about each of them.
        defaults: those that differ from the settings' own.
    """
    for field in flag_settings(section):
        if only and field.name not in only:
            continue
        default = defaults.get(field.name, field.default)
        if isinstance(default, tuple):
            default = "x".join(map(str, default))
        _DEFINE.get(field.type, flags.DEFINE_string)(field.name, default, help_text(field) + note)


def given_settings(section: type[Settings]) -> dict[str, Any]:
    """The settings of a section that the user named, in a flag or in a flag file."""
    names = [field.name for field in flag_settings(section) if field.name in flags.FLAGS]
    return {name: flags.FLAGS[name].value for name in names if flags.FLAGS[name].present}
