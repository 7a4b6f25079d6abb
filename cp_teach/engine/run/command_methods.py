"""Methods that make a command from a few arguments and carry it out, such as ``run.disable("Beta", reason="demo")``.

The execution or the action need not be named if the state leaves no choice; otherwise ``Refused`` lists the choices.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import SupportsIndex

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.records import derived
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.failure_plan import Heal, Inject, Plan
from cp_teach.engine.model.state import BEFORE_ENTRY, IN_PROGRESS, STOPPING, State
from cp_teach.engine.queries.command_targets import actions_in_progress, last_execution_in, rules_in_progress
from cp_teach.engine.rules.errors import Refused, invalid, no_action, no_stage
from cp_teach.engine.run.result import CommandResult
from cp_teach.pipeline import Action, Pipeline
from cp_teach.translation import message


class CommandMethods(ABC):
    """The command methods of ``Run`` and of a pipeline behind the API. All raise ``Refused`` as ``do`` does."""

    id: str
    journal: Journal

    @property
    @abstractmethod
    def state(self) -> State:
        """The current state."""

    @property
    @abstractmethod
    def pipeline(self) -> Pipeline:
        """The current definition."""

    @abstractmethod
    def do(self, command: c.Command | Plan) -> CommandResult:
        """Carry out one command."""

    def _submit(self, make: Callable[[], c.Command]) -> CommandResult:
        """Make a command from the state and carry it out; overridden where others may act in between."""
        return self.do(make())

    # -- releasing ---------------------------------------------------------------------------------
    def release(
        self,
        message: str = "",
        variables: Mapping[str, str] | None = None,
        revisions: Mapping[str, str] | None = None,
    ) -> CommandResult:
        """Release a change: every source fetches its newest revision. ``message`` is the commit message.

        In a pipeline of type V2, ``variables`` maps the names of its variables to values, and ``revisions`` maps
        source actions to the revision to fetch instead (commit id, image digest, object version, or ``key:…`` for
        another S3 object key).
        """

        def make() -> c.Command:
            text = message or f"Change {self.state.newest + 1}"
            return c.StartExecution(
                tuple(self.revision_of(source, text) for source in self.pipeline.sources),
                variables=tuple((variables or {}).items()),
                overrides=tuple(self._overridden(*item) for item in (revisions or {}).items()),
            )

        return self._submit(make)

    def _overridden(self, action: str, value: str) -> c.Override:
        source = next((a for a in self.pipeline.sources if a.name == action), None)
        provider = "" if source is None else source.provider
        if provider == "S3" and value.startswith("key:"):
            return c.Override(action, "S3_OBJECT_KEY", value.removeprefix("key:"))
        kind = {"S3": "S3_OBJECT_VERSION_ID", "ECR": "IMAGE_DIGEST"}.get(provider, "COMMIT_ID")
        return c.Override(action, kind, value)

    def revision_of(self, source: Action, message: str) -> c.Revision:
        """A revision in the form of that source; its id is derived from the position in the journal."""
        forks = self.journal.forks + (self.journal.position < self.journal.total)
        origin = f"{self.id}/{forks}/{self.journal.position}/{source.name}"
        if source.provider == "S3":  # an object version id
            return c.Revision(source.name, derived(origin, 0, 0, "version", 32), message)
        digits = "".join(f"{ord(letter) % 16:x}" for letter in derived(origin, 0, 0, "commit", 40))
        return c.Revision(source.name, f"sha256:{digits}" if source.provider == "ECR" else digits, message)

    # -- actions -----------------------------------------------------------------------------------
    def succeed(
        self, stage: str, action: str = "", summary: str = "", variables: Mapping[str, str] | None = None
    ) -> CommandResult:
        """Let a running action succeed. ``variables`` are its output variables."""
        outputs = tuple((variables or {}).items())
        return self._submit(
            lambda: c.FinishAction(*self._running(stage, action), message=summary, variables=outputs)
        )

    def fail(
        self, stage: str, action: str = "", message: str = "", failure: str = "JobFailed"
    ) -> CommandResult:
        """Let a running action fail. ``failure`` is one of AWS's failure types."""

        def make() -> c.Command:
            number, _, name = self._running(stage, action)
            return c.FinishAction(number, stage, name, failure, message or f"{name} failed.")

        return self._submit(make)

    def approve(self, stage: str = "", action: str = "", summary: str = "Reviewed.") -> CommandResult:
        """Approve the pending manual approval; name it if there are several."""
        return self._submit(lambda: self._answer(stage, action, "Approved", summary))

    def reject(self, stage: str = "", action: str = "", summary: str = "Rejected.") -> CommandResult:
        """Reject the pending manual approval: its action fails."""
        return self._submit(lambda: self._answer(stage, action, "Rejected", summary))

    # -- stage conditions ----------------------------------------------------------------------------
    def met(self, stage: str, rule: str = "", message: str = "") -> CommandResult:
        """Let a rule of a stage condition succeed; name it if several are in progress."""
        return self._submit(lambda: c.FinishRule(*self._rule(stage, rule), True, message))

    def unmet(self, stage: str, rule: str = "", message: str = "") -> CommandResult:
        """Let a rule of a stage condition fail."""
        return self._submit(lambda: c.FinishRule(*self._rule(stage, rule), False, message))

    def override(self, stage: str, condition: str = "") -> CommandResult:
        """Override the condition (BEFORE_ENTRY or ON_SUCCESS) that failed an execution in this stage."""

        def make() -> c.Command:
            last = last_execution_in(self.state, stage)
            if last is None:
                return c.OverrideCondition(max(1, self.state.newest), stage, condition or BEFORE_ENTRY)
            return c.OverrideCondition(last.number, stage, condition or last.condition or BEFORE_ENTRY)

        return self._submit(make)

    def _rule(self, stage: str, rule: str) -> tuple[int, str, str]:
        self._check_exists(stage, "")
        matches = [target for target in rules_in_progress(self.state, stage) if not rule or target[2] == rule]
        if rule and not matches:
            return self._last_number(stage), stage, rule
        if len(matches) != 1:
            raise _ambiguous("rule", [name for _, _, name in matches], f"is in progress in {stage}")
        return matches[0]

    # -- transitions -------------------------------------------------------------------------------
    def enable(self, stage: str) -> CommandResult:
        """Enable the transition into a stage."""
        return self.do(c.EnableTransition(stage))

    def disable(self, stage: str, reason: str = c.DISABLED_BY_HAND) -> CommandResult:
        """Disable the transition into a stage. The reason may contain letters, digits, spaces and ! @ ( ) . * ? -"""
        return self.do(c.DisableTransition(stage, reason))

    # -- executions --------------------------------------------------------------------------------
    def retry(
        self, stage: str, mode: str = c.FAILED_ACTIONS, execution: SupportsIndex | None = None
    ) -> CommandResult:
        """Run a failed or stopped stage again with the same revision; ``mode`` FAILED_ACTIONS or
        ALL_ACTIONS."""

        def make() -> c.Command:
            if execution is not None:
                return c.RetryStage(_whole(execution), stage, mode)
            return c.RetryStage(self._last_number(stage), stage, mode)

        return self._submit(make)

    def stop(
        self, execution: SupportsIndex | None = None, abandon: bool = False, reason: str = ""
    ) -> CommandResult:
        """Stop an execution, after its running actions end or, with ``abandon``, at once. Name it if several are in
        progress."""

        def make() -> c.Command:
            if execution is not None:
                return c.StopExecution(_whole(execution), abandon, reason)
            active = [each.number for each in self.state.executions if each.status in (IN_PROGRESS, STOPPING)]
            if len(active) != 1:
                raise _ambiguous("execution", list(map(str, active)), "is in progress")
            return c.StopExecution(active[0], abandon, reason)

        return self._submit(make)

    def rollback(self, stage: str, execution: SupportsIndex | None = None) -> CommandResult:
        """Roll a stage back to what an earlier execution deployed there, by default the one before the present.

        Later stages stay as they are.
        """

        def make() -> c.Command:
            if execution is not None:
                return c.RollbackStage(stage, _whole(execution))
            self._check_exists(stage, "")
            stage_state = self.state.stages[self.pipeline.stage_indices[stage]]
            earlier = [number for number in stage_state.targets if number != stage_state.succeeded]
            if not earlier:
                raise Refused(
                    "UnableToRollbackStageException",
                    message("No earlier execution of this version has succeeded in {stage}.", stage=stage),
                    message("A stage can be rolled back to what has succeeded in it before."),
                )
            return c.RollbackStage(stage, earlier[-1])

        return self._submit(make)

    # -- the pipeline ------------------------------------------------------------------------------
    def edit(self, pipeline: Pipeline) -> CommandResult:
        """Replace the definition (AWS: update-pipeline). Executions in progress end."""
        return self.do(c.EditPipeline(pipeline))

    def delete(self) -> CommandResult:
        """Delete the pipeline. Only undo restores it."""
        return self.do(c.DeletePipeline())

    # -- failure plans -----------------------------------------------------------------------------
    def inject(
        self,
        stage: str,
        action: str,
        when: str = "next",
        failure: str = "JobFailed",
        message: str = "",
        times: int = 1,
        chance: float = 0.5,
    ) -> CommandResult:
        """Plan a failure of an action: at its next runs, always, or by chance. See ``Inject``."""
        return self.do(Inject(stage, action, when, failure, message, times, chance))

    def heal(self, stage: str, action: str) -> CommandResult:
        """Clear the failures planned for an action."""
        return self.do(Heal(stage, action))

    # -- the target that the arguments name --------------------------------------------------------
    # Where nothing matches, each method returns a target for which validation gives the reason.
    def _running(self, stage: str, action: str) -> tuple[int, str, str]:
        """(execution, stage, action) of the running action."""
        self._check_exists(stage, action)
        running = actions_in_progress(self.state, stage)
        if action:
            number = next((number for number, _, name in running if name == action), 0)
            return number or self._last_number(stage), stage, action
        if len(running) != 1:
            raise _ambiguous("action", [name for _, _, name in running], f"is running in {stage}")
        return running[0]

    def _answer(self, stage: str, action: str, status: str, summary: str) -> c.Command:
        if stage:
            self._check_exists(stage, action)
        pending = [
            target
            for target in actions_in_progress(self.state, stage, approvals=True)
            if not action or target[2] == action
        ]
        if len(pending) == 1:
            return c.PutApprovalResult(*pending[0], status, summary)
        if stage and action:
            return c.PutApprovalResult(self._last_number(stage), stage, action, status, summary)
        raise _ambiguous("approval", [f"{stage}/{action}" for _, stage, action in pending], "is pending")

    def _check_exists(self, stage: str, action: str) -> None:
        """Raises ``Refused`` for a stage or an action that the pipeline does not have."""
        last = last_execution_in(self.state, stage)  # it may follow an older definition
        own = None if last is None else last.pipeline
        refused = no_action(self.state, stage, action, own) if action else no_stage(self.state, stage, own)
        if refused:
            raise refused

    def _last_number(self, stage: str) -> int:
        """The execution that was last in that stage; the newest one if none was."""
        last = last_execution_in(self.state, stage)
        if last is not None:
            return last.number
        index = self.pipeline.stage_indices.get(stage)
        entered = 0 if index is None else self.state.stages[index].entered
        return entered or max(1, self.state.newest)


def _ambiguous(noun: str, choices: list[str], condition: str) -> Refused:
    if choices:
        return invalid(
            message("More than one {noun} {condition}.", noun=noun, condition=condition),
            message("Name one: {choices}.", choices=", ".join(choices)),
        )
    return invalid(
        message("No {noun} {condition}.", noun=noun, condition=condition),
        message("Look at run.state, or call run.why()."),
    )


def _whole(number: SupportsIndex) -> int:
    """The number as an int: the index of a pandas frame is a number of numpy. Validation refuses other values."""
    try:
        return number if isinstance(number, bool) else operator.index(number)
    except TypeError:
        return number  # type: ignore[return-value]  # validation refuses it by name
