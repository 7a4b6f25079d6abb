"""The acts of a person at a pipeline, in words that fit a notebook cell: ``run.disable("Beta",
reason="demo")``.

Each makes one command and hands it to ``do``. Where the execution or the action is clear from the state it
need not be named; where it is not, the refusal says what to name.
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
from cp_teach.engine.rules.validation import Refused, no_action, no_stage
from cp_teach.engine.run.result import Happened
from cp_teach.pipeline.model.pipeline import Action, Pipeline


class Acts(ABC):
    """What ``Run`` offers on top of ``do``."""

    id: str
    journal: Journal

    @property
    @abstractmethod
    def state(self) -> State:
        """The state now."""

    @property
    @abstractmethod
    def pipeline(self) -> Pipeline:
        """The blueprint."""

    @abstractmethod
    def do(self, command: c.Command | Plan) -> Happened:
        """Ask one thing of the pipeline."""

    def _ask(self, make: Callable[[], c.Command]) -> Happened:
        """Look at the state, make the command that was meant, and do it. Where others may act at the same
        time, nobody must come between: such a driver puts its own in the place of this one."""
        return self.do(make())

    # -- releasing ---------------------------------------------------------------------------------
    def release(
        self,
        message: str = "",
        variables: Mapping[str, str] | None = None,
        revisions: Mapping[str, str] | None = None,
    ) -> Happened:
        """Release a change: every source fetches its newest revision. ``message`` is the commit message.

        In a pipeline of type V2, ``variables`` gives values to its variables, and ``revisions`` names the
        revision that a source action shall fetch instead (commit id, image digest, object version, or
        ``key:…`` for another S3 object key).
        """

        def make() -> c.Command:
            text = message or f"Change {self.state.last + 1}"
            return c.StartExecution(
                tuple(self.revision_of(source, text) for source in self.pipeline.sources),
                variables=tuple((variables or {}).items()),
                overrides=tuple(self._overridden(*item) for item in (revisions or {}).items()),
            )

        return self._ask(make)

    def _overridden(self, action: str, value: str) -> c.Override:
        source = next((a for a in self.pipeline.sources if a.name == action), None)
        provider = "" if source is None else source.provider
        if provider == "S3" and value.startswith("key:"):
            return c.Override(action, "S3_OBJECT_KEY", value.removeprefix("key:"))
        kind = {"S3": "S3_OBJECT_VERSION_ID", "ECR": "IMAGE_DIGEST"}.get(provider, "COMMIT_ID")
        return c.Override(action, kind, value)

    def revision_of(self, source: Action, message: str) -> c.Revision:
        """A newest revision as that source would give it; its id is derived from the place in the journal."""
        forks = self.journal.forks + (self.journal.position < self.journal.total)
        place = f"{self.id}/{forks}/{self.journal.position}/{source.name}"
        if source.provider == "S3":  # an object version id
            return c.Revision(source.name, derived(place, 0, 0, "version", 32), message)
        digits = "".join(f"{ord(ch) % 16:x}" for ch in derived(place, 0, 0, "commit", 40))
        return c.Revision(
            source.name,
            f"sha256:{digits}" if source.provider == "ECR" else digits,
            message,
        )

    # -- actions -----------------------------------------------------------------------------------
    def succeed(
        self, stage: str, action: str = "", summary: str = "", variables: Mapping[str, str] | None = None
    ) -> Happened:
        """Finish a running action by hand: it worked. ``variables`` are its output variables."""
        given = tuple((variables or {}).items())
        return self._ask(
            lambda: c.FinishAction(*self._running(stage, action), message=summary, variables=given)
        )

    def fail(
        self,
        stage: str,
        action: str = "",
        message: str = "",
        failure: str = "JobFailed",
    ) -> Happened:
        """Finish a running action by hand: it failed. ``failure`` is one of AWS's failure types."""

        def make() -> c.Command:
            number, place, name = self._running(stage, action)
            return c.FinishAction(number, place, name, failure, message or f"{name} failed.")

        return self._ask(make)

    def time_out(self, stage: str, action: str = "") -> Happened:
        """Let a running action run into its time limit."""
        return self._ask(lambda: c.TimeOut(*self._running(stage, action)))

    def approve(self, stage: str = "", action: str = "", summary: str = "Reviewed.") -> Happened:
        """Approve the manual approval that is pending (name it, when there are several)."""
        return self._ask(lambda: self._answer(stage, action, "Approved", summary))

    def reject(self, stage: str = "", action: str = "", summary: str = "Rejected.") -> Happened:
        """Reject the manual approval that is pending: its action fails."""
        return self._ask(lambda: self._answer(stage, action, "Rejected", summary))

    # -- stage conditions ----------------------------------------------------------------------------
    def met(self, stage: str, rule: str = "", message: str = "") -> Happened:
        """Say by hand that a rule of a stage condition is met. It need not be named while only one is judged."""
        return self._ask(lambda: c.FinishRule(*self._rule(stage, rule), True, message))

    def unmet(self, stage: str, rule: str = "", message: str = "") -> Happened:
        """Say by hand that a rule of a stage condition is not met."""
        return self._ask(lambda: c.FinishRule(*self._rule(stage, rule), False, message))

    def override(self, stage: str, condition: str = "") -> Happened:
        """Let the execution pass that failed by a condition of this stage (BEFORE_ENTRY or ON_SUCCESS)."""

        def make() -> c.Command:
            x = last_execution_in(self.state, stage)
            if x is None:
                return c.OverrideCondition(max(1, self.state.last), stage, condition or BEFORE_ENTRY)
            return c.OverrideCondition(x.number, stage, condition or x.condition or BEFORE_ENTRY)

        return self._ask(make)

    def _rule(self, stage: str, rule: str) -> tuple[int, str, str]:
        self._known(stage, "")
        found = [each for each in rules_in_progress(self.state, stage) if not rule or each[2] == rule]
        if rule and not found:
            return self._there(stage), stage, rule
        if len(found) != 1:
            raise _name_one("rule", [name for _, _, name in found], f"is being judged in {stage}")
        return found[0]

    # -- transitions -------------------------------------------------------------------------------
    def enable(self, stage: str) -> Happened:
        """Open the transition into a stage."""
        return self.do(c.EnableTransition(stage))

    def disable(self, stage: str, reason: str = "Closed by hand.") -> Happened:
        """Close the transition into a stage, with a reason (letters, digits, spaces and ! @ ( ) . * ? -
        only)."""
        return self.do(c.DisableTransition(stage, reason))

    # -- executions --------------------------------------------------------------------------------
    def retry(
        self, stage: str, mode: str = c.FAILED_ACTIONS, execution: SupportsIndex | None = None
    ) -> Happened:
        """Run a failed or stopped stage again with the same revision; ``mode`` FAILED_ACTIONS or
        ALL_ACTIONS."""

        def make() -> c.Command:
            if execution is not None:
                return c.RetryStage(_whole(execution), stage, mode)
            index = self.pipeline.position.get(stage)
            entered = 0 if index is None else self.state.stages[index].entered
            x = last_execution_in(self.state, stage)
            return c.RetryStage(x.number if x else entered or max(1, self.state.last), stage, mode)

        return self._ask(make)

    def stop(
        self, execution: SupportsIndex | None = None, abandon: bool = False, reason: str = ""
    ) -> Happened:
        """Stop an execution: wait for its running actions, or abandon them. It need not be named while only
        one is in progress."""

        def make() -> c.Command:
            if execution is not None:
                return c.StopExecution(_whole(execution), abandon, reason)
            going = [x.number for x in self.state.executions if x.status in (IN_PROGRESS, STOPPING)]
            if len(going) != 1:
                raise _name_one("execution", [str(n) for n in going], "is in progress")
            return c.StopExecution(going[0], abandon, reason)

        return self._ask(make)

    def rollback(self, stage: str, execution: SupportsIndex | None = None) -> Happened:
        """Bring a stage back to what an earlier execution delivered there; later stages stay as they are.

        Without a number: to the one before what is in the stage now.
        """

        def make() -> c.Command:
            if execution is not None:
                return c.RollbackStage(stage, _whole(execution))
            self._known(stage, "")
            seen = self.state.stages[self.pipeline.position[stage]]
            earlier = [number for number in seen.targets if number != seen.succeeded]
            if not earlier:
                raise Refused(
                    "UnableToRollbackStageException",
                    f"No earlier execution of this version has succeeded in {stage}.",
                    "A stage can be rolled back to what has succeeded in it before.",
                )
            return c.RollbackStage(stage, earlier[-1])

        return self._ask(make)

    # -- the pipeline ------------------------------------------------------------------------------
    def edit(self, pipeline: Pipeline) -> Happened:
        """Give the pipeline a new definition (AWS: update-pipeline). Executions under way are ended by it."""
        return self.do(c.EditPipeline(pipeline))

    def delete(self) -> Happened:
        """Delete the pipeline. Only undo brings it back."""
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
    ) -> Happened:
        """Plan a failure that the worker will follow: at the next runs, always, or by chance. See
        ``Inject``."""
        return self.do(Inject(stage, action, when, failure, message, times, chance))

    def heal(self, stage: str, action: str) -> Happened:
        """Drop the failures planned for an action."""
        return self.do(Heal(stage, action))

    # -- finding what was meant --------------------------------------------------------------------
    def _running(self, stage: str, action: str) -> tuple[int, str, str]:
        """(execution, stage, action) of what runs there; where nothing fits, of what the judge will
        complain about."""
        self._known(stage, action)
        pairs = actions_in_progress(self.state, stage)
        if action:
            number = next((n for n, _, name in pairs if name == action), 0)
            return number or self._there(stage), stage, action
        if len(pairs) != 1:
            raise _name_one("action", [name for _, _, name in pairs], f"is running in {stage}")
        return pairs[0]

    def _answer(self, stage: str, action: str, status: str, summary: str) -> c.Command:
        if stage:
            self._known(stage, action)
        found = [
            (n, s, a)
            for n, s, a in actions_in_progress(self.state, stage, approvals=True)
            if not action or a == action
        ]
        if len(found) == 1:
            return c.PutApprovalResult(*found[0], status, summary)
        if stage and action:  # the judge says what is wrong with it
            return c.PutApprovalResult(self._there(stage), stage, action, status, summary)
        raise _name_one("approval", [f"{s}/{a}" for _, s, a in found], "is pending")

    def _known(self, stage: str, action: str) -> None:
        """Refuses a stage or an action that the pipeline does not have."""
        x = last_execution_in(self.state, stage)  # which may follow an older definition
        own = None if x is None else x.pipeline
        if (
            refused := no_action(self.state, stage, action, own)
            if action
            else no_stage(self.state, stage, own)
        ):
            raise refused

    def _there(self, stage: str) -> int:
        """Who was in that stage last; the newest execution when nobody was."""
        x = last_execution_in(self.state, stage)
        if x is not None:
            return x.number
        return self.state.stages[self.pipeline.position[stage]].entered or max(1, self.state.last)


def _name_one(noun: str, choices: list[str], what: str) -> Refused:
    if choices:
        return Refused(
            "ValidationException",
            f"More than one {noun} {what}.",
            f"Name one: {', '.join(choices)}.",
        )
    return Refused(
        "ValidationException",
        f"No {noun} {what}.",
        "Look at run.state, or ask run.why().",
    )


def _whole(number: SupportsIndex) -> int:
    """A whole number of any make (the index of a pandas frame has one of numpy's); others are left to the
    judge."""
    try:
        return number if isinstance(number, bool) else operator.index(number)
    except TypeError:
        return number  # type: ignore[return-value]  # refused by name when it is asked
