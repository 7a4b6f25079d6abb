"""Page rules: the limits, texts and statuses that the scripts of a page without a kernel need, as data.

The scripts decide no rule of a pipeline; what they have to compare or to say comes from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypedDict

from cp_teach.engine import DisableTransition, initial_state, refusal
from cp_teach.engine.rules.validation import CHARACTER_NAMES, DISABLED_REASON
from cp_teach.pipeline import Pipeline
from cp_teach.show.offline.move_effects import TYPED
from cp_teach.show.view import aws_commands, stages, tables, view_model
from cp_teach.show.view.moves import TYPED_LIMITS
from cp_teach.show.view.schema import StatusCell
from cp_teach.style.status import AWS_STATUSES
from cp_teach.translation import N_, _, translated

LEFT_OUT = N_("This page does not carry that move. Open the notebook in JupyterLab to make it.")
RECORDING_ENDS = N_("The recording ends here.")


class ReasonRules(TypedDict):
    """What a page checks when a user types the reason for a disabled transition."""

    default: str
    """the reason if none is typed"""
    pattern: str
    """the regular expression that a reason must match"""
    refused: str
    """the refusal, with ``{letters}`` for the characters that are not allowed"""
    names: Mapping[str, str]
    """what characters are called in it"""


def reason_rules(pipeline: Pipeline) -> ReasonRules:
    """The rules for the reason of a disabled transition. The engine writes the refusal."""
    disable = DisableTransition(pipeline.stages[0].name)
    refused = refusal(initial_state(pipeline), disable._replace(reason="'"))
    assert refused is not None, "AWS allows no apostrophe"
    names = {letter: translated(name) for letter, name in CHARACTER_NAMES.items()}
    return {
        "default": disable.reason,
        "pattern": f"^{DISABLED_REASON.pattern.removesuffix(chr(92) + 'Z')}$",
        "refused": refused.shown.replace(names["'"], "{letters}"),
        "names": names,
    }


def page_rules() -> dict[str, object]:
    """``typed`` (the marker for typed text), ``limits``, ``texts``, and ``statuses`` as the console shows them."""
    statuses: dict[str, StatusCell] = {word: tables.status_cell(word) for word in AWS_STATUSES}
    return {
        "typed": TYPED,
        "limits": {
            "log": tables.LOG_LINES,
            "executions": tables.EXECUTIONS,
            "done": aws_commands.DONE,
            "superseded": stages.SUPERSEDED_SHOWN,
            "typed": TYPED_LIMITS,
        },
        "texts": {
            "leftOut": _(LEFT_OUT),
            "recordingEnds": _(RECORDING_ENDS),
            "atBeginning": _(view_model.AT_BEGINNING),
            "atEnd": _(view_model.AT_END),
            "nothingDue": _(view_model.NOTHING_DUE),
            "waitingDue": _(view_model.WAITING_DUE),
            "firstBranch": _("branch {number}, {steps}"),
            "branch": _("branch {number}, from step {start}, {steps}"),
            "oneStep": _("1 step"),
            "steps": _("{count} steps"),
            "actingOne": _(view_model.ACTING_ONE),
            "acting": _(view_model.ACTING),
            "replayOnly": _("From this moment the page can only replay; open the notebook to act."),
            "actOnReplay": _(
                "From this moment the page can only replay. Go back with Undo, or open the notebook to act."
            ),
            "onlyLive": {
                "inject": _(
                    "A planned failure needs the notebook. Here, let a running action fail yourself."
                ),
                "heal": _("A planned failure needs the notebook."),
            },
        },
        "statuses": {**statuses, "At the transition": tables.waiting_to_enter("{stage}")},
    }
