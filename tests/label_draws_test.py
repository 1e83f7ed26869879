import numpy as np

from kerasgan.label_space import Labels, LabelSpace

CLASSES = Labels(
    space=LabelSpace(kind="classes", names=("rare", "common")),
    values=np.array([0] * 10 + [1] * 90),
)


def test_drawn_labels_have_the_frequencies_of_the_data():
    drawn = CLASSES.drawn(10_000, [3, 1])
    assert drawn.space == CLASSES.space and len(drawn) == 10_000
    assert abs(np.mean(drawn.values) - 0.9) < 4 * np.sqrt(0.9 * 0.1 / 10_000)


def test_drawn_labels_are_a_function_of_the_key():
    np.testing.assert_array_equal(
        CLASSES.drawn(50, [3, 1]).values, CLASSES.drawn(50, [3, 1]).values
    )
    assert not np.array_equal(CLASSES.drawn(50, [3, 1]).values, CLASSES.drawn(50, [3, 2]).values)


def test_a_digest_is_that_of_the_values():
    again = Labels(space=CLASSES.space, values=CLASSES.values.astype(np.int32))
    assert again.digest() == CLASSES.digest() != CLASSES.of(slice(None, None, -1)).digest()
