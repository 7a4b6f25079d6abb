"""The acts of a person at a pipeline, in words that fit a notebook cell: ``run.disable("Beta", reason="demo")``.

Each makes one command and hands it to ``do``. Where the execution or the action is clear from the state it need
not be named; where it is not, the refusal says what to name.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from cp_teach.engine import command as c
from cp_teach.engine.happened import Happened
from cp_teach.engine.history import derived
from cp_teach.engine.journal import Journal
from cp_teach.engine.plan import Heal, Inject, Plan, fault
from cp_teach.engine.refusal import Refused
from cp_teach.engine.state import IN_PROGRESS, STOPPING, State
from cp_teach.pipeline.blueprint import Action, Pipeline


class Acts(ABC):
    """What ``Run`` offers on top of ``do``."""

    id: str
    journal: Journal

    @property
    @abstractmethod
    def state(self) -> State: ...

    @property
    @abstractmethod
    def pipeline(self) -> Pipeline: ...

    @abstractmethod
    def do(self, command: c.Command | Plan) -> Happened: ...

    @abstractmethod
    def follows_plans(self) -> bool: ...

    # -- releasing -----------------------------------------------------------------------------------------------
    def release(self, message: str = "") -> Happened:
        """Release a change: every source fetches its newest revision. ``message`` is the commit message."""
        text = message or f"Change {self.state.last + 1}"
        revisions = tuple(
            self._revision(source, text) for source in self.pipeline.sources
        )
        return self.do(c.StartExecution(revisions))

    def _revision(self, source: Action, message: str) -> c.Revision:
        """An id as that source would give it, derived from the place in the journal."""
        forks = self.journal.forks + (self.journal.position < self.journal.total)
        place = f"{self.id}/{forks}/{self.journal.position}/{source.name}"
        if source.provider == "S3":  # an object version id
            return c.Revision(source.name, derived(place, 0, 0, "version", 32), message)
        digits = "".join(
            f"{ord(ch) % 16:x}" for ch in derived(place, 0, 0, "commit", 40)
        )
        return c.Revision(
            source.name,
            f"sha256:{digits}" if source.provider == "ECR" else digits,
            message,
        )

    # -- actions -------------------------------------------------------------------------------------------------
    def succeed(self, stage: str, action: str = "", summary: str = "") -> Happened:
        """Finish a running action by hand: it worked."""
        number, name = self._running(stage, action)
        return self.do(c.FinishAction(number, stage, name, message=summary))

    def fail(
        self,
        stage: str,
        action: str = "",
        message: str = "",
        failure: str = "JobFailed",
    ) -> Happened:
        """Finish a running action by hand: it failed. ``failure`` is one of AWS's failure types."""
        number, name = self._running(stage, action)
        return self.do(
            c.FinishAction(number, stage, name, failure, message or f"{name} failed.")
        )

    def time_out(self, stage: str, action: str = "") -> Happened:
        """Let a running action run into its time limit."""
        number, name = self._running(stage, action)
        return self.do(c.TimeOut(number, stage, name))

    def approve(
        self, stage: str = "", action: str = "", summary: str = "Reviewed."
    ) -> Happened:
        """Approve the manual approval that is pending (name it, when there are several)."""
        return self._answer(stage, action, "Approved", summary)

    def reject(
        self, stage: str = "", action: str = "", summary: str = "Rejected."
    ) -> Happened:
        """Reject the manual approval that is pending: its action fails."""
        return self._answer(stage, action, "Rejected", summary)

    # -- transitions ---------------------------------------------------------------------------------------------
    def enable(self, stage: str) -> Happened:
        """Open the transition into a stage."""
        return self.do(c.EnableTransition(stage))

    def disable(self, stage: str, reason: str = "Closed by hand.") -> Happened:
        """Close the transition into a stage, with a reason (letters, digits, spaces and ! @ ( ) . * ? - only)."""
        return self.do(c.DisableTransition(stage, reason))

    # -- executions ----------------------------------------------------------------------------------------------
    def retry(
        self, stage: str, mode: str = c.FAILED_ACTIONS, execution: int | None = None
    ) -> Happened:
        """Run a failed or stopped stage again with the same revision; ``mode`` FAILED_ACTIONS or ALL_ACTIONS."""
        number = execution
        if number is None:
            index = self.pipeline.position.get(stage)
            number = 0 if index is None else self.state.stages[index].entered
            number = number or max(1, self.state.last)
        return self.do(c.RetryStage(number, stage, mode))

    def stop(
        self, execution: int | None = None, abandon: bool = False, reason: str = ""
    ) -> Happened:
        """Stop an execution: wait for its running actions, or abandon them."""
        number = execution
        if number is None:
            going = [
                x.number
                for x in self.state.executions
                if x.status in (IN_PROGRESS, STOPPING)
            ]
            if len(going) != 1:
                raise _name_one("execution", [str(n) for n in going], "is in progress")
            number = going[0]
        return self.do(c.StopExecution(number, abandon, reason))

    def delete(self) -> Happened:
        """Delete the pipeline. Only undo brings it back."""
        return self.do(c.DeletePipeline())

    # -- failure plans ---------------------------------------------------------------------------------------------
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
        """Plan a failure that the worker will follow: at the next runs, always, or by chance. See ``Inject``."""
        return self._plan(Inject(stage, action, when, failure, message, times, chance))

    def heal(self, stage: str, action: str) -> Happened:
        """Drop the failures planned for an action."""
        return self._plan(Heal(stage, action))

    def _plan(self, plan: Plan) -> Happened:
        stage, action = plan.stage, plan.action
        if (
            stage not in self.pipeline.position
            or action not in self.pipeline[stage].position
        ):
            known = ", ".join(
                f"{s.name}/{a.name}" for s in self.pipeline.stages for a in s.actions
            )
            raise Refused(
                "ActionNotFoundException",
                f"There is no action {stage}/{action}.",
                f"Known are: {known}.",
            )
        if self.pipeline[stage][action].is_approval:
            raise Refused(
                "ValidationException",
                f"{action} is a manual approval.",
                "Reject it when it is pending.",
            )
        if wrong := fault(plan):
            raise Refused("ValidationException", wrong)
        if not self.follows_plans():
            raise Refused(
                "ValidationException",
                "This run is worked by hand, so nobody would follow the plan.",
                "Fail a running action yourself, or use Run(pipeline, worker=Simulated()).",
            )
        return self.do(plan)

    # -- finding what was meant --------------------------------------------------------------------------------------
    def _running(self, stage: str, action: str) -> tuple[int, str]:
        pairs = self._in_progress(stage, approvals=None)
        if action:
            number = next((n for n, _, name in pairs if name == action), None)
            if number is not None:
                return number, action
            index = self.pipeline.position.get(stage)
            holder = self.state.stages[index].holder if index is not None else 0
            return holder or max(
                1, self.state.last
            ), action  # the judge says what is wrong with it
        if len(pairs) == 1:
            return pairs[0][0], pairs[0][2]
        if stage not in self.pipeline.position:
            raise Refused(
                "StageNotFoundException",
                f"There is no stage named {stage!r}.",
                f"The stages are: {', '.join(self.pipeline.position)}.",
            )
        raise _name_one(
            "action", [name for _, _, name in pairs], f"is running in {stage}"
        )

    def _answer(self, stage: str, action: str, status: str, summary: str) -> Happened:
        found = [
            (n, s, a)
            for n, s, a in self._in_progress(stage, approvals=True)
            if not action or a == action
        ]
        if len(found) == 1:
            return self.do(c.PutApprovalResult(*found[0], status, summary))
        if stage and action:  # the judge says what is wrong with it
            return self.do(
                c.PutApprovalResult(
                    max(1, self.state.last), stage, action, status, summary
                )
            )
        raise _name_one("approval", [f"{s}/{a}" for _, s, a in found], "is pending")

    def _in_progress(
        self, stage: str, approvals: bool | None
    ) -> list[tuple[int, str, str]]:
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
