import itertools

import keras
import numpy as np
import pytest

from kerasgan.explaining.convolution import TransposedConvolution

CASES = [
    (i, k, s, p)
    for i, k, s in itertools.product(range(2, 8), range(1, 6), range(1, 4))
    for p in range(k)
]


def size_without_formula(i, k, s, p):
    """Counts: stamps the kernel's extent for every input, and cuts p off each side."""
    reached = {s * position + offset for position in range(i) for offset in range(k)}
    # Between stamps that do not touch there are pixels too.
    return max(reached) + 1 - 2 * p


def stamped(inputs, kernel, s, p):
    """The other definition: every input stamps the kernel, and stamps add up."""
    i, k = len(inputs), len(kernel)
    canvas = np.zeros([(i - 1) * s + k] * 2)
    for y, x in np.ndindex(i, i):
        canvas[y * s : y * s + k, x * s : x * s + k] += inputs[y, x] * kernel
    return canvas[p : len(canvas) - p, p : len(canvas) - p]


@pytest.mark.parametrize("k", range(1, 6))
def test_sizes_and_values_are_those_of_stamping(k):
    random = np.random.default_rng(k)
    for i, _, s, p in (case for case in CASES if case[1] == k):
        size = size_without_formula(i, k, s, p)
        if size < 1:
            with pytest.raises(ValueError, match="nothing is left"):
                TransposedConvolution(i, k, s, p)
            continue
        convolution = TransposedConvolution(i, k, s, p)
        inputs, kernel = random.normal(size=[i, i]), random.normal(size=[k, k])
        outputs = convolution.apply(inputs, kernel)
        assert convolution.output_size == size == len(outputs)
        assert len(convolution.spread(inputs)) == i + (i - 1) * (s - 1) + 2 * (k - p - 1)
        np.testing.assert_allclose(outputs, stamped(inputs, kernel, s, p), atol=1e-12)


@pytest.mark.parametrize("k", range(1, 6))
def test_values_are_those_of_keras_where_it_has_a_name_for_the_padding(k):
    random = np.random.default_rng(k)
    words = set()
    for s, p in itertools.product(range(1, 4), range(k)):
        if not (word := TransposedConvolution(7, k, s, p).keras_padding()):
            continue
        words.add(word)
        layer = keras.layers.Conv2DTranspose(1, k, strides=s, padding=word, use_bias=False)
        layer.build([None, None, None, 1])
        kernel = random.normal(size=[k, k])
        layer.set_weights([kernel[:, :, None, None]])
        for i in range(2, 8):
            if size_without_formula(i, k, s, p) < 1:
                continue
            inputs = random.normal(size=[i, i])
            wanted = layer(inputs[None, :, :, None].astype("float32"))[0, :, :, 0]
            outputs = TransposedConvolution(i, k, s, p).apply(inputs, kernel)
            np.testing.assert_allclose(outputs, wanted, atol=1e-5)
    assert words == ({"valid"} if k < 3 else {"valid", "same"})


def test_keras_has_no_name_for_these():
    # k < s: zeros are added at the end. k - s odd: "same" cuts more off at the end.
    assert TransposedConvolution(3, 2, 3, 0).keras_padding() is None
    assert keras.layers.Conv2DTranspose(1, 2, strides=3)(np.zeros([1, 3, 3, 1])).shape[1] == 9
    assert TransposedConvolution(3, 3, 2, 1).keras_padding() is None
    assert TransposedConvolution(3, 3, 2, 1).output_size == 5
    same = keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same")
    assert same(np.zeros([1, 3, 3, 1])).shape[1] == 6


def test_a_kernel_that_the_stride_divides_makes_no_checkerboard():
    for k, s in itertools.product(range(2, 9), range(2, 5)):
        inside = TransposedConvolution(8, k, s, 0).overlaps()[k:-k, k:-k]
        even = len(np.unique(inside)) == 1
        assert even == (k % s == 0)


def test_overlaps_by_hand():
    # Two inputs, kernel 3, stride 2: the stamps share one pixel.
    row = [1, 1, 2, 1, 1]
    np.testing.assert_array_equal(TransposedConvolution(2, 3, 2, 0).overlaps(), np.outer(row, row))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 3, 2, 1), "input_size=0: must be at least 1"),
        ((3, 0, 2, 0), "kernel_size=0: must be at least 1"),
        ((3, 3, 0, 1), "stride=0: must be at least 1"),
        ((3, 3, 2, 3), "padding=3: must be 0 to 2, less than kernel_size"),
        ((3, 3, 2, -1), "padding=-1: must be 0 to 2, less than kernel_size"),
    ],
)
def test_what_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        TransposedConvolution(*arguments)
