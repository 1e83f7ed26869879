import numpy as np
import pytest

from kerasgan.model.latents import angle_between, latents_from_seeds
from kerasgan.sampling.walks import sheet, walk, walk_labels


def of(seeds, latent_dim):
    return latents_from_seeds(seeds, latent_dim).numpy()


def turns(latents):
    return angle_between(latents[:-1], latents[1:])[:, 0].numpy()


def test_a_walk_passes_its_seeds_and_ends_at_the_last():
    path = walk(of([3, 1, 8], 40), num_frames=4001, loop=False)
    assert path.shape == (4001, 40)
    assert path.dtype == np.float32
    for seed in (3, 1, 8):
        distance = np.linalg.norm(path - latents_from_seeds([seed], 40).numpy(), axis=1)
        assert distance.min() < 0.01
    np.testing.assert_allclose(path[[0, -1]], latents_from_seeds([3, 8], 40), atol=1e-4)


def test_a_loop_turns_equally_far_between_any_two_frames_and_from_the_last_to_the_first():
    path = walk(of([3, 1, 8, 20], 40), num_frames=4000, loop=True)
    steps = turns(np.concatenate([path, path[:1]]))
    # Where the path bends, at a seed, a chord is shorter than the way along the arcs.
    straight = np.sort(steps)[8:]
    np.testing.assert_allclose(straight, np.median(steps), rtol=0.05)
    assert steps.max() < 1.05 * np.median(steps)


def test_two_seeds_are_enough_and_fewer_are_refused():
    assert len(walk(of([0, 1], 5), num_frames=7)) == 7
    with pytest.raises(ValueError, match="at least 2"):
        walk(of([0], 5), num_frames=7)
    with pytest.raises(ValueError, match="at least 2"):
        walk(of([0, 1], 5), num_frames=1)


def test_a_walk_stays_where_stations_are_equal():
    station = of([3], 5)
    path = walk(station.repeat(3, axis=0), num_frames=4)
    np.testing.assert_allclose(path, station.repeat(4, axis=0), rtol=1e-6)


def test_a_sheet_has_its_seeds_at_the_corners():
    latents = sheet(of([4, 5, 6, 7], 30), side=5).reshape(5, 5, 30)
    corners = latents[[0, 0, -1, -1], [0, -1, 0, -1]]
    np.testing.assert_allclose(corners, latents_from_seeds([4, 5, 6, 7], 30), atol=1e-4)
    for line in (*latents, latents[:, 0], latents[:, -1]):
        np.testing.assert_allclose(turns(line), turns(line).mean(), rtol=1e-2)


def test_a_sheet_needs_four_corners():
    with pytest.raises(ValueError, match="must be 4"):
        sheet(of([4, 5, 6], 30), side=5)


def test_a_path_between_labels_has_legs_of_equal_length_and_returns():
    start, end, position = walk_labels(np.array([2, 0, 1]), num_frames=6)
    np.testing.assert_array_equal(start, [2, 2, 0, 0, 1, 1])
    np.testing.assert_array_equal(end, [0, 0, 1, 1, 2, 2])
    np.testing.assert_allclose(position, [0, 0.5] * 3)
    values = np.array([[0, 1], [1, -1]], np.float32)
    start, end, position = walk_labels(values, num_frames=3, loop=False)
    np.testing.assert_array_equal(start, values[[0, 0, 0]])
    np.testing.assert_array_equal(end, values[[1, 1, 1]])
    np.testing.assert_allclose(position, [0, 0.5, 1])
    with pytest.raises(ValueError, match="1 labels, 3 frames"):
        walk_labels(values[:1], num_frames=3)
