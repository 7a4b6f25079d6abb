"""A look that is taken again and again: it ends when nobody wants it any more, whoever says so."""

import threading

import pytest

from cp_teach.work import polling_thread
from cp_teach.work.polling_thread import PollingThread


@pytest.fixture(autouse=True)
def _soon(monkeypatch):
    monkeypatch.setattr(polling_thread, "INTERVAL", 0)


def test_a_look_can_say_itself_that_it_was_the_last():
    ready, stopped = threading.Event(), threading.Event()
    looks = []

    def look():
        looks.append(ready.wait(5))
        mine.stop()
        stopped.set()

    mine = PollingThread(look, "test")
    ready.set()
    assert stopped.wait(5), "to wait for itself would be for ever"
    mine.stop()
    assert looks == [True]
