import dataclasses
import itertools
import json

import numpy as np
import pytest

from kerasgan import config as config_module
from kerasgan.config import (
    SECTIONS,
    Config,
    DataSettings,
    NetworkSettings,
    PictureSettings,
    choices,
)
from kerasgan.data.pictures.preprocess import CELEBA_CROPS, FILTERS
from kerasgan.errors import UserError
from kerasgan.label_settings import LabelSettings
from kerasgan.metrics.measuring import HIGHER_IS_BETTER, OF_FEATURES, OF_IMAGES
from kerasgan.model.augment import ADA_KINDS, DIFFAUGMENT_KINDS
from kerasgan.model.build import ema_decay
from kerasgan.model.gan import UPDATE_ORDERS
from kerasgan.model.losses import LOSSES
from kerasgan.model.networks.families import FAMILIES
from kerasgan.model.penalties import PENALTIES
from kerasgan.model.schedules import DECAYS
from kerasgan.settings import flag_settings, help_text, setting, split_names
from kerasgan.start_settings import OriginSettings, parse_origin


def names(section):
    return [field.name for field in dataclasses.fields(section)]


def test_choices_are_what_the_parts_offer():
    assert set(choices("loss")) == set(LOSSES)
    assert set(choices("update_order")) == set(UPDATE_ORDERS)
    assert set(choices("penalty")) == set(PENALTIES)
    assert set(choices("network")) == set(FAMILIES)
    assert set(choices("learning_rate_decay")) == set(DECAYS)
    assert set(choices("augment_kinds")) == {*DIFFAUGMENT_KINDS, *ADA_KINDS}
    assert set(choices("resize")) == set(FILTERS)
    assert set(choices("crop")) == {*CELEBA_CROPS, "center", "none"}
    assert set(choices("metrics")) == {*OF_FEATURES, *OF_IMAGES}
    # MS-SSIM ranks nothing, and prdc is four figures.
    ranking = {*choices("metrics"), *HIGHER_IS_BETTER} - {"msssim", "prdc"}
    assert set(choices("best_metric")) == ranking


def test_config_is_its_sections_in_their_order():
    chosen = [name for section in SECTIONS.values() for name in names(section)]
    assert [field.name for field in flag_settings(Config)] == chosen
    assert names(Config) == chosen + names(OriginSettings) + names(LabelSettings)
    assert all(isinstance(Config(), section) for section in SECTIONS.values())


def test_every_setting_has_a_meaning():
    assert all(field.metadata["meaning"] for field in dataclasses.fields(Config))


def test_help_names_the_limits():
    (field,) = [field for field in dataclasses.fields(Config) if field.name == "beta_1"]
    assert help_text(field).endswith("both optimizers (at least 0, below 1)")
    (field,) = [field for field in dataclasses.fields(Config) if field.name == "channels"]
    assert (
        help_text(field)
        == "3 for colour, 1 for grey, 4 for colour and transparency (one of 1, 3, 4)"
    )


def test_a_section_stands_alone_and_can_be_taken_from_a_config():
    config = Config(dataset="cats", image_size=32, epochs=9)
    assert config.section(DataSettings) == DataSettings(dataset="cats", image_size=32)
    assert config.section(DataSettings, cache="none").cache == "none"
    assert config.section(NetworkSettings) == NetworkSettings()


def test_an_origin_is_a_place_and_a_state():
    for text, place, which in [
        ("runs/0001-faces", "runs/0001-faces", None),
        ("runs/0001-faces:best", "runs/0001-faces", "best"),
        ("runs/a:1200", "runs/a", "1200"),
        ("C:\\runs\\a:last", "C:\\runs\\a", "last"),
        ("C:\\runs\\a", "C:\\runs\\a", None),
        ("runs/a:b", "runs/a:b", None),
    ]:
        assert parse_origin(text) == (place, which)
    with pytest.raises(UserError, match=r"--init_from=: must be a run's folder or a .keras file"):
        Config(init_from="")


@pytest.mark.parametrize("setting", [{"freeze_d": 2}, {"init_partial": True}])
def test_what_belongs_to_fine_tuning_needs_an_origin(setting):
    ((name, value),) = setting.items()
    with pytest.raises(UserError, match=f"--{name}={value}: needs --init_from"):
        Config(**setting)
    Config(**setting, init_from="runs/a")


def test_images_may_have_sizes_that_the_networks_cannot_have():
    assert PictureSettings(image_size="28x3").image_shape == (28, 3, 3)
    with pytest.raises(UserError, match=r"--image_size=28x3: must be SIDE or .* at least 16"):
        Config(image_size="28x3")


def test_lists_of_names():
    assert split_names("swd, kid,swd") == ["swd", "kid"]
    assert Config(metrics="swd, fid").metrics == "swd, fid"


@pytest.mark.parametrize("value", [(64, 48), [64, 48], "64x48"], ids=["tuple", "list", "text"])
def test_image_size_in_its_forms(value):
    assert Config(image_size=value).image_size == (64, 48)


def test_one_side_makes_a_square():
    assert Config(image_size=32).image_size == Config(image_size="32").image_size == (32, 32)
    assert Config(image_size=32, channels=1).image_shape == (32, 32, 1)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("image_size", 15, "--image_size=15: must be SIDE or HEIGHTxWIDTH, each at least 16"),
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
        ("ema_half_life_images", -1, "--ema_half_life_images=-1: must be at least 0"),
        ("decay_fraction", 0.0, "--decay_fraction=0.0: must be above 0"),
        ("decay_fraction", 1.5, "--decay_fraction=1.5: must be at most 1"),
        ("penalty", "r3", "--penalty=r3: must be one of none, r1, r2, r1_r2, wgan_gp"),
        ("penalty_weight", -1.0, "--penalty_weight=-1.0: must be at least 0"),
        ("penalty_every", 0, "--penalty_every=0: must be at least 1"),
        ("accumulate_steps", 0, "--accumulate_steps=0: must be at least 1"),
        ("d_steps", 0, "--d_steps=0: must be at least 1"),
        (
            "augment_kinds",
            "flip,zoom",
            "--augment_kinds=flip,zoom: zoom: must be one or more of",
        ),
        ("augment_kinds", "flip", "--augment_kinds=flip: needs --augment=diffaugment or"),
        ("network", "stylegan", "--network=stylegan: must be one of dcgan, resnet, r3gan"),
        ("seed", -1, "--seed=-1: must be at least 0"),
        ("seed", 2**32, "--seed=4294967296: must be below 4294967296"),
        ("metrics", "kid,is", "--metrics=kid,is: is: must be one or more of swd, msssim, fid,"),
        ("metrics", "", "--metrics=: nothing: must be one or more of"),
        ("labels", "a,,b", "--labels=a,,b: must be names with commas between them"),
        ("labels", "", "--labels=: must be names with commas between them"),
        ("model_name", 5, "--model_name=5: must be of type str"),
        ("profile", "5:3", "--profile=5:3: must be FIRST:LAST"),
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


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"penalty": "wgan_gp", "normalization": "batch"},
            "--penalty=wgan_gp: does not work with --normalization=batch; must be spectral or none",
        ),
        (
            {"network": "resnet", "normalization": "batch"},
            "--normalization=batch: does not work with --network=resnet; must be spectral or none",
        ),
        (
            {"batch_size": 10, "accumulate_steps": 4, "minibatch_deviation": False},
            "--batch_size=10: must be a multiple of 4 with --accumulate_steps=4",
        ),
        (
            {"batch_size": 12, "accumulate_steps": 2},
            "--batch_size=12: must be a multiple of 8 with --minibatch_deviation and "
            "--accumulate_steps=2",
        ),
        ({"network": "r3gan"}, "--normalization=spectral: must be none with --network=r3gan"),
    ],
)
def test_settings_that_do_not_fit_together_are_named(settings, message):
    with pytest.raises(UserError) as error:
        Config(**settings)
    assert str(error.value) == message


def test_the_average_of_version_0_1_is_that_of_its_decay():
    """Bit for bit: training keeps the decay as a float32."""
    for decay, batch_size in itertools.product((0.0, 0.5, 0.98, 0.999, 0.9999), (1, 16, 128)):
        settings = {"ema_decay": decay, "batch_size": batch_size}
        config = Config.from_json(settings, where="config.json")
        again = ema_decay(config.ema_half_life_images, config.images_per_step)
        assert np.float32(again) == np.float32(decay)


def test_a_whole_number_serves_as_a_rate():
    assert Config(g_learning_rate=1).g_learning_rate == 1


def test_settings_survive_the_file(tmp_path):
    config = Config(image_size=(64, 48), num_images=7, dataset="tfds:mnist", random_flip=True)
    config.save(tmp_path / "config.json")
    assert Config.load(tmp_path / "config.json") == config


def test_the_file_has_the_number_of_its_format(tmp_path):
    Config().save(tmp_path / "config.json", data={"count": 7})
    content = json.loads((tmp_path / "config.json").read_text())
    assert content["format"] == 1 and content["data"] == {"count": 7}


def write(path, **content):
    path.write_text(json.dumps(content))
    return path


AS_BEFORE = {
    "skip_sums": False,
    "minibatch_deviation": False,
    "learning_rate_decay": "none",
    "penalty": "none",
}


def test_a_file_of_version_0_1_has_no_number(tmp_path):
    old = write(tmp_path / "config.json", epochs=9, image_size=[64, 48], data={"count": 7})
    assert Config.load(old) == Config(epochs=9, image_size=(64, 48), **AS_BEFORE)


def test_a_file_of_a_newer_format_is_refused(tmp_path):
    newer = write(tmp_path / "config.json", format=2, epochs=9)
    with pytest.raises(UserError, match=r"config.json: has format 2, but .* up to 1; install"):
        Config.load(newer)


def test_a_renamed_setting_is_read_under_its_old_name(tmp_path, monkeypatch):
    monkeypatch.setattr(config_module, "_RENAMED", {"passes": "epochs"})
    assert Config.load(write(tmp_path / "config.json", passes=9)) == Config(epochs=9, **AS_BEFORE)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Later(Config):
    """As a later version might be: both settings are new."""

    regularizer: str = setting("r1", "of D", choices=("r1", "none"), before="none")
    patience: int = setting(3, "no run depends on it")


def test_a_setting_that_an_older_file_lacks_keeps_the_old_behaviour(tmp_path):
    old = Later.load(write(tmp_path / "old.json", epochs=9))
    assert (old.epochs, old.regularizer, old.patience) == (9, "none", 3)
    Later(epochs=9).save(tmp_path / "new.json")
    assert Later.load(tmp_path / "new.json").regularizer == "r1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"format": "x"}', "has format x, but"),
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
