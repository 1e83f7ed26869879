"""The files that code hosts, and people who find the project there, look for."""

import pathlib

import pytest
import yaml

from kerasgan.version import VERSION

ROOT = pathlib.Path(__file__).parents[2]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))  # without config.yml


def test_the_citation_names_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors"} <= citation.keys()
    assert citation["version"] == VERSION
    assert citation["license"] == "Apache-2.0"


def test_there_are_forms_for_all_kinds_of_issues():
    assert [form.stem for form in FORMS] == ["bug", "feature", "question"]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.stem)
def test_a_form_asks_what_it_must(form):
    content = yaml.safe_load(form.read_text())
    assert content["name"] and content["description"]
    questions = [item for item in content["body"] if item["type"] != "markdown"]
    assert {item["type"] for item in questions} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert all(item["attributes"]["label"] for item in questions)
    names = [item["id"] for item in questions]
    assert len(set(names)) == len(names)
    assert any(item.get("validations", {}).get("required") for item in questions)
