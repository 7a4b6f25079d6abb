"""What a caller chooses: how time passes, who drives the actions, and for how long that counts."""

import time

import pytest

from cp_teach.aws import mock_aws
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings


@pytest.fixture
def wall(monkeypatch):
    """The clock on the wall, which goes on only when it is told to."""
    told = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: told[0])

    def go_on(seconds):
        told[0] += seconds

    return go_on


@pytest.mark.parametrize(
    ("mode", "passed"), [("manual", 0.0), ("virtual", 2.0), ("real", 120.0)], ids=lambda one: str(one)
)
def test_only_a_real_clock_goes_faster_than_the_wall(wall, mode, passed):
    clock = Clock(mode, 60, now=1000.0)
    wall(2)
    assert clock.now() == 1000.0 + passed


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), "60", None, True])
def test_a_clock_goes_on_by_a_number_of_seconds_only(seconds):
    clock = Clock("manual", now=1000.0)
    with pytest.raises(ValueError, match="seconds"):
        clock.tick(seconds)
    assert clock.now() == 1000.0


def test_a_driver_that_there_is_not_is_told_and_nothing_changes():
    with pytest.raises(
        ValueError, match="the worker 'me' of Build does not exist; use one of: simulated, job, hand"
    ):
        mock_aws(workers={"Build": "me"})
    settings = Settings(workers={"Build": "job"})
    with pytest.raises(ValueError, match="the worker 'me'"):
        settings.set_workers({"Test": "hand", "Build": "me"})
    assert settings.workers == {"Build": "job"}
