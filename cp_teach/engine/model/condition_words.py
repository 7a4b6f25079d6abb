"""The words of conditions, and of what follows a sentence: the events say them."""

from __future__ import annotations

from cp_teach.translation import N_, message

CONDITIONS = {
    "BEFORE_ENTRY": message("entry condition"),
    "ON_SUCCESS": message("success condition"),
    "ON_FAILURE": message("failure condition"),
}
"""Kind of stage condition (model: ConditionType) -> its name in a sentence, as in AWS's console."""


def condition_result(condition: str, result: str, *, met: bool) -> str:
    """Why a condition failed a stage: whether its rules were met, and the result that follows."""
    verb = message("was met") if met else message("wasn't met")
    return message(
        "the {condition} {verb} (result: {result})",
        condition=CONDITIONS[condition],
        verb=verb,
        result=result.capitalize(),
    )


def details_of(text: str) -> str:
    """The end of a sentence that has a text after a colon; a full stop for no text."""
    if not text:
        return "."
    return f": {text}" if text.endswith((".", "!", "?")) else f": {text}."


STARTED, STARTED_WITH = (
    N_("Execution {execution} started."),
    N_("Execution {execution} started with “{brings}”."),
)
STOPS = {
    True: message("its running actions are abandoned"),
    False: message("its running actions may finish"),
}
"""Whether a stop abandons -> what becomes of running actions."""
