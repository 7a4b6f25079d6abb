"""One pipeline of the API: its run, and the data that the API keeps beside the run."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from cp_teach.aws.backend.execution_metadata import PipelineMetadata
from cp_teach.aws.protocol.errors import AwsError, refused
from cp_teach.engine import Command, Refused, Run
from cp_teach.engine.history.records import ActionRow, RuleRow, action_of
from cp_teach.engine.model.events import ActionAbandoned, ActionFailed, ActionStarted, ActionSucceeded
from cp_teach.engine.model.failure_plan import Plan
from cp_teach.engine.model.ids import execution_id
from cp_teach.engine.run.result import CommandResult
from cp_teach.pipeline import Action, Pipeline, Stage

FORWARD_ONLY = (
    "This run is served as a pipeline of AWS's API, where others may have seen what happened: no undo."
)


class HostedPipeline:
    """A pipeline of an account in a Region. ``created`` is the time in epoch seconds at which its run's clock began."""

    def __init__(self, arn: str, run: Run, created: float, *, is_served_run: bool = False) -> None:
        self.arn = arn
        self.run = run
        self.created = created
        self.is_served_run = is_served_run
        """True for a served run, whose owner advances its time."""
        self.tags: dict[str, str] = {}
        self.polled: dict[str, str] = {}
        """Polling source action -> its last revision."""
        self.unfetched: dict[str, tuple[str, str, float]] = {}
        """Polling source action -> (failure type, message, since) while its source cannot be read."""
        self.quiet_until, self.quiet_at = 0.0, -1
        """Nothing falls due before that time in epoch seconds while the journal has that position."""
        self.token_secret: Callable[[], bytes] = bytes
        """Returns the secret for approval tokens if real work is done, else an empty one."""
        self.saved = 0
        """Number of the journal's entries in the store."""
        self._before = run.forward_only
        run.forward_only = FORWARD_ONLY
        self._ledger = PipelineMetadata(run)

    def release(self) -> None:
        """Stop serving the run, which can then step back as before."""
        self.run.forward_only = self._before

    def record(self) -> dict[str, Any]:
        """What a store saves beside the journal: JSON data for ``restore``."""
        start = self.run.journal.start
        return {
            "birth": self.created,
            "tags": self.tags,
            "polled": self.polled,
            "unfetched": self.unfetched,
            "seed": self.run.seed,
            "readings": start.readings._asdict(),
            "pipeline": start.pipeline.to_aws(),
        }

    def restore(self, record: dict[str, Any], saved: int) -> None:
        """Set the saved data; ``saved`` is the number of saved entries."""
        self.tags, self.polled, self.saved = record["tags"], record["polled"], saved
        self.unfetched = {
            name: (code, message, at) for name, (code, message, at) in record["unfetched"].items()
        }

    @property
    def name(self) -> str:
        """The name of the pipeline."""
        return self.run.pipeline.name

    @property
    def pipeline(self) -> Pipeline:
        """The current definition."""
        return self.run.pipeline

    @property
    def metadata(self) -> PipelineMetadata:
        """The execution metadata, up to date."""
        return self._ledger.follow()

    @property
    def version(self) -> int:
        """The version of the current definition."""
        return len(self.metadata.versions)

    @property
    def updated(self) -> float:
        """The time of the last change of the definition, in epoch seconds."""
        return self.epoch(self.metadata.versions[-1][1])

    def epoch(self, at: float) -> float:
        """A time of the run's clock in epoch seconds."""
        return self.created + at

    def last_change(self, row: ActionRow | RuleRow) -> float:
        """The time at which an action or a rule ended, or started if it runs, in epoch seconds."""
        return self.epoch(row.started if row.ended is None else row.ended)

    def id_of(self, number: int) -> str:
        """The ID of an execution."""
        return execution_id(self.run.id, number)

    def number_of(self, identifier: str) -> int | None:
        """The number of the execution with that ID; None if there is none."""
        return self.metadata.numbers.get(identifier)

    def is_outdated(self, number: int) -> bool:
        """True if an edit of the pipeline ends the execution: its approvals can no longer be answered."""
        execution = self.run.state.execution(number)
        return execution is not None and self.run.state.outdated(execution)

    def do(self, command: Command | Plan, **notes: str) -> CommandResult:
        """Send a command to the engine; ``notes`` are stored with it in the journal. Raises ``AwsError``."""
        try:
            return self.run.do(command, tuple((key, value) for key, value in notes.items() if value))
        except Refused as error:
            number = getattr(command, "execution", 0) or getattr(command, "target", 0)
            names = {"stage": getattr(command, "stage", ""), "execution": self.id_of(number)}
            raise refused(error, self.id_of, pipeline=self.name, **names) from error

    def action_execution(
        self, event: ActionStarted | ActionSucceeded | ActionFailed | ActionAbandoned
    ) -> tuple[ActionRow, Action]:
        """The action execution that an event is about, and the action's definition at that time."""
        history = self.run.history
        row = history.newest[event.execution, event.stage, event.action]
        return row, action_of(history.executions, row)

    # -- approvals ---------------------------------------------------------------------------------
    def approval_token(self, identifier: str) -> str:
        """The token of the approval with this actionExecutionId. On AWS it is this ID (as recorded).

        Where real work is done, an approval starts untrusted scripts, so the token also depends on a random secret.
        """
        secret = self.token_secret()
        if not secret:
            return identifier
        digits = hmac.new(secret, identifier.encode(), hashlib.sha256).hexdigest()
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:32]}"

    def approval_of(self, token: str, stage: str, action: str) -> ActionRow | None:
        """The pending or answered approval of an action that a token belongs to; None if there is none."""
        approvals = self.metadata.approvals
        if not self.token_secret():
            row = approvals.get(token)
            return row if row is not None and (row.stage, row.action) == (stage, action) else None
        for identifier, row in approvals.items():
            if (row.stage, row.action) == (stage, action) and hmac.compare_digest(
                self.approval_token(identifier).encode(), token.encode()
            ):
                return row
        return None

    # -- parts of the definition -------------------------------------------------------------------
    def stage(self, name: str) -> Stage:
        """The stage with that name. Raises StageNotFoundException."""
        if name not in self.pipeline.stage_indices:
            raise AwsError(
                "StageNotFoundException", f"Pipeline '{self.name}' does not have a stage with name '{name}'"
            )
        return self.pipeline[name]

    def action(self, stage: str, name: str) -> Action:
        """The action with that name. Raises StageNotFoundException or ActionNotFoundException."""
        declared = self.stage(stage)
        if name not in declared.action_indices:
            raise AwsError(
                "ActionNotFoundException",
                f"Stage '{stage}' of pipeline '{self.name}' does not have an action with name '{name}'",
            )
        return declared[name]
