"""Run snapshots: the statuses, waiting executions and delivered executions that a drawing shows."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from cp_teach.engine.model.state import DID_NOT_RUN, IN_PROGRESS, SUCCEEDED, Execution, State
from cp_teach.engine.run.protocols import Recorded, Viewable
from cp_teach.pipeline import Action, Pipeline
from cp_teach.style import Status, status_style

Drawable: TypeAlias = Pipeline | State | Viewable
"""What can be drawn."""


class RunSnapshot(NamedTuple):
    """A pipeline and the moment of its run to draw. ``state`` is None without a run."""

    pipeline: Pipeline
    state: State | None = None
    reasons: dict[str, str] | None = None
    """Stage -> why its transition is disabled; None without a history."""
    messages: dict[int, str] | None = None
    """Execution -> its first commit message."""

    # -- reading one stage -----------------------------------------------------------------------------------
    def visitor(self, index: int) -> Execution | None:
        """The execution that was last in that stage, as long as it is in the state."""
        if self.state is None:
            return None
        x = self.state.execution(self.state.stages[index].entered)
        return x if x is not None and x.stage == index and x.actions else None

    def action(self, index: int, at: int, action: Action) -> tuple[Status, int] | None:
        """The status of that action, and the execution it belongs to (0: none); None without a run."""
        if self.state is None:
            return None
        x = self.visitor(index)
        if x is not None:
            word = x.actions[at]
            shown = "Waiting" if word == IN_PROGRESS and action.is_approval else word
            return status_style(shown), x.number if word != DID_NOT_RUN else 0
        last = self.state.stages[index].entered
        # An execution that has left the state has succeeded in all actions of the stage.
        return (status_style(SUCCEEDED), last) if last else (status_style(DID_NOT_RUN), 0)

    def delivered(self, index: int) -> str:
        """The execution delivered to that stage: "execution 2 “Fix the basket”"; empty if there is none."""
        number = self.state.stages[index].succeeded if self.state is not None else 0
        return self.name(number) if number else ""

    def waiting(self, index: int) -> tuple[int, ...]:
        """The executions that wait to enter that stage, in order of arrival."""
        return self.state.stages[index].inbound if self.state is not None else ()

    def disabled_reason(self, index: int) -> str | None:
        """Why the transition into that stage is disabled; None if it is enabled."""
        stage, from_the_start = self.pipeline.stages[index].name, dict(self.pipeline.disabled_transitions)
        if self.state is None:
            return from_the_start.get(stage)
        if self.state.stages[index].transition != "disabled":
            return None
        return (self.reasons if self.reasons is not None else from_the_start).get(stage, "")

    def name(self, number: int) -> str:
        """An execution with its commit message."""
        message = (self.messages or {}).get(number, "")
        return f"execution {number}" + (f" “{message}”" if message else "")


def snapshot(what: Drawable, run: Viewable | State | None = None) -> RunSnapshot:
    """The moment to draw of a Pipeline, a State, or a Run (or anything with ``state`` and ``journal``).

    Raises ``TypeError`` for anything else, and ``ValueError`` if ``run`` is of another pipeline.
    """
    moment = what if run is None else run
    if isinstance(moment, Pipeline):
        return RunSnapshot(moment)
    if not isinstance(moment, State | Viewable):
        raise TypeError(f"draw needs a Pipeline, a Run or a State; got {moment!r}")
    state = moment if isinstance(moment, State) else moment.state
    pipeline = what if isinstance(what, Pipeline) else state.pipeline
    if pipeline != state.pipeline:
        raise ValueError(
            f"the run is one of the pipeline {state.pipeline.name}, not of {pipeline.name}, which is to be drawn"
        )
    if not isinstance(moment, Recorded):
        return RunSnapshot(pipeline, state)
    history = moment.history
    messages = {number: row.message for number, row in history.executions.items()}
    return RunSnapshot(pipeline, state, dict(history.disabled_reasons), messages)


def sentences(moment: RunSnapshot) -> list[str]:
    """A text alternative of the drawing for screen readers: one sentence for each stage."""
    lines = []
    for index, stage in enumerate(moment.pipeline.stages):
        actions = []
        for at, action in enumerate(stage.actions):
            result = moment.action(index, at, action)
            tail = ""
            if result is not None:
                look, number = result
                tail = f", {look.word.lower()}" + (f" with {moment.name(number)}" if number else "")
            actions.append(f"{action.name} ({action.category}, {action.provider}{tail})")
        parts = [f"Stage {stage.name}: " + ("; ".join(actions) or "no actions")]
        if moment.delivered(index):
            parts.append(f"it has {moment.delivered(index)}")
        reason = moment.disabled_reason(index)
        if reason is not None:
            parts.append("its transition is disabled" + (f" ({reason.rstrip('.')})" if reason else ""))
        if moment.waiting(index):
            parts.append(f"inbound: {', '.join(moment.name(n) for n in moment.waiting(index))}")
        lines.append("; ".join(parts) + ".")
    return lines
