import keras
import numpy as np
import pytest

from kerasgan.model.optimizers import Adam
from kerasgan.model.schedules import HoldThenDecay, value_at


def test_half_of_the_run_is_held_and_half_falls():
    schedule = HoldThenDecay(0.8, 0.0, total_steps=100, decay="linear", fraction=0.5)
    assert [round(float(schedule(step)), 6) for step in (0, 50, 75, 99, 100, 1000)] == [
        0.8, 0.8, 0.4, 0.016, 0.0, 0.0,
    ]  # fmt: skip


def test_the_cosine_is_half_a_period_between_both_values():
    schedule = HoldThenDecay(2.0, 0.2, total_steps=60, decay="cosine")
    expected = [0.2 + 1.8 * (1 + np.cos(np.pi * step / 60)) / 2 for step in range(61)]
    np.testing.assert_allclose([schedule(step) for step in range(61)], expected, rtol=1e-6)


def test_a_large_step_is_not_rounded():
    total = 2**27
    schedule = HoldThenDecay(0.0, 1.0, total_steps=total, decay="linear", fraction=8 / total)
    assert float(schedule(total - 7)) == 0.125


def test_a_setting_without_a_schedule_is_itself():
    assert float(value_at(3.3, 7, "float64")) == 3.3
    assert float(value_at(HoldThenDecay(1.0, 0.0, total_steps=4, decay="linear"), 1)) == 0.75


def test_an_optimizer_with_schedules_survives_saving():
    rate = HoldThenDecay(1e-3, 0.0, total_steps=10, decay="cosine", fraction=0.5)
    beta_2 = HoldThenDecay(0.9, 0.99, total_steps=10, decay="linear")
    again = keras.optimizers.deserialize(
        keras.optimizers.serialize(Adam(rate, beta_1=0.0, beta_2=beta_2))
    )
    assert again.beta_2.get_config() == beta_2.get_config()
    assert float(again._learning_rate(7)) == float(rate(7))


def test_adam_follows_both_schedules():
    rate = HoldThenDecay(0.1, 0.0, total_steps=4, decay="linear")
    beta_2 = HoldThenDecay(0.5, 0.9, total_steps=4, decay="linear")
    variable = keras.Variable(np.zeros([1], np.float32))
    optimizer = Adam(rate, beta_1=0.0, beta_2=beta_2, epsilon=0.0)
    optimizer.build([variable])
    value, square = 0.0, 0.0
    for step, gradient in enumerate([1.0, -3.0, 2.0]):
        optimizer.apply([np.array([gradient], np.float32)], [variable])
        decay = 0.5 + 0.1 * step
        square = decay * square + (1 - decay) * gradient**2
        value -= 0.1 * (1 - step / 4) * gradient / np.sqrt(square / (1 - decay ** (step + 1)))
        np.testing.assert_allclose(variable.numpy(), [value], rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decay": "none"}, "decay='none': must be one of"),
        ({"fraction": 0.0}, "fraction=0.0: must be above 0"),
        ({"total_steps": 0}, "total_steps=0: must be at least 1"),
    ],
)
def test_bad_arguments_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        HoldThenDecay(1.0, 0.0, **{"total_steps": 5, "decay": "linear", **options})
