import numpy as np

from kerasgan.faces import synthetic_faces
from kerasgan.metrics.extractors import open_extractor
from kerasgan.metrics.nearest import nearest_grid, nearest_real_images


def faces(count, seed):
    return synthetic_faces(count, image_size=(64, 64), seed=seed)[0]


def test_memorised_images_are_found_even_with_noise():
    real = faces(200, 0)
    memorised = [17, 3, 150]
    noise = np.random.default_rng(0).integers(-6, 7, [3, 64, 64, 3])
    copies = np.clip(real[memorised] + noise, 0, 255).astype(np.uint8)
    extractor = open_extractor("embedded")
    indices, distances = nearest_real_images(np.concatenate([copies, faces(3, 9)]), real, extractor)
    assert list(indices[:3]) == memorised
    assert max(distances[:3]) < min(distances[3:])


def test_each_sample_is_above_its_nearest_image():
    real = faces(20, 0)
    grid = nearest_grid(real[[4, 7, 9]], real, open_extractor("embedded"), columns=2)
    assert grid.shape == (4 * 66 - 2, 2 * 66 - 2, 3)
    for row, column, index in ((0, 0, 4), (1, 0, 4), (0, 1, 7), (1, 1, 7), (2, 0, 9), (3, 0, 9)):
        tile = grid[row * 66 : row * 66 + 64, column * 66 : column * 66 + 64]
        np.testing.assert_array_equal(tile, real[index])
    assert np.all(grid[2 * 66 :, 66:] == 255)
