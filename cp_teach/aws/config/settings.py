"""The settings of a server or of a ``mock_aws``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cp_teach.aws.config.service_clock import Clock, is_number
from cp_teach.pipeline import SUGGESTED, ActionType, Readings
from cp_teach.pipeline.catalogs import NAMES

WORKERS = ("simulated", "job", "hand")
"""What runs an action: a simulation, a job worker through the API, or a person through the admin API."""

SECONDS = {
    "Source": 2.0,
    "Build": 6.0,
    "Test": 5.0,
    "Deploy": 5.0,
    "Invoke": 2.0,
    "Compute": 4.0,
    "Rule": 1.0,
}
"""Duration of a simulated action of each category, in seconds: long enough to see its progress."""

DRIVERS = {"Custom": "job"}
"""The default for an action owner; all other actions are simulated."""


@dataclass
class Settings:
    """``workers`` and ``seconds`` have the keys ``Category/Owner/Provider``, ``Owner/Provider``, provider, owner, or
    category; the key ``Rule`` is for rules of stage conditions. ``strict`` makes an action fail if its bucket does not
    exist, instead of simulating the bucket. ``enforce`` makes callers need the permissions of their policies, and
    actions those of their roles."""

    clock: Clock = field(default_factory=Clock)
    edition: str = "today"
    workers: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    readings: Readings = SUGGESTED
    strict: bool = False
    enforce: bool = False
    seed: int = 0
    address: str = ""
    """The server's URL, such as http://127.0.0.1:5000; "" in process."""

    def __post_init__(self) -> None:
        if self.edition not in NAMES:
            raise ValueError(f"the edition {self.edition!r} does not exist; use one of: {', '.join(NAMES)}")
        if problem := self.readings.problem():
            raise ValueError(problem)
        self.set_workers(self.workers)
        self.set_seconds(self.seconds)

    def set_workers(self, workers: Mapping[str, str]) -> None:
        """Set what runs each kind of action. Raises ``ValueError``, and changes nothing, for an unknown worker."""
        for kind, worker in workers.items():
            if worker not in WORKERS:
                raise ValueError(
                    f"the worker {worker!r} of {kind} does not exist; use one of: {', '.join(WORKERS)}"
                )
        self.workers = {**self.workers, **workers}

    def set_seconds(self, seconds: Mapping[str, float]) -> None:
        """Set the duration of each kind of action. Raises ``ValueError``, and changes nothing, for an invalid one."""
        for kind, value in seconds.items():
            if not (is_number(value) and value > 0):
                raise ValueError(f"{kind} must take a number of seconds above 0, not {value!r}")
        self.seconds = {**self.seconds, **seconds}

    def driver(self, kind: ActionType) -> str:
        """What runs an action of this type: one of ``WORKERS``."""
        return next((self.workers[key] for key in _keys(kind) if key in self.workers), "") or DRIVERS.get(
            kind.owner, "simulated"
        )

    def duration(self, kind: ActionType) -> float:
        """The duration of a simulated action of this type, in seconds."""
        default = SECONDS.get(kind.category, 3.0)
        return next((self.seconds[key] for key in _keys(kind) if key in self.seconds), default)


def _keys(kind: ActionType) -> tuple[str, ...]:
    return (str(kind), f"{kind.owner}/{kind.provider}", kind.provider, kind.owner, kind.category, "*")
