"""The conditions of a stage in the view: which rules guard it, how each stands, and what can be done about it."""

from __future__ import annotations

from typing import Any

from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import (
    BEFORE_ENTRY,
    FAILED,
    IN_PROGRESS,
    ON_FAILURE,
    ON_SUCCESS,
    Execution,
    State,
)
from cp_teach.pipeline import Stage
from cp_teach.show.view.moves import move
from cp_teach.show.view.tables import shown

NAMES = {BEFORE_ENTRY: "beforeEntry", ON_SUCCESS: "onSuccess", ON_FAILURE: "onFailure"}
WORDS = {"Succeeded": "Met", FAILED: "Not met", IN_PROGRESS: "Being judged"}


def conditions(state: State, stage: Stage, inside: Execution | None, by_hand: bool) -> list[dict[str, Any]]:
    """One dict for each condition of the stage: its name, its result, its rules with their status, and the moves."""
    return [
        _condition(state, stage, inside, condition, by_hand) for condition in NAMES if stage.rules(condition)
    ]


def _condition(
    state: State, stage: Stage, inside: Execution | None, condition: str, by_hand: bool
) -> dict[str, Any]:
    judged = inside is not None and inside.condition == condition and state.stage_of(inside) == stage
    rules = []
    for at, rule in enumerate(stage.rules(condition)):
        status = inside.rules[at] if judged and inside is not None and at < len(inside.rules) else ""
        key, word, glyph = shown(status)
        told: dict[str, Any] = {
            "name": rule.name,
            "provider": rule.type.provider,
            "status": [key, WORDS.get(status, "Not judged now" if not status else word), glyph],
        }
        if status == IN_PROGRESS and by_hand and inside is not None:
            target = (inside.number, stage.name, rule.name)
            told["moves"] = [
                move(state, c.FinishRule(*target, True), f"Met for execution {inside.number}"),
                move(state, c.FinishRule(*target, False), f"Not met for execution {inside.number}"),
            ]
        rules.append(told)
    made: dict[str, Any] = {"name": NAMES[condition], "result": stage.result(condition), "rules": rules}
    if judged and inside is not None and inside.status == FAILED and condition != ON_FAILURE:
        override = c.OverrideCondition(inside.number, stage.name, condition)
        label = f"Override {NAMES[condition]} for execution {inside.number}"
        made["override"] = move(state, override, label)
    return made
