"""The card of an export, read as the Hugging Face Hub reads it."""

import json
import re

import pytest
import tensorflow as tf
import yaml
from huggingface_hub import ModelCard

from kerasgan.config import Config
from kerasgan.model.networks.dcgan import build_generator
from kerasgan.serving.metadata import describe_run
from kerasgan.serving.model_card import model_card
from kerasgan.serving.saved_model import export_saved_model

FINGERPRINT = {"data": "/home/ann/faces", "data_digest": "00ff", "num_real": 5000, "step": None}


@pytest.fixture
def metadata(tmp_path):
    rows = [
        {"step": 2, "g_loss": 1.5, "kid1k_embedded": 0.5},
        {
            "step": 4,
            "kid5k_embedded": 0.25,
            "swd5k": 17.5,
            "fid5k": None,
            "fingerprint": FINGERPRINT,
        },
        {"step": 6, "kid5k_embedded": 0.125},
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    config = Config(dataset="/home/ann/faces of (us)")
    return describe_run(config, step=5, run_dir=tmp_path, licence="CC0-1.0")


def read(text):
    """The card; its front matter is also checked against plain YAML."""
    card = ModelCard(text)
    block = re.match(r"---\n(.*?)\n---\n", text, re.S)[1]
    assert card.data.to_dict() == yaml.safe_load(block)
    return card


def test_the_hub_reads_what_was_trained_and_measured(metadata):
    card = read(model_card("generator", metadata))
    assert card.data.license == "cc0-1.0"
    assert card.data.library_name == "kerasgan"
    assert card.data.pipeline_tag == "unconditional-image-generation"
    assert "gan" in card.data.tags
    assert card.data.datasets == ["faces-of-us"]
    assert card.data.model_name == "generator"
    results = {result.metric_name: result for result in card.data.eval_results}
    values = {name: result.metric_value for name, result in results.items()}
    assert values == {"kid1k_embedded": 0.5, "kid5k_embedded": 0.25, "swd5k": 17.5}
    assert results["kid5k_embedded"].metric_type == "kid"
    assert results["swd5k"].metric_type == "swd"
    assert results["swd5k"].dataset_name == "faces of (us)"
    assert "Steps: 5" in card.text
    assert "| `kid5k_embedded` | 0.25 |" in card.text
    assert "num\\_real: 5000" in card.text
    assert "/home/ann" not in card.content


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        (None, {}),
        ("Apache-2.0", {"license": "apache-2.0"}),
        ("GPL-3.0-only", {"license": "other", "license_name": "GPL-3.0-only"}),
        ("x\nlicense: mit", {"license": "other", "license_name": "x-license-mit"}),
    ],
)
def test_a_licence_is_one_that_the_hub_knows_or_another(metadata, licence, expected):
    data = read(model_card("generator", {**metadata, "license": licence})).data.to_dict()
    assert {key: data[key] for key in data if key.startswith("license")} == expected


@pytest.mark.parametrize(
    "name",
    [
        '"]\n---\nlicense: mit',
        "a: {b",
        "\x00\x7f\u2028",
        "\udcff.zip",
        "<img src=x>",
        "\U0001f600",
        "…",
    ],
)
def test_no_name_breaks_out_of_its_place(metadata, name):
    hostile = {**metadata, "dataset": name}
    text = model_card("generator", hostile)
    text.encode()
    card = read(text)
    assert set(card.data.to_dict()) == set(read(model_card("g", metadata)).data.to_dict())
    assert re.fullmatch(r"[\w.-]+", card.data.datasets[0], re.ASCII)
    assert "\n" not in card.data.eval_results[0].dataset_name
    assert "<img" not in card.text


def test_without_figures_it_says_so():
    card = read(model_card("generator", describe_run(Config(), step=1)))
    assert card.data.eval_results is None
    assert "Nothing was measured" in card.text


def test_an_export_has_its_card_and_loads_as_before(metadata, tmp_path):
    generator = build_generator((16, 16, 3), latent_dim=4, base_filters=2)
    folder = tmp_path / "saved" / "generator"
    version = export_saved_model(generator, folder, metadata=metadata)
    card = ModelCard.load(version / "README.md")
    assert card.data.model_name == "generator"
    assert [path.name for path in folder.iterdir()] == ["1"]
    # What the card says about its use is run as it stands.
    code = re.search(r"```python\n(.*?)```", card.text, re.S)[1]
    names = {}
    exec(code.replace("path/to/this/folder", str(version)), names)
    assert names["pictures"].shape == [4, 16, 16, 3]
    assert names["pictures"].dtype == tf.uint8


def test_a_model_that_nothing_is_known_of_has_no_card(tmp_path):
    generator = build_generator((16, 16, 3), latent_dim=4, base_filters=2)
    assert not (export_saved_model(generator, tmp_path) / "README.md").exists()
