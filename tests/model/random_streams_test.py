import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.random_streams import normal, uniform

SHAPES = [[64, 100], [7, 3], [5], [0, 4]]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [("float64", 1e-14), ("float32", 4e-6), ("float16", 1e-3), ("bfloat16", 1e-2)],
)
def test_normal_numbers_are_the_same_eager_in_a_graph_and_under_xla(shape, dtype, tolerance):
    seed = [2**40 + 3, 17]

    def draw(compiled):
        return normal(shape, seed, dtype, compiled=compiled)

    eager = draw(False).numpy()
    assert eager.shape == tuple(shape) and eager.dtype == tf.as_dtype(dtype).as_numpy_dtype
    np.testing.assert_array_equal(tf.function(draw)(False).numpy(), eager)
    for jit_compile in (True, False):
        drawn = tf.function(draw, jit_compile=jit_compile)(True).numpy()
        differences = drawn.astype("float64") - eager.astype("float64")
        np.testing.assert_allclose(differences, 0, atol=tolerance)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_uniform_numbers_are_the_same_bits_under_xla(shape, dtype):
    eager = uniform(shape, [5, 6], dtype).numpy()
    drawn = tf.function(lambda: uniform(shape, [5, 6], dtype, compiled=True), jit_compile=True)()
    np.testing.assert_array_equal(drawn.numpy(), eager)


def test_a_number_of_rows_known_only_in_the_graph():
    rows = tf.function(lambda n: normal([n, 9], [1, 2], compiled=True))(tf.constant(5)).numpy()
    np.testing.assert_allclose(rows, normal([5, 9], [1, 2]).numpy(), atol=4e-6)
