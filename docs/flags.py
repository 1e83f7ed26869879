"""Prints the reference of all commands and their flags, in Markdown: `python docs/flags.py`."""

import importlib
import pathlib

from absl import flags

import kerasgan
from kerasgan.explain import TOPICS

_BEGINNING = """# Commands and flags

Generated from the commands. `python -m kerasgan.<command> --help` prints the same.
"""


def commands() -> list[tuple[str, str]]:
    """What is typed after `python -m`, and the module with its flags."""
    found = []
    for path in sorted(pathlib.Path(kerasgan.__file__).parent.glob("*.py")):
        module = f"kerasgan.{path.stem}"
        if path.stem == "explain":
            found += [(f"{module} {topic}", f"kerasgan.explaining.{topic}") for topic in TOPICS]
        elif "app.run(main)" in path.read_text():
            found.append((module, module))
    return found


def describe(command: str, module_name: str) -> str:
    """A heading, what the command does, and a table of its flags."""
    before = set(flags.FLAGS)
    module = importlib.import_module(module_name)
    if hasattr(module, "define_flags"):
        module.define_flags()
    rows = []
    for name in flags.FLAGS:
        if name in before or flags.FLAGS[name].name != name:
            continue
        flag = flags.FLAGS[name]
        default = "" if flag.default is None else f"`{flag.default_as_str}`"
        meaning = flag.help.replace("|", "\\|").replace("<", "&lt;")
        rows.append(f"| `--{name}` | {meaning} | {default} |")
    for name in set(flags.FLAGS) - before:
        delattr(flags.FLAGS, name)
    summary = module.__doc__.partition("\n")[0].replace("<", "&lt;")
    return "\n".join(
        [
            f"## {command}",
            "",
            summary,
            "",
            "| flag | meaning | default |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    print("\n".join([_BEGINNING, *(describe(*command) for command in commands())]))
