"""Lists the commands: `python -m kerasgan`."""

import ast
import pathlib

from kerasgan.cli.streams import forgive_streams

COMMANDS = (  # in the order in which they are needed
    "check_data",
    "main",
    "sample",
    "interpolate",
    "arithmetic",
    "attributes",
    "project",
    "evaluate",
    "export",
    "play",
    "report",
    "explain",
)


def summary(command: str) -> str:
    """What a command does: the first line of its docstring, read without running the module."""
    source = (pathlib.Path(__file__).parent / f"{command}.py").read_text(encoding="utf-8")
    docstring = ast.get_docstring(ast.parse(source)) or ""
    return docstring.split("\n")[0].split(": `python -m")[0].rstrip(".")


def main() -> None:
    """Prints a line for each command."""
    forgive_streams()
    print("usage: python -m kerasgan.<command> --<flag>=<value> ...\n")
    width = max(map(len, COMMANDS))
    for command in COMMANDS:
        print(f"  {command:{width}}  {summary(command)}")
    print("\n`python -m kerasgan.<command> --help` shows the flags of a command.")


if __name__ == "__main__":
    main()
