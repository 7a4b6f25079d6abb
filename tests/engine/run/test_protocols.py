"""A run, and each substitute for one, satisfies the protocols; protocols.py lets mypy prove the signatures of Run."""

from cp_teach.engine import Run
from cp_teach.engine.run.protocols import (
    Explainable,
    Injectable,
    Observable,
    Recorded,
    Rewindable,
    Steppable,
    Viewable,
)
from cp_teach.pipeline import Pipeline
from cp_teach.show.offline.recording import Moment

PROTOCOLS = (Viewable, Recorded, Observable, Explainable, Steppable, Rewindable, Injectable)


def test_a_run_satisfies_every_protocol() -> None:
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"))
    assert all(isinstance(run, protocol) for protocol in PROTOCOLS)


def test_a_recorded_moment_can_only_be_viewed() -> None:
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"))
    recorded: Recorded = Moment(run, run.journal.copy())
    assert isinstance(recorded, Viewable)
    assert not isinstance(recorded, Observable | Steppable | Rewindable | Injectable)
