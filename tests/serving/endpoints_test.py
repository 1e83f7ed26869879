import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.latents import great_circle, latents_from_seeds
from kerasgan.model.networks.dcgan import build_discriminator, build_generator
from kerasgan.pixels import to_uint8
from kerasgan.serving.endpoints import Endpoints


@pytest.fixture(scope="module")
def generator():
    network = build_generator((16, 24, 3), latent_dim=6, base_filters=4)
    for _ in range(3):  # so that the moving statistics differ from their initial values
        network(tf.random.stateless_normal([8, 6], seed=[1, 1]), training=True)
    kernel = network.layers[-1].kernel
    kernel.assign(kernel * 5000)  # gives images as much contrast as a trained generator's
    return network


@pytest.fixture(scope="module")
def functions(generator):
    return Endpoints(generator, build_discriminator((16, 24, 3), base_filters=4)).functions()


def test_every_tensor_is_named_and_has_the_batch_as_dimension_0(functions):
    shapes = {}
    for name, function in functions.items():
        outputs = function.get_concrete_function().structured_outputs
        shapes[name] = {
            spec_name: (spec.dtype.name, spec.shape.as_list())
            for spec_name, spec in [(s.name, s) for s in function.input_signature]
            + list(outputs.items())
        }
    seeds = {"seed": ("int64", [None]), "truncation": ("float32", [None])}
    floats, levels = ("float32", [None, 16, 24, 3]), ("uint8", [None, 16, 24, 3])
    assert shapes == {
        "serving_default": {"latents": ("float32", [None, 6]), "images": floats},
        "sample": {**seeds, "images": levels},
        "sample_png": {**seeds, "image_bytes": ("string", [None])},
        "interpolate": {
            "start_seed": ("int64", [None]),
            "end_seed": ("int64", [None]),
            "position": ("float32", [None]),
            "images": levels,
        },
        "discriminate": {"images": floats, "logits": ("float32", [None, 1])},
    }


def test_samples_are_generated_from_the_latents_of_their_seeds(generator, functions):
    seeds = tf.range(11, dtype=tf.int64)
    images = functions["sample"](seed=seeds, truncation=tf.fill([11], 0.7))["images"]
    wanted = to_uint8(generator(0.7 * latents_from_seeds(seeds, 6), training=False))
    assert wanted.std() > 40
    np.testing.assert_allclose(images.numpy().astype(int), wanted, atol=1)


@pytest.mark.parametrize("batch_size", [1, 2, 3, 7, 8, 9, 33, 64])
def test_an_image_is_the_same_to_the_last_bit_in_any_batch(functions, batch_size):
    seeds = tf.range(64, dtype=tf.int64)
    truncation = tf.linspace(0.0, 1.0, 64)
    whole = functions["sample"](seed=seeds, truncation=truncation)["images"].numpy()
    parts = [
        functions["sample"](
            seed=seeds[start : start + batch_size],
            truncation=truncation[start : start + batch_size],
        )["images"]
        for start in range(0, 64, batch_size)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_truncation_0_gives_the_image_of_the_mean_latents(functions):
    images = functions["sample"](seed=[1, 2], truncation=[0.0, 0.0])["images"]
    np.testing.assert_array_equal(images[0], images[1])


def test_pngs_hold_the_samples(functions):
    request = {"seed": tf.constant([3, 4], tf.int64), "truncation": tf.ones([2])}
    images = functions["sample"](**request)["images"]
    for png, image in zip(functions["sample_png"](**request)["image_bytes"], images, strict=True):
        np.testing.assert_array_equal(tf.io.decode_png(png), image)


def test_interpolation_goes_from_one_seeds_image_to_the_others(generator, functions):
    request = {"start_seed": [8, 8, 8], "end_seed": [9, 9, 9], "position": [0.0, 0.5, 1.0]}
    images = functions["interpolate"](**request)["images"].numpy().astype(int)
    ends = functions["sample"](seed=[8, 9], truncation=[1.0, 1.0])["images"]
    np.testing.assert_allclose(images[[0, 2]], ends, atol=1)
    latents = latents_from_seeds([8, 9], 6)
    middle = generator(great_circle(latents[:1], latents[1:], tf.constant([0.5])), training=False)
    np.testing.assert_allclose(images[1], to_uint8(middle)[0], atol=1)


def test_an_empty_batch_is_answered(functions):
    nothing = {"seed": tf.zeros([0], tf.int64), "truncation": tf.zeros([0])}
    assert functions["sample"](**nothing)["images"].shape == [0, 16, 24, 3]


def test_without_a_discriminator_its_signature_is_missing(generator):
    assert "discriminate" not in Endpoints(generator).functions()
