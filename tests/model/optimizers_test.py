import keras
import numpy as np
import pytest
import tensorflow as tf

from kerasgan.model.optimizers import Adam, BothOptimizers, LossScaleOptimizer


def gradient(step):
    return tf.sin(tf.range(6.0) * (step + 1)) * 10.0 ** tf.range(-4.0, 2.0)


@pytest.mark.parametrize(
    "options",
    [{}, {"beta_1": 0.0}, {"amsgrad": True}, {"gradient_accumulation_steps": 2}],
)
def test_adam_is_keras_adam(options):
    runs = []
    for kind in (Adam, keras.optimizers.Adam):
        variable = keras.Variable(np.linspace(-1, 1, 6, dtype=np.float32))
        optimizer = kind(0.01, **options)
        optimizer.build([variable])
        for step in range(20):
            optimizer.apply([gradient(step)], [variable])
        runs.append([variable, *optimizer.variables])
    (ours, *our_state), (theirs, *their_state) = runs
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    for mine, other in zip(our_state, their_state, strict=True):
        factor = 1.0
        if "velocity" in mine.path and not options.get("amsgrad"):
            # Keras adds 0.001 times the squared gradient. The fused operation takes 1 - beta_2,
            # as the bias correction of both does, where 0.999 has been rounded to float32.
            factor = (1 - float(np.float32(0.999))) / 0.001
        np.testing.assert_allclose(mine, factor * other.numpy(), rtol=1e-5, atol=1e-12)


def test_a_value_read_before_a_step_keeps_its_value():
    variable = keras.Variable(np.ones([6], np.float32))
    optimizer = Adam(0.01)
    optimizer.build([variable])

    @tf.function
    def step():
        before = tf.identity(variable)
        optimizer.apply([gradient(0)], [variable])
        return before

    np.testing.assert_array_equal(step(), np.ones(6))
    assert not np.array_equal(variable.numpy(), np.ones(6))


def test_an_optimizer_survives_saving():
    settings = keras.optimizers.serialize(LossScaleOptimizer(Adam(0.01, beta_1=0.5)))
    again = keras.optimizers.deserialize(settings)
    assert type(again) is LossScaleOptimizer
    assert type(again.inner_optimizer) is Adam
    assert again.inner_optimizer.beta_1 == 0.5


def test_an_overflow_on_one_replica_skips_the_step_on_all():
    strategy = tf.distribute.MirroredStrategy(
        ["CPU:0", "CPU:1"], cross_device_ops=tf.distribute.ReductionToOneDevice()
    )
    with strategy.scope():
        variable = keras.Variable(np.ones([6], np.float32))
        optimizer = LossScaleOptimizer(Adam(0.1), initial_scale=8.0)
        optimizer.build([variable])

    @tf.function
    def step(overflow):
        def on_replica():
            here = tf.distribute.get_replica_context().replica_id_in_sync_group == 1
            scale = tf.where(here & overflow, np.inf, 1.0)
            optimizer.apply([tf.ones([6]) * scale], [variable])

        strategy.run(on_replica)

    step(tf.constant(True))
    np.testing.assert_array_equal(variable.numpy(), np.ones(6))
    assert optimizer.dynamic_scale.numpy() == 4.0
    step(tf.constant(False))
    np.testing.assert_allclose(variable.numpy(), 0.9, rtol=1e-4)  # the first step is the rate


def test_keras_finds_both_optimizers_by_the_names_of_their_networks():
    inner = keras.optimizers.Adam(1e-3)
    both = BothOptimizers(
        generator=keras.optimizers.LossScaleOptimizer(inner),
        discriminator=keras.optimizers.SGD(1e-2),
    )
    assert [one.name for one in both.optimizers] == ["generator", "discriminator"]
    both.optimizers[0].learning_rate = 0.5
    assert float(inner.learning_rate) == float(both.optimizers[0].learning_rate) == 0.5
    assert int(both.iterations) == 0
    with pytest.raises(AttributeError, match=r"g_optimizer\.learning_rate and d_optimizer"):
        both.learning_rate  # noqa: B018
    with pytest.raises(AttributeError, match="two learning rates"):
        both.learning_rate = 0.1
