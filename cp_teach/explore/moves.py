"""Which moves are explored: kinds of commands by a word for each, so that a graph can be narrowed by name."""

from __future__ import annotations

from collections.abc import Collection

from cp_teach.engine import command as c
from cp_teach.engine.legal import candidates
from cp_teach.engine.refusal import refusal
from cp_teach.engine.state import OPEN, State

KINDS: dict[str, str] = {
    "release": "a change is released",
    "finish": "a running action succeeds",
    "fail": "a running action fails",
    "time out": "a running action runs into its time limit",
    "approve": "a manual approval is approved or rejected",
    "toggle": "a transition is enabled or disabled",
    "retry": "a stage is retried",
    "stop": "an execution is stopped, waiting or abandoning",
    "judge": "a rule of a stage condition is met or not",
    "override": "a condition that failed a stage is overridden",
    "roll back": "a stage is rolled back",
    "expire": "a transition has been disabled for 30 days",
    "edit": "the pipeline is edited",
    "delete": "the pipeline is deleted",
}
"""Every word that ``allow`` takes, and what it lets happen."""

DEFAULT = ("release", "finish", "fail", "approve", "toggle", "retry", "judge")
"""What is explored unless something else is asked for: each of the others multiplies the graph."""

_KIND: dict[type, str] = {
    c.StartExecution: "release",
    c.TimeOut: "time out",
    c.PutApprovalResult: "approve",
    c.EnableTransition: "toggle",
    c.DisableTransition: "toggle",
    c.RetryStage: "retry",
    c.StopExecution: "stop",
    c.FinishRule: "judge",
    c.OverrideCondition: "override",
    c.RollbackStage: "roll back",
    c.ExpireTransition: "expire",
    c.EditPipeline: "edit",
    c.DeletePipeline: "delete",
}


def kind(move: c.Command) -> str:
    """The word for a move."""
    if isinstance(move, c.FinishAction):
        return "fail" if move.failure else "finish"
    return _KIND[type(move)]


def moves(state: State, allow: Collection[str], newest: int | None) -> list[c.Command]:
    """The moves of these kinds that may be done now and change something; nothing is released or rolled back after
    execution ``newest``."""
    full = newest is not None and state.last >= newest
    doors = {stage.name: seen.door for stage, seen in zip(state.pipeline.stages, state.stages, strict=True)}
    found = []
    for move in candidates(
        state
    ):  # what is quick to rule out comes first: this is the inner loop of exploring
        if isinstance(move, c.EnableTransition | c.DisableTransition):
            # AWS accepts opening what is open and closing what is closed, and it does nothing.
            if "toggle" not in allow or (doors[move.stage] in OPEN) == isinstance(move, c.EnableTransition):
                continue
        elif kind(move) not in allow or (full and isinstance(move, c.StartExecution | c.RollbackStage)):
            continue
        if refusal(state, move) is None:
            found.append(move)
    return found


def words(allow: Collection[str]) -> frozenset[str]:
    """``allow`` as a set. Raises ``ValueError`` for a word that is not one of ``KINDS``."""
    if isinstance(allow, str):
        allow = (allow,)
    for word in allow:
        if word not in KINDS:
            raise ValueError(f"allow={word!r} is not known; the words are: {', '.join(KINDS)}")
    return frozenset(allow)
