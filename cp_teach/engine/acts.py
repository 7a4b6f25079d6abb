"""The acts of a person at a pipeline, in words that fit a notebook cell: ``run.disable("Beta",
reason="demo")``.

Each makes one command and hands it to ``do``. Where the execution or the action is clear from the state it
need not be named; where it is not, the refusal says what to name.
"""

from __future__ import annotations

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import SupportsIndex

from cp_teach.engine import command as c
from cp_teach.engine.happened import Happened
from cp_teach.engine.journal import Journal
from cp_teach.engine.plan import Heal, Inject, Plan
from cp_teach.engine.refusal import Refused, no_action, no_stage
from cp_teach.engine.rows import derived
from cp_teach.engine.state import IN_PROGRESS, STOPPING, State
from cp_teach.pipeline.blueprint import Action, Pipeline


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
    def release(self, message: str = "") -> Happened:
        """Release a change: every source fetches its newest revision. ``message`` is the commit message."""

        def make() -> c.Command:
            text = message or f"Change {self.state.last + 1}"
            return c.StartExecution(tuple(self._revision(source, text) for source in self.pipeline.sources))

        return self._ask(make)

    def _revision(self, source: Action, message: str) -> c.Revision:
        """An id as that source would give it, derived from the place in the journal."""
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
    def succeed(self, stage: str, action: str = "", summary: str = "") -> Happened:
        """Finish a running action by hand: it worked."""
        return self._ask(lambda: c.FinishAction(*self._running(stage, action), message=summary))

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
            return c.RetryStage(entered or max(1, self.state.last), stage, mode)

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
        pairs = self._in_progress(stage, approvals=None)
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
            (n, s, a) for n, s, a in self._in_progress(stage, approvals=True) if not action or a == action
        ]
        if len(found) == 1:
            return c.PutApprovalResult(*found[0], status, summary)
        if stage and action:  # the judge says what is wrong with it
            return c.PutApprovalResult(self._there(stage), stage, action, status, summary)
        raise _name_one("approval", [f"{s}/{a}" for _, s, a in found], "is pending")

    def _known(self, stage: str, action: str) -> None:
        """Refuses a stage or an action that the pipeline does not have."""
        if refused := no_action(self.state, stage, action) if action else no_stage(self.state, stage):
            raise refused

    def _there(self, stage: str) -> int:
        """Who was in that stage last; the newest execution when nobody was."""
        return self.state.stages[self.pipeline.position[stage]].entered or max(1, self.state.last)

    def _in_progress(self, stage: str, approvals: bool | None) -> list[tuple[int, str, str]]:
        """(execution, stage, action) of all that runs, in one stage or (with "") in all."""
        found = []
        for x in self.state.executions:
            place = self.pipeline.stages[x.stage]
            if stage and place.name != stage:
                continue
            for action, status in zip(place.actions, x.actions, strict=False):
                if status == IN_PROGRESS and approvals in (None, action.is_approval):
                    found.append((x.number, place.name, action.name))
        return found


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
