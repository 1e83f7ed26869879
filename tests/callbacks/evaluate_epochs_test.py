import keras
import numpy as np
import pytest

from kerasgan.callbacks import Evaluate
from kerasgan.config import DataSettings
from kerasgan.data.load import load_images
from kerasgan.errors import UserError
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.kernel_distance import kid
from kerasgan.metrics.neighbours import prdc
from kerasgan.model.gan import GAN
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.pixels import to_float
from kerasgan.training.callbacks.evaluate_generator import generated_source

SETTINGS = DataSettings(dataset="synthetic_faces", image_size=(16, 16), num_images=24)


@pytest.fixture(scope="module")
def faces():
    return load_images(SETTINGS, seed=0)


def new_gan(rate=1e-2):
    gan = GAN(
        generator=build_generator((16, 16, 3), latent_dim=5, base_filters=2),
        discriminator=build_discriminator((16, 16, 3), base_filters=2, normalization="none"),
    )
    adam = keras.optimizers.Adam
    gan.compile(g_optimizer=adam(rate), d_optimizer=adam(rate), run_eagerly=True)
    return gan


def fit(gan, faces, callbacks, epochs=1):
    images = to_float(faces[:8]).numpy()
    return gan.fit(images, batch_size=4, epochs=epochs, verbose=0, callbacks=callbacks).history


def test_the_figures_are_those_of_the_averaged_generator(faces):
    gan = new_gan()
    history = fit(gan, faces, [Evaluate(faces[:], seed=3)], epochs=2)
    features = open_extractor("embedded").features
    painted = generated_source(gan.ema_generator, seed=3, step=0).sample(0, 24)
    real, fake = features(faces[:]), features(painted)
    assert len(history["val_kid"]) == 2
    np.testing.assert_allclose(history["val_kid"][-1], kid(real, fake, seed=3), rtol=1e-6)
    for name, value in prdc(real, fake).items():
        np.testing.assert_allclose(history[f"val_{name}"][-1], value, rtol=1e-6)


def test_keras_keeps_the_best_epoch_and_stops_after_it(faces, tmp_path):
    evaluate = Evaluate(faces)
    best = keras.callbacks.ModelCheckpoint(
        tmp_path / "best.keras", monitor="val_kid", mode="min", save_best_only=True
    )
    stop = keras.callbacks.EarlyStopping(
        monitor="val_kid",
        mode="min",
        min_delta=1e9,
        patience=2,  # no epoch counts as better
    )
    history = fit(new_gan(), faces, [evaluate, best, stop], epochs=9)
    assert len(history["val_kid"]) == 3
    chosen = int(np.argmin(history["val_kid"]))
    assert int(keras.saving.load_model(tmp_path / "best.keras").step.numpy()) == 2 * (chosen + 1)
    assert [result.fingerprint.step for result in evaluate.results] == [2, 4, 6]
    assert evaluate.results[0].fingerprint.data_digest == faces.fingerprint.pixels


def test_names_are_short_and_an_array_counts_as_what_it_holds(faces):
    evaluate = Evaluate(faces[:], metrics=["swd", "fid", "msssim"], count=16)
    history = fit(new_gan(), faces, [evaluate])
    figures = {"val_swd", "val_swd_16", "val_fid", "val_msssim_real", "val_msssim_generated"}
    assert {name for name in history if name.startswith("val_")} == figures
    (result,) = evaluate.results
    assert "fid16_embedded" in result.scores
    assert result.fingerprint.data_digest == faces.fingerprint.pixels


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"count": 25}, ValueError, "count=25: must be 16 to 24, the number of images"),
        ({"metrics": ["fid50k"]}, UserError, "fid50k"),
        ({"metrics": ["attributes"]}, ValueError, "attributes are only measured by"),
        ({"extractor": "inception"}, UserError, "--extractor=inception"),
    ],
)
def test_bad_arguments_are_named(faces, options, error, message):
    with pytest.raises(error, match=message):
        Evaluate(faces, **options)


def test_images_of_another_kind_or_size_are_refused_before_training(faces):
    with pytest.raises(ValueError, match="images must be uint8"):
        Evaluate(to_float(faces[:]).numpy())
    gan = new_gan()
    other = np.zeros([16, 32, 32, 3], np.uint8)
    with pytest.raises(ValueError, match="images are 32x32x3 and the generator's are 16x16x3"):
        fit(gan, faces, [Evaluate(other)])
    assert int(gan.step.numpy()) == 0
