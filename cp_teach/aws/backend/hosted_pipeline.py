"""One pipeline behind the API: its Run, and what the API knows of it besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cp_teach.aws.backend.execution_metadata import Ledger
from cp_teach.aws.protocol.errors import AwsError, refused
from cp_teach.engine import Command, Refused, Run
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.ids import execution_id
from cp_teach.engine.run.result import Happened
from cp_teach.pipeline import Pipeline

FORWARD_ONLY = (
    "This run is served as a pipeline of AWS's API, where others may have seen what happened: no undo."
)


class Hosted:
    """A pipeline of an account in a region. ``birth`` is the epoch second at which its run's clock began."""

    def __init__(self, arn: str, run: Run, birth: float, *, own_time: bool = False) -> None:
        self.arn = arn
        self.run = run
        self.birth = birth
        self.own_time = own_time
        """True where somebody else lets time pass: a Run that was served."""
        self.tags: dict[str, str] = {}
        self.polled: dict[str, str] = {}
        """Polling source action -> the revision that was seen last."""
        self.unfetched: dict[str, tuple[str, str, float]] = {}
        """Polling source action -> (failure type, message, since) while its source cannot be read."""
        self.quiet_until, self.quiet_at = 0.0, -1
        """Nothing falls due before that epoch second, as long as the journal stands at that position."""
        self.token_secret: Callable[[], bytes] = bytes
        """Returns the secret for approval tokens where real work is done; else an empty one."""
        self.kept = 0
        """How many entries of its journal are in the store."""
        self._before = run.forward_only
        run.forward_only = FORWARD_ONLY
        self._ledger = Ledger(run)

    def release(self) -> None:
        """The run is no longer served; whether it can step back is as it was before."""
        self.run.forward_only = self._before

    @property
    def name(self) -> str:
        """The name of the pipeline."""
        return self.run.pipeline.name

    @property
    def pipeline(self) -> Pipeline:
        """The definition of today."""
        return self.run.pipeline

    @property
    def ledger(self) -> Ledger:
        """What the API tells, up to now."""
        return self._ledger.follow()

    @property
    def version(self) -> int:
        """The number of the definition of today."""
        return len(self.ledger.versions)

    @property
    def updated(self) -> float:
        """When the definition last changed, in epoch seconds."""
        return self.epoch(self.ledger.versions[-1][1])

    def epoch(self, at: float) -> float:
        """A moment on the run's clock as a time stamp."""
        return self.birth + at

    def id_of(self, number: int) -> str:
        """The id of an execution."""
        return execution_id(self.run.id, number)

    def number_of(self, identifier: str) -> int | None:
        """The number of the execution that has this id; None when there is none."""
        return self.ledger.numbers.get(identifier)

    def do(self, command: Command | Plan, **notes: str) -> Happened:
        """Ask the engine. Raises ``AwsError``."""
        try:
            return self.run.do(command, tuple((key, value) for key, value in notes.items() if value))
        except Refused as error:
            raise refused(error, self.id_of) from error

    def stage(self, name: str) -> Any:
        """The stage of that name. Raises StageNotFoundException."""
        if name not in self.pipeline.position:
            raise AwsError(
                "StageNotFoundException", f"Pipeline '{self.name}' does not have a stage with name '{name}'"
            )
        return self.pipeline[name]

    def action(self, stage: str, name: str) -> Any:
        """The action of that name. Raises StageNotFoundException or ActionNotFoundException."""
        found = self.stage(stage)
        if name not in found.position:
            raise AwsError(
                "ActionNotFoundException",
                f"Stage '{stage}' of pipeline '{self.name}' does not have an action with name '{name}'",
            )
        return found[name]
