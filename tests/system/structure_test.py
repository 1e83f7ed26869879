"""What keeps the package easy to navigate; the order of imports is in pyproject.toml."""

import ast
import collections
import pathlib

import pytest

import kerasgan

PACKAGE = pathlib.Path(kerasgan.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))

LONGEST_MODULE = 300  # lines
LONGEST_FUNCTION = 60

# A command, a topic of `explain`, or a public module may be called like the room or module that it
# shows or is made from.
TWINS = {
    "arithmetic": {"arithmetic.py", "sampling/arithmetic.py"},
    "attributes": {"attributes.py", "faces/attributes.py"},
    "callbacks": {"callbacks/__init__.py", "training/callbacks/__init__.py"},
    "losses": {"explaining/losses.py", "model/losses.py"},
    "networks": {"explaining/networks.py", "model/networks/__init__.py"},
}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_modules_and_functions_are_short(module):
    source = (PACKAGE / module).read_text()
    assert len(source.splitlines()) <= LONGEST_MODULE
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < LONGEST_FUNCTION, node.name


def test_no_two_modules_share_a_name():
    named = collections.defaultdict(set)
    for module in MODULES:
        name = module.stem if module.stem != "__init__" else module.parent.name
        named[name].add(str(module))
    shared = {name: modules for name, modules in named.items() if len(modules) > 1}
    assert shared == TWINS


def test_every_module_is_described():
    for module in MODULES:
        assert ast.get_docstring(ast.parse((PACKAGE / module).read_text())), module
