"""What `import kerasgan` and `python -m kerasgan` give."""

import ast
import pathlib
import subprocess
import sys

import keras
import pytest

import kerasgan
from kerasgan import __main__ as overview
from kerasgan.model.networks.dcgan import build_generator

PACKAGE = pathlib.Path(kerasgan.__file__).parent


def python(program, *arguments):
    result = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)], capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_type_checkers_see_the_names_that_there_are():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    (block,) = [node for node in tree.body if isinstance(node, ast.If) and node.orelse]
    seen = {}
    for line in block.body:
        (name,) = line.names
        assert name.asname == name.name  # else it would not be exported
        is_module = line.module == "kerasgan"
        seen[name.name] = f"kerasgan.{name.name}" if is_module else line.module
    assert seen == kerasgan._MODULES


@pytest.mark.parametrize("name", kerasgan.__all__)
def test_a_public_name_is_there_and_documented(name):
    assert name in dir(kerasgan)
    value = getattr(kerasgan, name)
    if name not in ("LOSSES", "PENALTIES", "__version__"):
        assert value.__doc__ and value.__name__.rpartition(".")[2] == name


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'kerasgan' has no attribute 'GANN'"):
        kerasgan.GANN  # noqa: B018
    with pytest.raises(ImportError, match="GANN"):
        from kerasgan import GANN  # noqa: F401


def test_importing_imports_neither_tensorflow_nor_keras_nor_numpy():
    shown = python(
        "import sys, kerasgan\n"
        "dir(kerasgan), kerasgan.__version__, kerasgan.Config\n"
        "print(*{'keras', 'numpy', 'tensorflow'} & set(sys.modules))"
    )
    assert shown == "\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "program",
    ["import keras, kerasgan", "import kerasgan, keras; kerasgan.GAN"],
    ids=["keras first", "kerasgan first"],
)
def test_keras_loads_a_saved_generator(tmp_path, program):
    generator = build_generator((16, 16, 3), base_filters=2)
    generator.save(tmp_path / "generator.keras")
    count = python(
        f"{program}\nimport sys\nprint(keras.saving.load_model(sys.argv[1]).count_params())",
        tmp_path / "generator.keras",
    )
    assert int(count) == generator.count_params()
    assert isinstance(generator, keras.Model)


def test_the_commands_are_listed_without_tensorflow():
    commands = {
        path.stem
        for path in PACKAGE.glob("*.py")
        if '__name__ == "__main__"' in path.read_text() and path.stem != "__main__"
    }
    assert set(overview.COMMANDS) == commands
    shown = python(
        "import runpy, sys; sys.modules['tensorflow'] = sys.modules['numpy'] = None\n"
        "runpy.run_module('kerasgan', run_name='__main__')"
    )
    for command in commands:
        (line,) = [line for line in shown.splitlines() if line.startswith(f"  {command} ")]
        assert len(line.split(maxsplit=1)[1]) > 10 and "`" not in line and len(line) < 100
