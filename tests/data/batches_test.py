import numpy as np
import pytest

from kerasgan.data import batches
from kerasgan.data.image_set import DataFingerprint, ImageSet
from kerasgan.label_space import Labels, LabelSpace

COUNT, BATCH = 23, 5
STEPS_PER_EPOCH = COUNT // BATCH


@pytest.fixture
def numbered():
    """Images [23, 2, 2, 1] whose left column is their index and whose right column is 200."""
    images = np.full([COUNT, 2, 2, 1], 200, np.uint8)
    images[:, :, 0, 0] = np.arange(COUNT)[:, None]
    return images


def collect(images, first_step, last_step, seed=0, **options):
    dataset = batches(
        images, batch_size=BATCH, first_step=first_step, last_step=last_step, seed=seed, **options
    )
    return np.stack(list(dataset.as_numpy_iterator()))


def numbers(collected):
    return np.rint((collected[:, :, 0, 0, 0] + 1) * 127.5).astype(int)


def test_batches_are_floats_in_range(numbered):
    dataset = batches(numbered, batch_size=BATCH, first_step=0, last_step=3, seed=0)
    assert dataset.element_spec.shape == (BATCH, 2, 2, 1)
    assert dataset.cardinality() == 3
    collected = collect(numbered, 0, 3)
    assert collected.dtype == np.float32
    np.testing.assert_allclose(collected[..., 1, :], 200 / 127.5 - 1, rtol=1e-6)


def test_an_epoch_holds_each_image_at_most_once(numbered):
    for epoch in range(3):
        seen = numbers(collect(numbered, epoch * STEPS_PER_EPOCH, (epoch + 1) * STEPS_PER_EPOCH))
        assert len(np.unique(seen)) == STEPS_PER_EPOCH * BATCH


def test_every_image_takes_part_over_the_epochs(numbered):
    seen = numbers(collect(numbered, 0, 8 * STEPS_PER_EPOCH))
    assert set(seen.ravel()) == set(range(COUNT))


def test_each_epoch_and_seed_has_its_own_order(numbered):
    first = numbers(collect(numbered, 0, STEPS_PER_EPOCH))
    second = numbers(collect(numbered, STEPS_PER_EPOCH, 2 * STEPS_PER_EPOCH))
    other = numbers(collect(numbered, 0, STEPS_PER_EPOCH, seed=1))
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, other)
    assert not np.array_equal(first.ravel(), np.sort(first.ravel()))


@pytest.mark.parametrize("first_step", [1, 4, 7])
@pytest.mark.parametrize("random_flip", [False, True])
def test_a_continued_run_sees_the_batches_of_an_uninterrupted_one(
    numbered, first_step, random_flip
):
    whole = collect(numbered, 0, 10, random_flip=random_flip)
    rest = collect(numbered, first_step, 10, random_flip=random_flip)
    np.testing.assert_array_equal(rest, whole[first_step:])


@pytest.mark.parametrize("random_flip", [False, True])
@pytest.mark.parametrize("count", [2, 3, 6])
def test_shards_divide_the_batches_of_one_worker(numbered, count, random_flip):
    def part(shard):
        dataset = batches(
            numbered, batch_size=6, first_step=1, last_step=9, seed=3, random_flip=random_flip,
            shard=shard,
        )  # fmt: skip
        return np.stack(list(dataset.as_numpy_iterator()))

    shards = [part((index, count)) for index in range(count)]
    assert shards[0].shape[1] == 6 // count
    np.testing.assert_array_equal(np.concatenate(shards, axis=1), part((0, 1)))


@pytest.mark.parametrize("batch_size", [0, COUNT + 1])
def test_a_batch_larger_than_the_images_is_refused_at_once(numbered, batch_size):
    with pytest.raises(ValueError, match=rf"batch_size={batch_size}: must be 1 to {COUNT}"):
        batches(numbered, batch_size=batch_size, first_step=0, last_step=1, seed=0)


@pytest.mark.parametrize("shard", [(0, 2), (5, 5), (-1, 5), (0, 0)])
def test_invalid_shards_are_refused(numbered, shard):
    with pytest.raises(ValueError, match=r"shard=\(.*\): must be \(i, n\)"):
        batches(numbered, batch_size=5, first_step=0, last_step=1, seed=0, shard=shard)


def test_flips_mirror_about_half_of_the_images_and_leave_the_source_alone(numbered):
    before = numbered.copy()
    plain = collect(numbered, 0, 40)
    flipped = collect(numbered, 0, 40, random_flip=True)
    mirrored = np.any(plain != flipped, axis=(2, 3, 4))
    np.testing.assert_array_equal(flipped[mirrored], plain[mirrored][..., ::-1, :])
    assert 70 <= mirrored.sum() <= 130  # 200 fair coins: 6 in 100,000 fall outside
    np.testing.assert_array_equal(numbered, before)


def test_shards_are_the_parts_of_every_batch(numbered):
    whole = collect(numbered, 0, 2 * STEPS_PER_EPOCH, random_flip=True)
    parts = [
        collect(numbered, 0, 2 * STEPS_PER_EPOCH, random_flip=True, shard=(index, BATCH))
        for index in range(BATCH)
    ]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)
    alone = [collect(numbered, 0, STEPS_PER_EPOCH, shard=(index, BATCH)) for index in range(BATCH)]
    epoch = np.concatenate([numbers(part).ravel() for part in alone])
    assert len(set(epoch)) == len(epoch) == STEPS_PER_EPOCH * BATCH  # each image once


@pytest.mark.parametrize("shard", [(0, 1), (1, 5)])
@pytest.mark.parametrize("kind", ["classes", "attributes"])
def test_labels_come_with_their_images(numbered, kind, shard):
    names = tuple(map(str, range(COUNT)))
    values = np.arange(COUNT) if kind == "classes" else np.eye(COUNT, dtype=np.float32)
    known = dict.fromkeys(DataFingerprint.__dataclass_fields__, "")
    images = ImageSet(
        rows=numbered,
        fingerprint=DataFingerprint(**{**known, "count": COUNT}),
        conditions=Labels(space=LabelSpace(kind=kind, names=names), values=values),
    )
    options = {"batch_size": BATCH, "first_step": 2, "last_step": 11, "seed": 4, "shard": shard}
    plain = batches(numbered, **options, random_flip=True)
    labelled = batches(images, **options, random_flip=True)
    assert labelled.element_spec[1].shape == (BATCH // shard[1], COUNT)
    flipped = 0
    for alone, (batch, conditions) in zip(plain, labelled, strict=True):
        np.testing.assert_array_equal(alone, batch)
        levels = np.rint((batch[:, 0, :, 0] + 1) * 127.5).astype(int)
        flipped += int((levels[:, 1] != 200).sum())
        # The index is in the left column, or in the right one of a mirrored image.
        index = np.where(levels[:, 1] == 200, levels[:, 0], levels[:, 1])
        np.testing.assert_array_equal(conditions, np.eye(COUNT)[index])
    assert flipped
