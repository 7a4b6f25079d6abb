"""How the service behaves where its user has a choice; one for each server or ``mock_aws``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from cp_teach.aws.config.service_clock import Clock
from cp_teach.pipeline import SUGGESTED, ActionType, Readings
from cp_teach.pipeline.catalogs import NAMES

WORKERS = ("simulated", "job", "hand")
"""Who drives an action: a simulation, a job worker through the API, or the admin API by hand."""

SECONDS = {
    "Source": 2.0,
    "Build": 6.0,
    "Test": 5.0,
    "Deploy": 5.0,
    "Invoke": 2.0,
    "Compute": 4.0,
    "Rule": 1.0,
}
"""How long a simulated action of each category takes: seconds, so that a terminal shows progress."""

DRIVERS = {"Custom": "job"}
"""Who drives what unless one says otherwise; everything else is simulated."""


@dataclass
class Settings:
    """``workers`` and ``seconds`` are keyed by ``Category/Owner/Provider``, by provider, owner or category; ``Rule``
    stands for rules of stage conditions. ``strict`` fails an action whose bucket is not there, where a simulation
    would make something up. ``enforce`` asks IAM: callers are held to their policies, and actions to their roles'."""

    clock: Clock = field(default_factory=Clock)
    edition: str = "today"
    workers: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    readings: Readings = SUGGESTED
    strict: bool = False
    enforce: bool = False
    seed: int = 0
    address: str = ""
    """Where the server can be reached, such as http://127.0.0.1:5000; empty in process."""

    def __post_init__(self) -> None:
        if self.edition not in NAMES:
            raise ValueError(f"there is no edition {self.edition!r}; use one of: {', '.join(NAMES)}")
        if wrong := self.readings.wrong():
            raise ValueError(wrong)
        self.drive(self.workers)
        self.take(self.seconds)

    def drive(self, workers: Mapping[str, str]) -> None:
        """Say who drives which kind of action. Raises ``ValueError``, and changes nothing, for an unknown driver."""
        for kind, worker in workers.items():
            if worker not in WORKERS:
                raise ValueError(f"nobody called {worker!r} drives {kind}; use one of: {', '.join(WORKERS)}")
        self.workers = {**self.workers, **workers}

    def take(self, seconds: Mapping[str, float]) -> None:
        """Say how long which kind of action takes. Raises ``ValueError``, and changes nothing, for no duration."""
        for kind, value in seconds.items():
            if (
                not isinstance(value, int | float)
                or isinstance(value, bool)
                or not (math.isfinite(value) and value > 0)
            ):
                raise ValueError(f"{kind} must take a number of seconds above 0, not {value!r}")
        self.seconds = {**self.seconds, **seconds}

    def driver(self, kind: ActionType) -> str:
        """Who drives an action of this type."""
        return next((self.workers[key] for key in _keys(kind) if key in self.workers), "") or DRIVERS.get(
            kind.owner, "simulated"
        )

    def duration(self, kind: ActionType) -> float:
        """How many seconds a simulated action of this type takes."""
        found = next((self.seconds[key] for key in _keys(kind) if key in self.seconds), None)
        return SECONDS.get(kind.category, 3.0) if found is None else found


def _keys(kind: ActionType) -> tuple[str, ...]:
    return (str(kind), f"{kind.owner}/{kind.provider}", kind.provider, kind.owner, kind.category, "*")
