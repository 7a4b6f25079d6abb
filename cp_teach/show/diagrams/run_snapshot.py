"""What a drawing says of the present: statuses, who waits at which door and why, and what was delivered."""

from __future__ import annotations

from typing import Any, NamedTuple

from cp_teach.engine.model.state import DID_NOT_RUN, IN_PROGRESS, SUCCEEDED, Execution, State
from cp_teach.pipeline import Action, Pipeline
from cp_teach.style import Status, status


class Now(NamedTuple):
    """A pipeline and, when it runs, the moment to draw. ``state`` is None for a blueprint alone."""

    pipeline: Pipeline
    state: State | None = None
    reasons: dict[str, str] | None = None
    """Stage -> why its transition is disabled; None where nobody remembers."""
    messages: dict[int, str] | None = None
    """Execution -> its first commit message."""

    # -- reading one stage -----------------------------------------------------------------------------------
    def visitor(self, index: int) -> Execution | None:
        """The execution that was last inside that stage, as long as the state remembers it."""
        if self.state is None:
            return None
        x = self.state.execution(self.state.stages[index].entered)
        return x if x is not None and x.stage == index and x.actions else None

    def action(self, index: int, at: int, action: Action) -> tuple[Status, int] | None:
        """How that action ended or runs, and for which execution (0: none); None for a blueprint alone."""
        if self.state is None:
            return None
        x = self.visitor(index)
        if x is not None:
            word = x.actions[at]
            return shown(word, action), x.number if word != DID_NOT_RUN else 0
        last = self.state.stages[index].entered
        # Who was inside and is not remembered there any more has succeeded in all actions.
        return (status(SUCCEEDED), last) if last else (status(DID_NOT_RUN), 0)

    def delivered(self, index: int) -> str:
        """What is in that stage: "execution 2 “Fix the basket”"; empty for nothing."""
        number = self.state.stages[index].succeeded if self.state is not None else 0
        return self.name(number) if number else ""

    def waiting(self, index: int) -> tuple[int, ...]:
        """Who waits to enter that stage, first come first."""
        return self.state.stages[index].inbound if self.state is not None else ()

    def closed(self, index: int) -> str | None:
        """Why the transition into that stage is disabled; None when it is enabled."""
        if self.state is None or self.state.stages[index].door != "disabled":
            return None
        return (self.reasons or {}).get(self.pipeline.stages[index].name, "")

    def name(self, number: int) -> str:
        """An execution in words."""
        message = (self.messages or {}).get(number, "")
        return f"execution {number}" + (f" “{message}”" if message else "")


def shown(word: str, action: Action) -> Status:
    """An approval that is in progress waits for a person; everything else is what AWS says."""
    return status("Waiting" if word == IN_PROGRESS and action.is_approval else word)


def now(what: Any, run: Any = None) -> Now:
    """The moment to draw, of a Pipeline, of a State, or of a Run (or anything with ``state``)."""
    moment = what if run is None else run
    if isinstance(moment, Pipeline):
        return Now(moment)
    state = moment if isinstance(moment, State) else getattr(moment, "state", None)
    if not isinstance(state, State):
        raise TypeError(f"a Pipeline, a Run or a State can be drawn; {moment!r} is none of them")
    pipeline = what if isinstance(what, Pipeline) else state.pipeline
    if pipeline != state.pipeline:
        raise ValueError(
            f"this run is of {state.pipeline.name}, which is not the pipeline {pipeline.name} to draw"
        )
    history = getattr(moment, "history", None)
    if history is None:
        return Now(pipeline, state)
    messages = {number: row.message for number, row in history.executions.items()}
    return Now(pipeline, state, dict(history.reasons), messages)


def sentences(moment: Now) -> list[str]:
    """The whole picture in words: one sentence for each stage. Screen readers get it as the description."""
    told = []
    for index, stage in enumerate(moment.pipeline.stages):
        actions = []
        for at, action in enumerate(stage.actions):
            found = moment.action(index, at, action)
            tail = ""
            if found is not None:
                look, number = found
                tail = f", {look.word.lower()}" + (f" with {moment.name(number)}" if number else "")
            actions.append(f"{action.name} ({action.category}, {action.provider}{tail})")
        parts = [f"Stage {stage.name}: " + ("; ".join(actions) or "no actions")]
        if moment.delivered(index):
            parts.append(f"it has {moment.delivered(index)}")
        reason = moment.closed(index)
        if reason is not None:
            parts.append("its transition is disabled" + (f" ({reason.rstrip('.')})" if reason else ""))
        if moment.waiting(index):
            parts.append(f"at its door waits {', '.join(moment.name(n) for n in moment.waiting(index))}")
        told.append("; ".join(parts) + ".")
    return told


__all__ = ["Now", "now", "sentences", "shown"]
