"""Questions: what a page asks the kernel about a run. An answer goes to the page that asked, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from cp_teach.engine import Refused
from cp_teach.engine.run import run_file
from cp_teach.engine.run.protocols import Branching, Restorable, Viewable
from cp_teach.pipeline import InvalidPipeline
from cp_teach.show.console.message_handlers import Message
from cp_teach.show.view.details import Details, Subject, comparison_details, details
from cp_teach.show.view.view_model import history_of, identity
from cp_teach.translation import _


def is_question(message: Message) -> bool:
    """Whether the message asks something, instead of doing something."""
    return message.get("act") in _ANSWERS


def answer(run: Viewable, message: Message) -> dict[str, Any]:
    """The answer: ``details``, or ``name`` and ``text`` of a file. Raises ``Refused`` if there is none."""
    return _ANSWERS[str(message.get("act"))](run, message)


def _details(run: Viewable, message: Message) -> dict[str, Any]:
    run_id, now = identity(run)
    subject = Subject(run_id, run.state, run.journal, history_of(run), now)
    return _answer(details(subject, message.get("of")))


def _compare(run: Viewable, message: Message) -> dict[str, Any]:
    if not isinstance(run, Branching):
        raise Refused("ValidationException", _("This pipeline has no branches."))
    first: Any = message.get("first")
    second: Any = message.get("second")
    return _answer(comparison_details(run.compare_branches(first, second)))


def _answer(facts: Details) -> dict[str, Any]:
    return {"details": facts}


def _save(run: Viewable, message: Message) -> dict[str, Any]:
    """The file of this moment: the run with all its steps and branches, at the step that is shown."""
    if not isinstance(run, Restorable):
        raise Refused("ValidationException", _("This pipeline cannot be saved to a file."), _("A Run can."))
    try:
        document = run_file.encode(run)
    except InvalidPipeline as error:
        raise Refused(
            "InvalidStructureException", _("AWS would reject the pipeline: {error}", error=error)
        ) from error
    name = f"{run.state.pipeline.name}-step-{run.journal.position}.json"
    return {"name": name, "text": json.dumps(document, indent=1, ensure_ascii=False)}


_ANSWERS: dict[str, Callable[[Viewable, Message], dict[str, Any]]] = {
    "details": _details,
    "compare": _compare,
    "save": _save,
}
