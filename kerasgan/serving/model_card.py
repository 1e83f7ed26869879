"""The model card of an export: README.md with the front matter that the Hugging Face Hub reads.

Reference: https://huggingface.co/docs/hub/model-cards
"""

import html
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from kerasgan.channels import has_alpha
from kerasgan.runs.dashboard import tag_of

# Next to saved_model.pb and not in the folder above: a card describes the one version that it
# appears with, in the same moment, and stays true when the next version comes. So the version's
# folder is what to upload. Loaders of SavedModels ignore files that they do not know.
FILE = "README.md"

_TASK = "unconditional-image-generation"
_TAGS = ("gan", "image-generation", "tensorflow", "saved-model")

# The Hub's names for licences that are SPDX identifiers in lower case.
_CREATIVE_COMMONS = ("by", "by-sa", "by-nd", "by-nc", "by-nc-sa", "by-nc-nd")
_LICENCES = frozenset(
    ("apache-2.0", "mit", "bsd-2-clause", "bsd-3-clause", "mpl-2.0", "unlicense", "cc0-1.0")
    + tuple(f"cc-{kind}-4.0" for kind in _CREATIVE_COMMONS)
)

# Metric family -> what it is, in a few words.
_FAMILIES = {
    "kid": "kernel distance between features, lower is better",
    "fid": "Fréchet distance between features, lower is better",
    "swd": "sliced Wasserstein distance between patches, lower is better",
    "msssim": "similarity of pairs of images: generated ones should be as alike as real ones",
    "prdc": "precision, recall, density or coverage, higher is better",
    "attributes": "difference between the frequencies of attributes of faces, lower is better",
}


def model_card(name: str, metadata: Mapping[str, Any]) -> str:
    """The text of the card.

    Args:
        name: of the model.
        metadata: what `describe_run` returned.
    """
    metrics = _measured(metadata.get("metrics", {}))
    return f"---\n{_front_matter(name, metadata, metrics)}---\n\n{_text(name, metadata, metrics)}"


def _front_matter(name: str, metadata: Mapping[str, Any], metrics: Mapping[str, float]) -> str:
    """YAML, of which JSON is a part: values are written as JSON, so that no text breaks out."""
    dataset = str(metadata.get("dataset", "unknown"))
    lines = [*_licence(metadata.get("license"))]
    lines += ["library_name: kerasgan", f"pipeline_tag: {_TASK}"]
    lines += [f"tags: {_yaml(list(_TAGS))}", f"datasets: {_yaml([_slug(dataset)])}"]
    if metrics:
        result = {
            "task": {"type": _TASK},
            "dataset": {"name": _plain(dataset), "type": _slug(dataset)},
            "metrics": [
                {"type": _family(key), "name": key, "value": value}
                for key, value in metrics.items()
            ],
        }
        index = [{"name": _plain(name), "results": [result]}]
        lines.append(f"model-index: {_yaml(index)}")
    return "\n".join(lines) + "\n"


def _licence(licence: str | None) -> list[str]:
    if not licence:
        return []
    known = licence.lower()
    if known in _LICENCES:
        return [f"license: {known}"]
    return ["license: other", f"license_name: {_yaml(_slug(licence))}"]


def _text(name: str, metadata: Mapping[str, Any], metrics: Mapping[str, float]) -> str:
    settings = metadata.get("config", {})
    size = "x".join(map(str, settings.get("image_size", ())))
    network = f"a {settings['network']} network" if "network" in settings else "a network"
    alpha = " with straight alpha" if has_alpha((settings.get("channels"),)) else ""
    licence = metadata.get("license")
    parts = [
        f"# {_escaped(name)}",
        f"The averaged generator of a GAN: {network}{f' of {size} pixels{alpha}' if size else ''}, "
        "trained with kerasgan and exported as a TensorFlow SavedModel.",
        "## Training",
        f"- Data: {_escaped(str(metadata.get('dataset', 'unknown')))}\n"
        f"- Steps: {metadata.get('step', 'unknown')}\n"
        f"- Licence of the model: {_escaped(licence) if licence else 'not given'}\n"
        "- Every setting, and the versions of the libraries: `assets/metadata.json`",
        "## Measured",
        _table(metrics, metadata.get("metrics", {}).get("fingerprint")),
        "## Use",
        _USE,
        "## Limits",
        _LIMITS,
    ]
    return "\n\n".join(parts) + "\n"


def _table(metrics: Mapping[str, float], fingerprint: Any) -> str:
    if not metrics:
        return "Nothing was measured before the export."
    rows = "\n".join(
        f"| `{key}` | {value:.4g} | {_FAMILIES[_family(key)]} |" for key, value in metrics.items()
    )
    protocol = (
        "These are the latest values that the run measured up to the exported step, on the "
        "averaged generator at truncation 1. A number in a name is how many images of each set "
        "were compared (1k is 1,000); a name at its end is the network whose features were "
        "compared. The `embedded` network comes with kerasgan: its values cannot be compared with "
        "published FID or KID."
    )
    table = f"| metric | value | meaning |\n|---|---|---|\n{rows}\n\n{protocol}"
    if not isinstance(fingerprint, dict):
        return table
    details = "\n".join(
        f"- {_escaped(key)}: {_escaped(str(value))}"
        for key, value in fingerprint.items()
        if value is not None
    )
    return f"{table}\n\nThe last measurement:\n\n{details}"


_USE = """With TensorFlow alone, after a download of this folder:

```python
import tensorflow as tf

model = tf.saved_model.load("path/to/this/folder")
pictures = model.signatures["sample"](
    seed=tf.constant([0, 1, 2, 3], tf.int64), truncation=tf.ones([4])
)["images"]  # uint8 [4, height, width, channels]
```

One seed is always the same picture. TensorFlow Serving and kerasgan's commands expect the folder
as `<model>/1`: `python -m kerasgan.sample --model=<model>`."""

_LIMITS = """- It paints what resembles its training data, including their gaps and their bias.
- The metrics compare sets of images; they say nothing about a single image. The export did not
  test whether training images were memorised: `python -m kerasgan.evaluate --nearest` shows the
  nearest ones.
- The people that it may paint do not exist. Do not present its pictures as photographs."""


def _measured(metrics: Mapping[str, Any]) -> dict[str, float]:
    """The finite values of known metrics."""
    return {
        name: value
        for name, value in metrics.items()
        if tag_of(name).startswith("metrics/")
        and isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    }


def _family(name: str) -> str:
    """The family of a metric: kid5k_embedded -> kid."""
    return tag_of(name).split("/")[1]


def _slug(text: str) -> str:
    """A name as the Hub allows it for data sets: letters, digits, '_', '-' and '.'."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", text.removeprefix("tfds:")).strip("-.") or "unnamed"


def _plain(text: str) -> str:
    """Without what YAML cannot hold: control characters, and bytes that are no text."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _yaml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _escaped(text: str) -> str:
    """As plain text in Markdown, which may hold HTML."""
    return re.sub(r"([\\`*_{}\[\]()#+!|~$])", r"\\\1", html.escape(_plain(text), quote=False))
