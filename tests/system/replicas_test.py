"""One, two and four replicas give the same run."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.config import Config
from kerasgan.data import batches
from kerasgan.data.image_set import DataFingerprint, ImageSet
from kerasgan.label_space import Labels, LabelSpace
from kerasgan.model.build import build_gan

STEPS = 20
IMAGES = np.random.default_rng(0).integers(0, 256, [64, 16, 16, 3], dtype=np.uint8)

GAMES = {
    "simultaneous": {
        "normalization": "spectral",
        "loss": "hinge",
        "penalty": "r1_r2",
        "penalty_every": 1,
        "augment": "ada",
        "augment_kinds": "flip,brightness",
        "augment_speed_images": 100,
    },
    "alternating": {
        "normalization": "batch",
        "loss": "relativistic",
        "beta_1": 0.5,
        "penalty": "r1",
        "penalty_every": 1,
        "skip_sums": False,
    },
    "fine_tuned": {  # the second convolution is held with its batch norm
        "update_order": "alternating",
        "normalization": "batch",
        "loss": "hinge",
        "penalty": "r1",
        "penalty_every": 1,
        "skip_sums": False,
        "init_from": "a run",
        "freeze_d": 2,
    },
    "accumulated": {
        "update_order": "simultaneous",
        "g_normalization": "none",
        "accumulate_steps": 2,
        "skip_sums": False,
        "minibatch_deviation": False,
        "penalty": "r1",
        "penalty_every": 2,
    },
    "conditional": {
        "update_order": "alternating",
        "loss": "relativistic",
        "penalty": "r1",
        "penalty_every": 2,
        "d_steps": 2,
        "label_kind": "classes",
        "label_names": ("a", "b", "c"),
    },
}


def labelled():
    known = dict.fromkeys(DataFingerprint.__dataclass_fields__, "")
    space = LabelSpace(kind="classes", names=("a", "b", "c"))
    return ImageSet(
        rows=IMAGES,
        fingerprint=DataFingerprint(**{**known, "count": len(IMAGES)}),
        conditions=Labels(space=space, values=np.arange(len(IMAGES)) % 3),
    )


def mirrored(replicas):
    return tf.distribute.MirroredStrategy(
        [f"CPU:{index}" for index in range(replicas)],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )


def train(replicas, game):
    """The model after 20 steps through `fit`, and all that was logged of every step."""
    settings = {"image_size": 16, "base_filters": 2, "latent_dim": 5, "batch_size": 16}
    config = Config(**{**settings, "update_order": game, **GAMES[game]})
    strategy = tf.distribute.get_strategy()
    if replicas > 1:
        strategy = mirrored(replicas)
    with strategy.scope():
        gan = build_gan(config, total_steps=STEPS, synchronized=replicas > 1)
    images = labelled() if config.label_space else IMAGES
    options = {"first_step": 0, "last_step": STEPS, "seed": 0, "random_flip": True}
    data = batches(images, batch_size=config.images_per_step, **options)
    rows = []

    class Rows(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            rows.append(list(logs.values()))  # losses, scores and norms of gradients

    gan.fit(data, shuffle=False, verbose=0, callbacks=[Rows()])
    return gan, np.array(rows)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("game", "counts"),
    [
        ("simultaneous", (2, 4)),
        ("alternating", (2, 4)),
        ("accumulated", (2,)),
        ("conditional", (2, 4)),
        ("fine_tuned", (2,)),
    ],
)
def test_in_float64_replicas_agree_to_the_last_digits(game, counts, float64):
    one, one_rows = train(1, game)
    for replicas in counts:
        many, rows = train(replicas, game)
        assert int(many.step.numpy()) == STEPS
        np.testing.assert_allclose(rows, one_rows, rtol=1e-11)
        for name in ("generator", "discriminator", "ema_generator", "g_optimizer", "d_optimizer"):
            pairs = zip(getattr(one, name).variables, getattr(many, name).variables, strict=True)
            for expected, actual in pairs:
                expected, actual = expected.numpy(), actual.numpy()
                # Relative to the largest entry: an entry may be near 0 by chance.
                difference = np.abs(actual - expected).max()
                assert difference <= 1e-12 * np.abs(expected).max(), (name, expected.shape)


@pytest.mark.slow
def test_in_float32_what_is_logged_agrees():
    _, one = train(1, "alternating")
    np.testing.assert_allclose(train(2, "alternating")[1], one, rtol=1e-2, atol=1e-3)


def test_one_replica_that_is_not_finite_cancels_the_step_for_all():
    strategy = mirrored(2)
    with strategy.scope():
        config = Config(image_size=16, base_filters=2, latent_dim=5, penalty="none")
        gan = build_gan(config, synchronized=True)
    images = np.zeros([8, 16, 16, 3], np.float32)
    gan.fit(images, batch_size=4, shuffle=False, verbose=0)
    before = [(variable, value.numpy()) for variable, value in gan._read_state()]
    images[3, 0, 0, 0] = np.nan  # the second replica's share of the first batch
    gan.fit(images[:4], batch_size=4, shuffle=False, verbose=0)
    counters = (gan.step, gan.nonfinite_steps, gan.nonfinite_in_a_row)
    assert [int(counter.numpy()) for counter in counters] == [3, 1, 1]
    for variable, value in before:
        for copy in strategy.experimental_local_results(variable.value):
            np.testing.assert_array_equal(copy.numpy(), value)


@pytest.mark.slow
def test_synchronized_batch_norm_takes_parts_too():
    strategy = mirrored(2)
    with strategy.scope():
        config = Config(image_size=16, base_filters=2, accumulate_steps=2, penalty="none")
        gan = build_gan(config, synchronized=True)
    gan.fit(IMAGES[:16] / np.float32(255), batch_size=16, shuffle=False, verbose=0)
    assert [int(gan.step.numpy()), int(gan.nonfinite_steps.numpy())] == [1, 0]
    moving = [weight for weight in gan.generator.weights if "moving_mean" in weight.path]
    assert moving
    for weight in moving:
        first, second = strategy.experimental_local_results(weight.value)
        np.testing.assert_array_equal(first, second)
        assert np.any(first.numpy() != 0)
