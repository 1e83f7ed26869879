import os
import signal
import threading

import pytest

from kerasgan.training.callbacks.stop_on_signal import StopOnSignal


@pytest.fixture
def heard():
    """The signals that reached the handlers of before."""
    numbers = []

    def listen(number, frame):
        numbers.append(number)

    before = {n: signal.signal(n, listen) for n in (signal.SIGINT, signal.SIGTERM)}
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


def test_the_first_signal_is_kept_and_the_second_goes_through(heard):
    with StopOnSignal() as stop:
        os.kill(os.getpid(), signal.SIGTERM)
        assert (stop.received, heard) == (signal.SIGTERM, [])
        os.kill(os.getpid(), signal.SIGINT)
        assert (stop.received, heard) == (signal.SIGTERM, [signal.SIGINT])


def test_in_another_thread_it_leaves_the_handlers_alone(heard):
    def run():
        with StopOnSignal() as stop:
            os.kill(os.getpid(), signal.SIGTERM)
            received.append(stop.received)

    received = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert (received, heard) == ([None], [signal.SIGTERM])


def test_after_an_error_ctrl_c_works_as_before(heard):
    with pytest.raises(ZeroDivisionError), StopOnSignal() as stop:
        raise ZeroDivisionError
    os.kill(os.getpid(), signal.SIGINT)
    assert (stop.received, heard) == (None, [signal.SIGINT])
