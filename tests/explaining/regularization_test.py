import numpy as np
import pytest

from kerasgan.explaining.few_images_figure import draw_memory
from kerasgan.explaining.kernels import KERNELS, bilinear_kernel, double, phase_sums, random_kernel
from kerasgan.explaining.memory import MemorySettings, train_on_few
from kerasgan.explaining.rgb_sums_figure import draw_rgb_sums, partial_sums
from kerasgan.explaining.slopes_figure import draw_slopes, slopes_table
from kerasgan.explaining.toy_data import ring
from kerasgan.explaining.toy_gan import ToySettings, slopes_at, train_toy
from kerasgan.explaining.upsampling_figure import draw_upsampling
from kerasgan.model.networks.dcgan import build_generator
from kerasgan.model.resampling import BilinearUpsampling2D


@pytest.fixture(scope="module")
def toys():
    return {
        name: train_toy(ToySettings(penalty=name, d_learning_rate=1e-2, steps=300), num_snapshots=2)
        for name in ("none", "r1")
    }


@pytest.mark.slow
def test_slopes_are_those_of_the_logits_by_hand(toys):
    gan, points = toys["none"].gan, ring(20, seed=3)
    first, first_bias, second, second_bias, last, _ = gan.discriminator.get_weights()
    hidden = points @ first + first_bias
    deeper = np.maximum(hidden, 0) @ second + second_bias
    # Backwards through the two layers: a rectifier passes what is above 0.
    slopes = (last[:, 0] * (deeper > 0) @ second.T * (hidden > 0)) @ first.T
    np.testing.assert_allclose(slopes_at(gan, points), slopes, rtol=1e-4, atol=1e-5)


def test_a_penalty_makes_slopes_short(toys):
    lengths = [
        np.linalg.norm(slopes_at(run.gan, ring(500, seed=1)), axis=1).mean()
        for run in toys.values()
    ]
    assert lengths[1] < 0.5 * lengths[0]
    header, *rows = slopes_table(toys).splitlines()
    assert [row.split()[0] for row in rows] == ["none", "r1"]
    assert header.split()[0] == "penalty"
    plain, penalized = (draw_slopes({"toy": run}).frames[0] for run in toys.values())
    assert (plain != penalized).any()


def test_an_even_colour_stays_even_where_the_sums_are_equal():
    by_hand = np.arange(16.0).reshape(4, 4)
    np.testing.assert_array_equal(phase_sums(by_hand), [[20, 24], [36, 40]])
    even = np.full([5, 5], 0.5)
    for name, make in KERNELS.items():
        kernel = make(0)
        alike = np.ptp(phase_sums(kernel)) < 1e-12
        assert alike == (np.ptp(double(even, kernel)) < 1e-12) == (name != "random weights")
        assert phase_sums(kernel).mean() == pytest.approx(1.0)
    assert (random_kernel(0) != random_kernel(1)).all()


def test_the_fixed_kernel_is_the_layers():
    image = np.random.default_rng(0).normal(size=[6, 6])
    by_layer = BilinearUpsampling2D(dtype="float64")(image[None, :, :, None])[0, :, :, 0]
    np.testing.assert_allclose(double(image, bilinear_kernel()), by_layer, atol=1e-12)


def test_kernels_are_drawn():
    kernels = {name: make(0) for name, make in KERNELS.items()}
    assert draw_upsampling(kernels).frames[0].std() > 10


def test_the_sums_of_a_generator_grow_to_its_images():
    generator = build_generator((32, 32, 3), base_filters=2, latent_dim=5, skip_sums=True)
    latents = np.random.default_rng(0).normal(size=[3, 5]).astype(np.float32)
    sums = partial_sums(generator, latents)
    assert [images.shape for images in sums] == [(3, side, side, 3) for side in (4, 8, 16, 32)]
    images = generator(latents, training=False).numpy()
    assert np.abs((images + 1) * 127.5 - sums[-1]).max() <= 0.5 + 1e-3
    assert all(np.ptp(images) > 0 for images in sums)
    assert draw_rgb_sums(generator, columns=2).frames[0].std() > 5
    with pytest.raises(ValueError, match="generator='generator': has no sums to RGB"):
        partial_sums(build_generator((16, 16, 3), base_filters=2), latents)


@pytest.mark.slow
def test_scores_on_the_way_are_a_function_of_the_settings():
    curves = train_on_few(MemorySettings(num_images=16, steps=3))
    assert curves.steps.tolist() == [0, 1, 2, 3]
    assert len({len(curves.training), len(curves.held_out), len(curves.generated)}) == 1
    assert 0 < curves.held_out.min() <= curves.held_out.max() < 1
    again = train_on_few(MemorySettings(num_images=16, steps=3))
    np.testing.assert_array_equal(curves.training, again.training)
    assert curves.last().startswith(f"training images {curves.training[-1]:.2f}, held-out")
    assert draw_memory({"few": curves, "again": again}).frames[0].std() > 5


@pytest.mark.slow
def test_few_images_are_memorised_and_many_are_not():
    gaps = []
    for settings in (
        {"num_images": 32},
        {"num_images": 32, "augment": "diffaugment"},
        {"num_images": 4096},
    ):
        curves = train_on_few(MemorySettings(**settings, steps=200))
        gaps.append(curves.training[-1] - curves.held_out[-1])
    assert gaps[0] > 0.3
    assert max(gaps[1:]) < 0.5 * gaps[0]
