"""The view model: one plain JSON dict that holds all the widget shows. It is computed, never stored.

``view(run)`` works for anything with ``state`` and ``journal``; what a run has besides (a clock, a worker, a
history) makes the picture richer. Every part but ``pipeline`` and ``stages`` may be missing: the renderer
then leaves it out, so that an exported page can carry less. docs/widget.md lists the parts.

Each part is computed separately. A part that fails keeps its last state or is left out, and ``fault`` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from cp_teach.engine.history.projections import History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import OPEN
from cp_teach.show.view import aws_commands
from cp_teach.show.view.blocked_reasons import reasons
from cp_teach.show.view.moves import move, outcome
from cp_teach.show.view.running_work import work
from cp_teach.show.view.stages import stage
from cp_teach.show.view.tables import artifacts, clock, executions, log, telling
from cp_teach.show.view.view_errors import STALE, Faults, without_acts

BEGINNING = "Nothing has been released yet. Release a change to send it through the pipeline."
UNKNOWN = ["none", "Not known", "?"]
"""The status of a stage that could not be computed."""


def view(
    run: Any,
    *,
    history: History | None = None,
    last: Mapping[str, Any] | None = None,
    faults: Faults | None = None,
) -> dict[str, Any]:
    """What the widget shows of ``run`` at this moment. It does not raise: a part that cannot be computed is taken from
    ``last``, the previous picture, or left out. ``faults`` remembers which errors are already in the log.
    """
    faults = Faults() if faults is None else faults
    faults.begin()
    try:
        moment = _Moment(run, history)
    except Exception as error:  # not even the state is known, so show only the last picture
        known = _known(run, last)
        faults.note("the state of the run", error, kept=bool(known["stages"]))
        return {**known, "fault": faults.sentence}
    before = last if last is not None and last.get("run") == moment.subject else {}
    made: dict[str, Any] = {
        "pipeline": {"name": "", "mode": "", "type": ""},
        "sentence": "",
        "position": moment.position,
    }
    for part in _PARTS:
        try:
            made |= part.compute(moment)
        except Exception as error:
            stale = {key: before[key] for key in part.keys if key in before}
            faults.note(part.name, error, kept=bool(stale))
            made |= without_acts(stale, STALE)
    made["stages"] = [_stage(moment, at, before, faults) for at in range(len(moment.state.pipeline.stages))]
    _drives(made, moment, faults)
    if away := str(getattr(run, "away", "")):
        made = _away(made, away)
    if faults.sentence:
        made["fault"] = faults.sentence
    return made


class _Moment:
    """A run at the current moment, in the form that the parts need."""

    def __init__(self, run: Any, history: History | None) -> None:
        self.run, self.journal, self.state = run, run.journal, run.state
        self.position = self.journal.position
        self.now = float(getattr(run, "now", self.journal.now))
        self.worker = getattr(run, "worker", None)
        self.id = run_id(run)
        birth = getattr(run, "birth", None)
        # A pipeline behind the API that was deleted and created again has the same name, ID, and numbers as the old
        # one.
        self.subject = self.id if birth is None else f"{self.id} {birth}"
        self._given = history

    @cached_property
    def history(self) -> History:
        """Read on first use, so that an error affects only the parts that need it."""
        return history_of(self.run) if self._given is None else self._given.follow()


class _Part(NamedTuple):
    """A part of the picture: its name for users, its keys, and the function that computes it."""

    name: str
    keys: tuple[str, ...]
    compute: Callable[[_Moment], dict[str, Any]]


def _pipeline(m: _Moment) -> dict[str, Any]:
    pipeline = m.state.pipeline
    made: dict[str, Any] = {
        "pipeline": {"name": pipeline.name, "mode": pipeline.mode, "type": pipeline.type},
        "run": m.subject,
        "fork": getattr(m.journal, "forks", 0),
        "position": m.position,
        "total": m.journal.total,
    }
    return made | ({"deleted": True} if m.state.deleted else {})


def _newest(m: _Moment) -> dict[str, Any]:
    sentence, bad = telling(m.journal[m.position - 1]) if m.position else (BEGINNING, False)
    return {"sentence": sentence, "bad": bad}


def _log(m: _Moment) -> dict[str, Any]:
    lines, more = log(m.journal, m.position)
    return {"log": lines, **({"more_log": more} if more else {})}


def _executions(m: _Moment) -> dict[str, Any]:
    rows, more = executions(m.state, m.history)
    return {"executions": rows, **({"more_executions": more} if more else {})}


def _working(m: _Moment) -> dict[str, Any]:
    working = work(m.journal, m.state, m.history)
    return {"work": working} if working else {}


_PARTS = (
    _Part("the moment", ("pipeline", "run", "fork", "position", "total", "deleted"), _pipeline),
    _Part("the clock", ("clock",), lambda m: {"clock": clock(m.now)}),
    _Part("the newest sentence", ("sentence", "bad"), _newest),
    _Part("the release", ("release",), lambda m: {"release": move(m.state, c.StartExecution())}),
    _Part(
        "the reasons why executions wait",
        ("reasons",),
        lambda m: {"reasons": reasons(m.state, getattr(m.run, "why", None))},
    ),
    _Part("the log", ("log", "more_log"), _log),
    _Part("the table of executions", ("executions", "more_executions"), _executions),
    _Part(
        "the list of artifacts",
        ("artifacts",),
        lambda m: {"artifacts": artifacts(m.id, m.state, m.history)},
    ),
    _Part(
        "the list of AWS CLI commands",
        ("aws",),
        lambda m: {"aws": aws_commands.view(m.id, m.journal, m.position, m.state)},
    ),
    _Part("the fleets and logs", ("work",), _working),
)


def _stage(m: _Moment, at: int, before: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    """One stage; if it cannot be computed, its last state, or what is known without computing."""
    try:
        return stage(m.state, at, m.history, m.worker, m.now)
    except Exception as error:
        name = m.state.pipeline.stages[at].name
        known = next((each for each in before.get("stages", ()) if each["name"] == name), None)
        faults.note(f"the stage {name}", error, kept=known is not None)
        if known is not None:
            shown: dict[str, Any] = without_acts(known, STALE)
            return shown
        return {
            "name": name,
            "status": UNKNOWN,
            "door": {"on": m.state.stages[at].door in OPEN},
            "groups": [],
        }


def _known(run: Any, last: Mapping[str, Any] | None) -> dict[str, Any]:
    """The previous picture with its buttons disabled; if there is none, only the name."""
    if last and last.get("stages"):
        made: dict[str, Any] = without_acts(
            {key: part for key, part in last.items() if key not in ("step", "inject", "notice")}, STALE
        )
        return made
    return {
        "pipeline": {"name": str(getattr(run, "name", "")), "mode": "", "type": ""},
        "sentence": "",
        "stages": [],
    }


def _away(made: dict[str, Any], away: str) -> dict[str, Any]:
    """The previous picture with its acts disabled, because the pipeline is gone or cannot be reached."""
    made = without_acts(made, away)
    for drive in ("step", "undo", "redo", "inject"):
        if drive in made:
            made[drive] = {**made[drive], "no": away}
    return {**made, "away": away}


def history_of(run: Any) -> History:
    """The run's own history, or one that is read from its journal."""
    found = getattr(run, "history", None)
    return found if isinstance(found, History) else History(run.journal).follow()


def run_id(run: Any) -> str:
    """The name from which ids and S3 keys are derived."""
    return str(getattr(run, "id", run.state.pipeline.name))


def _drives(made: dict[str, Any], m: _Moment, faults: Faults) -> None:
    """What the run can do of itself: go on, and move in time; with the reason why it cannot just now."""
    run = m.run
    with faults.guarding("what comes next"):
        if hasattr(run, "step") and hasattr(run, "next_due"):
            made["step"] = {}  # the step can be made even if its description fails
            due = run.next_due()
            made["step"] = (
                {"no": _nothing_due(made)} if due is None else {"next": outcome(m.state, due.command)}
            )
    with faults.guarding("the way back"):
        if hasattr(run, "jump"):
            made["undo"] = {} if m.position else {"no": "This is the beginning: there is nothing to undo."}
            if forward_only := getattr(run, "forward_only", ""):
                made["undo"] = {"no": forward_only}
            last = m.position == m.journal.total
            made["redo"] = {"no": "This is the newest moment: there is nothing to redo."} if last else {}
    with faults.guarding("the planned failures"):
        if hasattr(run, "inject"):
            follows = run.follows_plans() if hasattr(run, "follows_plans") else True
            made["inject"] = {"types": [*c.FAILURE_TYPES, "TimedOut"]}
            if made.get("deleted"):
                made["inject"]["no"] = "The pipeline is deleted."
            elif not follows:
                made["inject"]["no"] = (
                    "You run the actions by hand here, so a planned failure has no effect. Fail a running action "
                    "yourself."
                )


def _nothing_due(made: dict[str, Any]) -> str:
    first = made["reasons"][0] if made.get("reasons") else None
    if first is None:
        return "Nothing is on its way. Release a change."
    return f"Nothing ends of itself now. {first['text']} {first['who']}".strip()
