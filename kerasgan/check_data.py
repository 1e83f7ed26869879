"""Looks at every picture of a data set: `python -m kerasgan.check_data --dataset=<folder>`.

Reports what there is, what is wrong with it and which flags suit it, and writes a preview; with
--labels another one, of each class or attribute. The status is 1 if there are bad pictures or
duplicates, else 0.
"""

import json
import math
import os
import pathlib
from collections import Counter
from typing import TYPE_CHECKING

from absl import flags

from kerasgan.cli import app, outputs, setting_flags
from kerasgan.config import PictureSettings
from kerasgan.errors import UserError
from kerasgan.files import local_path, replace_file
from kerasgan.marks import mark_png

if TYPE_CHECKING:
    import numpy as np

    from kerasgan.data.inspect import Inspection
    from kerasgan.data.pile import Pile
    from kerasgan.label_space import Labels

_OF_LABELS = ".labels.png"  # ends the name of the preview of labels
_MAX_LINES_PRINTED = 20  # of a list; --json has all


def define_flags() -> None:
    """Defines the command's flags. Those of training have the help text that they have there."""
    setting_flags.define_flags(PictureSettings, dataset=None)
    flags.DEFINE_string("preview", "preview.png", "a .png file for images as training would see them, and with --labels the same name with .labels.png for a row of each class or attribute; empty: none")  # noqa: E501  # fmt: skip
    flags.DEFINE_string("json", None, "a .json file for all that was found")
    outputs.define_overwrite_flag()


def main() -> int:
    """Inspects, reports, and returns 1 if something is wrong."""
    options = flags.FLAGS
    if not options.dataset or options.dataset == "synthetic_faces":
        raise UserError(f"--dataset={options.dataset}: must be given, and be read from files")
    settings = PictureSettings(**setting_flags.given_settings(PictureSettings))
    siblings = (_OF_LABELS,) if settings.labels else ()
    preview = outputs.check_output_file((".png",), flag="preview", siblings=siblings)
    json_file = outputs.check_output_file((".json",), flag="json")
    app.start_tensorflow()
    from kerasgan.data.inspect import inspect
    from kerasgan.data.labels.overview import examples
    from kerasgan.data.open import open_pile
    from kerasgan.data.pictures.preprocess import Preprocessing

    preprocessing = Preprocessing.of(settings)
    pile = open_pile(settings)
    if preview is not None:
        _refuse_within(settings.dataset, pile, preview)
    rows = examples(pile.conditions) if pile.conditions is not None else []
    found = inspect(pile, preprocessing, {number for row in rows for number in row})
    _report(pile, found)
    if preview is not None and found.preview:
        _write_previews(preview, found, rows, settings.background)
    if json_file is not None:
        _write_json(json_file, pile, found)
    return 1 if found.bad or found.duplicates else 0


def _refuse_within(dataset: str, pile: "Pile", preview: pathlib.Path) -> None:
    """Refuses a preview in one of the data set's folders, where it would become a picture.

    Raises:
        UserError: it would.
    """
    root = local_path("dataset", dataset)
    if not root.is_dir():
        return
    folders = {os.path.dirname(name) for name in pile.names} if pile.source == "folder" else set()
    within = {(root / folder).resolve() for folder in {"", *folders}}
    if within & set(preview.resolve().parents):
        raise UserError(
            f"--preview={preview}: is in the data set, where it would become a picture; name a "
            "file elsewhere, or none with --preview="
        )


def _report(pile: "Pile", found: "Inspection") -> None:
    from kerasgan.data.inspect import suggest

    good = found.sizes.total()
    print(f"{pile.source}, split {pile.split}: {good:,} pictures, {len(found.bad):,} bad, "
          f"{len(found.duplicates):,} duplicate, {len(found.ignored):,} other files")  # fmt: skip
    print(f"formats      {_counts(found.formats)}")
    print(f"modes        {_counts(found.modes)}")
    print(f"sizes        {_counts(Counter({f'{w}x{h}': n for (w, h), n in found.sizes.items()}))}")
    if found.covers:
        print(f"transparency {_transparency(found)}")
    if pile.labels:
        shown = [_label(name, values) for name, values in list(pile.labels.items())[:5]]
        more = ", ..." if len(pile.labels) > len(shown) else ""
        print(f"labels       {len(pile.labels)}: {', '.join(shown)}{more}")
    labels = _labels_used(pile, found)
    if labels is not None:
        _list("asked for", _shares(labels))
    _list("bad", [f"{file.name} {file.reason}" for file in found.bad])
    other = dict.fromkeys(found.contradictions, ", with another label")
    _list("twice", [f"{name} is {first}{other.get(name, '')}" for name, first in found.duplicates])
    for line in _warnings(pile, found):
        print(f"warning      {line}")
    for line in suggest(found, channels=flags.FLAGS.channels):
        print(f"suggested    {line}")


def _transparency(found: "Inspection") -> str:
    """How much of the pictures is transparent."""
    import numpy as np

    clear, partial = np.array(found.covers).T
    some = int(np.sum(clear + partial > 0))
    return (
        f"{some:,} of {len(clear):,} pictures; of all pixels {clear.mean():.1%} are transparent, "
        f"{partial.mean():.1%} partly"
    )


def _warnings(pile: "Pile", found: "Inspection") -> list[str]:
    from kerasgan.data.inspect import warnings_of
    from kerasgan.data.labels.overview import rarities

    labels = _labels_used(pile, found)
    return warnings_of(found) + (rarities(labels) if labels is not None else [])


def _labels_used(pile: "Pile", found: "Inspection") -> "Labels | None":
    """The labels of the pictures that can be read; None without --labels."""
    import numpy as np

    if pile.conditions is None:
        return None
    return pile.conditions.of(np.array(found.readable, np.int64))


def _shares(labels: "Labels") -> list[str]:
    """How many pictures each class has, or which share of all has an attribute."""
    from kerasgan.data.labels.overview import counts

    if labels.space.kind == "classes":
        return [f"class {name}: {count:,}" for name, count in counts(labels).items()]
    return [f"{name}: {count / max(1, len(labels)):.0%}" for name, count in counts(labels).items()]


def _write_previews(
    path: pathlib.Path, found: "Inspection", rows: list[list[int]], background: str
) -> None:
    import numpy as np
    import tensorflow as tf

    from kerasgan.data.labels.overview import examples_grid
    from kerasgan.pixels import make_grid

    columns = math.ceil(math.sqrt(len(found.preview)))
    grid = make_grid(np.stack(found.preview), columns=columns, background=background)
    grids = {path: grid}
    if found.examples:
        grids[path.with_suffix(_OF_LABELS)] = examples_grid(rows, found.examples, background)
    for file, pixels in grids.items():
        replace_file(file, mark_png(tf.io.encode_png(pixels).numpy()))
        print(f"preview      {file}")


def _write_json(path: pathlib.Path, pile: "Pile", found: "Inspection") -> None:
    from kerasgan.data.labels.overview import counts

    content = {
        "source": pile.source,
        "split": pile.split,
        "pictures": found.sizes.total(),
        "formats": found.formats,
        "modes": found.modes,
        "sizes": {f"{width}x{height}": n for (width, height), n in found.sizes.items()},
        "bad": [{"name": file.name, "reason": file.reason} for file in found.bad],
        "duplicates": found.duplicates,
        "transparent": sum(any(covers) for covers in found.covers) if found.covers else None,
        "warnings": _warnings(pile, found),
        "ignored": [{"name": file.name, "reason": file.reason} for file in found.ignored],
    }
    labels = _labels_used(pile, found)
    if labels is not None:
        content["labels"] = {
            "kind": labels.space.kind,
            "counts": counts(labels),
            "contradictions": found.contradictions,
        }
    replace_file(path, (json.dumps(content, indent=2) + "\n").encode())


def _counts(counter: "Counter[str]") -> str:
    shown = [f"{count:,} {name}" for name, count in counter.most_common(5)]
    more = len(counter) - len(shown)
    return ", ".join(shown) + (f" and {more} others" if more > 0 else "")


def _label(name: str, values: "np.ndarray") -> str:
    """An attribute (bool, or -1 and 1) with how often it is present; a class with its range."""
    if values.dtype.kind == "U":
        return f"{name} of {len(set(values.tolist()))} kinds"
    if values.dtype == bool or set(values.tolist()) <= {-1, 1}:
        return f"{name} {(values > 0).mean():.0%}"
    return f"{name} {values.min():g} to {values.max():g}"


def _list(title: str, lines: list[str]) -> None:
    for line in lines[:_MAX_LINES_PRINTED]:
        print(f"{title:12} {line}")
    if len(lines) > _MAX_LINES_PRINTED:
        print(f"{title:12} ... and {len(lines) - _MAX_LINES_PRINTED} more (--json=<file> has all)")


if __name__ == "__main__":
    define_flags()
    app.run(main)
