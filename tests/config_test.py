import dataclasses

import pytest

from kerasgan.config import Config
from kerasgan.errors import UserError
from kerasgan.model.gan import UPDATE_ORDERS
from kerasgan.model.losses import LOSSES


def limits(name):
    (field,) = [field for field in dataclasses.fields(Config) if field.name == name]
    return field.metadata


def test_choices_are_what_the_parts_offer():
    assert set(limits("loss")["choices"]) == set(LOSSES)
    assert set(limits("update_order")["choices"]) == set(UPDATE_ORDERS)


def test_every_setting_has_a_meaning():
    assert all(field.metadata["meaning"] for field in dataclasses.fields(Config))


@pytest.mark.parametrize("value", [(64, 48), [64, 48], "64x48"], ids=["tuple", "list", "text"])
def test_image_size_in_its_forms(value):
    assert Config(image_size=value).image_size == (64, 48)


def test_one_side_makes_a_square():
    assert Config(image_size=32).image_size == Config(image_size="32").image_size == (32, 32)
    assert Config(image_size=32, channels=1).image_shape == (32, 32, 1)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("image_size", 65, "--image_size=65: must be SIDE or HEIGHTxWIDTH, each a multiple of 8"),
        ("image_size", "64x8", "--image_size=64x8: must be"),
        ("image_size", "64x64x3", "--image_size=64x64x3: must be"),
        ("image_size", "big", "--image_size=big: must be"),
        ("image_size", "", "--image_size=: must be"),
        ("image_size", -64, "--image_size=-64: must be"),
        ("channels", 2, "--channels=2: must be one of 1, 3"),
        ("epochs", 0, "--epochs=0: must be at least 1"),
        ("epochs", "5", "--epochs=5: must be of type int"),
        ("epochs", True, "--epochs=True: must be of type int"),
        ("epochs", None, "--epochs=None: must be of type int"),
        ("batch_size", 1.5, "--batch_size=1.5: must be of type int"),
        ("num_images", 0, "--num_images=0: must be at least 1"),
        ("g_learning_rate", -1e-4, "--g_learning_rate=-0.0001: must be above 0"),
        ("d_learning_rate", 0.0, "--d_learning_rate=0.0: must be above 0"),
        ("d_learning_rate", float("nan"), "--d_learning_rate=nan: must be finite"),
        ("d_learning_rate", float("inf"), "--d_learning_rate=inf: must be finite"),
        ("beta_1", 1.0, "--beta_1=1.0: must be below 1"),
        ("ema_decay", -0.1, "--ema_decay=-0.1: must be at least 0"),
        ("seed", -1, "--seed=-1: must be at least 0"),
        ("seed", 2**32, "--seed=4294967296: must be below 4294967296"),
        ("loss", "l2", "--loss=l2: must be one of non_saturating, minimax,"),
        ("random_flip", 1, "--random_flip=1: must be of type bool"),
        ("model_name", "a/b", "--model_name=a/b: must be letters"),
        ("model_name", "..", "--model_name=..: must be letters"),
        ("model_name", "", "--model_name=: must be letters"),
    ],
)
def test_what_is_not_allowed_is_named_in_one_line(setting, value, message):
    with pytest.raises(UserError) as error:
        Config(**{setting: value})
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_whole_number_serves_as_a_rate():
    assert Config(g_learning_rate=1).g_learning_rate == 1


def test_settings_survive_the_file(tmp_path):
    config = Config(image_size=(64, 48), num_images=7, dataset="tfds:mnist", random_flip=True)
    config.save(tmp_path / "config.json")
    assert Config.load(tmp_path / "config.json") == config


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not a readable config"),
        ("[1, 2]", "not a readable config"),
        ("3", "not a readable config"),
        ('{"epochs": 5, "speed": 9}', "unknown settings: speed"),
        ('{"epochs": 0}', "--epochs=0: must be at least 1"),
    ],
)
def test_a_damaged_file_is_named(tmp_path, text, message):
    path = tmp_path / "config.json"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        Config.load(path)
    with pytest.raises(UserError, match="not a readable config"):
        Config.load(tmp_path / "missing.json")
