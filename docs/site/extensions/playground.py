"""The playground: the web page of the package, with the generator of the default run.

The page's code and its engine come from the package, the generator from `docs/site/playground`.
"""

import pathlib
import shutil

import kerasgan

_PAGE = pathlib.Path(kerasgan.__file__).parent / "serving" / "page"
_MODEL = pathlib.Path(__file__).parents[1] / "playground"


def _write_playground(app, failure: Exception | None) -> None:
    """Writes `play/` next to the pages of the site."""
    if failure or app.builder.name != "html":
        return
    folder = pathlib.Path(app.outdir) / "play"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_PAGE, folder)
    for name in ("model.json", "generator.tflite", "discriminator.tflite"):
        shutil.copy(_MODEL / name, folder)


def setup(app) -> dict[str, bool]:
    """Connects the function above to the build."""
    app.connect("build-finished", _write_playground)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
