"""Prints what the docs say about flags, in Markdown, from the commands and settings themselves.

`python docs/flags.py` prints the reference of all commands and their flags, `python docs/flags.py
settings` the table of settings in README.
"""

import importlib
import pathlib
import sys

from absl import flags

import kerasgan
from kerasgan.config import SECTIONS, Config
from kerasgan.explain import TOPICS
from kerasgan.settings import flag_settings

_BEGINNING = """# Commands and flags

Generated from the commands. `python -m kerasgan.<command> --help` prints the same.
"""


def commands() -> list[tuple[str, str]]:
    """What to type after `python -m`, and the module that defines the flags."""
    found = []
    for path in sorted(pathlib.Path(kerasgan.__file__).parent.glob("*.py")):
        module = f"kerasgan.{path.stem}"
        if path.stem == "explain":
            found += [(f"{module} {topic}", f"kerasgan.explaining.{topic}") for topic in TOPICS]
        elif "app.run(main)" in path.read_text():
            found.append((module, module))
    return found


def settings_table() -> str:
    """README's table: the flags of each section of settings."""
    rows = ["| group | flags |", "|---|---|"]
    for title, section in SECTIONS.items():
        names = " ".join(f"--{field.name}" for field in flag_settings(section))
        rows.append(f"| {title} | `{names}` |")
    return "\n".join(rows)


def describe(command: str, module_name: str) -> str:
    """A heading, what the command does, and its flags; settings come in their sections."""
    before = set(flags.FLAGS)
    module = importlib.import_module(module_name)
    module.define_flags()
    defined = set(flags.FLAGS) - before
    names = [name for name in flags.FLAGS if name in defined and flags.FLAGS[name].name == name]
    settings = {field.name for field in flag_settings(Config)}
    is_training = settings <= defined
    summary = module.__doc__.partition("\n")[0].replace("<", "&lt;")
    lines = [f"## {command}", "", summary, ""]
    own = [name for name in names if name not in settings] if is_training else names
    lines += _table(own)
    for title, section in SECTIONS.items() if is_training else ():
        described = f"### {title[0].upper()}{title[1:]}"
        lines += [described, "", section.__doc__.partition("\n")[0], ""]
        lines += _table([field.name for field in flag_settings(section)])
    for name in defined:
        delattr(flags.FLAGS, name)
    return "\n".join(lines)


def _table(names: list[str]) -> list[str]:
    rows = ["| flag | meaning | default |", "|---|---|---|"]
    for name in names:
        flag = flags.FLAGS[name]
        default = "" if flag.default is None else f"`{flag.default_as_str}`"
        meaning = flag.help.replace("|", "\\|").replace("<", "&lt;")
        rows.append(f"| `--{name}` | {meaning} | {default} |")
    return [*rows, ""]


if __name__ == "__main__":
    if sys.argv[1:] == ["settings"]:
        print(settings_table())
    else:
        print("\n".join([_BEGINNING, *(describe(*command) for command in commands())]))
