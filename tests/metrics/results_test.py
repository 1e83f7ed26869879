import dataclasses
import json
import math

import pytest

from kerasgan.errors import UserError
from kerasgan.metrics.results import Fingerprint, Result, refuse_differences

MADE = Fingerprint(
    data="synthetic_faces",
    data_digest="a" * 64,
    image_size="64x64x3",
    num_real=5000,
    num_generated=5000,
    extractor="embedded",
    extractor_digest="b" * 64,
    seed=0,
    step=1600,
)
OTHERS = {
    "data": "faces",
    "data_digest": "c" * 64,
    "image_size": "32x32x3",
    "crop": "celeba108",
    "filter": "area",
    "split": "test",
    "num_real": 4000,
    "num_generated": 1000,
    "extractor": "keras",
    "extractor_digest": "d" * 64,
    "seed": 1,
    "step": 3200,
    "background": "white",
}


def test_every_field_of_the_fingerprint_is_tested_here():
    assert set(OTHERS) == {field.name for field in dataclasses.fields(Fingerprint)}


@pytest.mark.parametrize("name", sorted(OTHERS.keys() - {"data"}))
def test_a_difference_is_refused_and_named(name):
    other = dataclasses.replace(MADE, **{name: OTHERS[name]})
    shown = "a" * 12 if name == "data_digest" else getattr(MADE, name)
    shown = "b" * 12 if name == "extractor_digest" else shown
    with pytest.raises(UserError, match=rf"differ in {name} \({shown} and "):
        refuse_differences(MADE, other)
    refuse_differences(MADE, other, across=(name,))


def test_the_same_images_may_have_another_name():
    refuse_differences(MADE, dataclasses.replace(MADE, data="faces"))
    other = dataclasses.replace(MADE, data="faces", data_digest="c" * 64)
    with pytest.raises(UserError, match=r"differ in data \(synthetic_faces and faces\), data_dig"):
        refuse_differences(MADE, other)


def test_equal_results_pass_and_all_differences_are_named_at_once():
    refuse_differences(MADE, dataclasses.replace(MADE))
    other = dataclasses.replace(MADE, step=3200, crop="center")
    with pytest.raises(UserError) as refusal:
        refuse_differences(MADE, other)
    assert str(refusal.value) == (
        "these results cannot be compared: they differ in crop (none and center), "
        "step (1600 and 3200)"
    )


def test_a_result_is_read_as_it_was_written(tmp_path):
    result = Result(scores={"kid5k_embedded": 0.1}, fingerprint=MADE, attributes=["hat: 1%"])
    result.save(tmp_path / "result.json")
    assert Result.load(tmp_path / "result.json") == result


def test_rows_have_the_step_in_its_place():
    result = Result(scores={"kid5k_embedded": 0.1}, fingerprint=MADE)
    assert result.scalars() == {"step": 1600, "kid5k_embedded": 0.1}
    row = result.row()
    made = row.pop("fingerprint")
    assert row == {"step": 1600, "kid5k_embedded": 0.1}
    assert made["extractor_digest"] == "b" * 64 and "step" not in made


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"scores": {}, "fingerprint": {"x": 1}}'])
def test_other_files_are_refused(tmp_path, content):
    path = tmp_path / "other.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"other.json: is not a result"):
        Result.load(path)
    with pytest.raises(UserError, match=r"missing.json: cannot be read: No such file"):
        Result.load(tmp_path / "missing.json")


def test_a_score_that_is_not_finite_is_null_in_the_file(tmp_path):
    path = tmp_path / "a.json"
    scores = {"swd": math.nan, "kid": math.inf, "fid": 2.5}
    Result(scores=scores, fingerprint=MADE).save(path)

    def refuse(constant):
        raise ValueError(f"{constant} is not JSON")

    saved = json.loads(path.read_text(), parse_constant=refuse)
    assert saved["scores"] == {"swd": None, "kid": None, "fid": 2.5}
    loaded = Result.load(path)
    assert math.isnan(loaded.scores["swd"]) and loaded.scores["fid"] == 2.5
    assert loaded.fingerprint == MADE
