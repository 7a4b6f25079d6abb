"""The view model: one plain JSON dict with everything that the widget shows. It is computed, never stored.

``view(run)`` works for anything with ``state`` and ``journal``; a clock, a worker or a history makes the picture
richer. ``schema`` has the type of each part; docs/widget.md lists them.

Each part is computed separately. A part that fails keeps its last state or is left out, and ``fault`` says so.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple, Protocol, cast, runtime_checkable

from cp_teach.engine import Worker
from cp_teach.engine.history.branches import Branch
from cp_teach.engine.history.projections import History
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import SHOWN_AS_ENABLED
from cp_teach.engine.run.protocols import (
    Branching,
    Explainable,
    Injectable,
    Recorded,
    Rewindable,
    Steppable,
    Viewable,
)
from cp_teach.show.view import aws_commands
from cp_teach.show.view.blocked_reasons import reasons
from cp_teach.show.view.moves import TYPED_LIMITS, Legality, move, outcome
from cp_teach.show.view.schema import Branches, Drive, Pipeline, Stage, View
from cp_teach.show.view.stages import stage
from cp_teach.show.view.tables import Shown, announcement, artifacts, clock, executions, log
from cp_teach.show.view.view_errors import STALE, Faults, without_acts
from cp_teach.show.view.work.running_work import work
from cp_teach.translation import N_, _

BEGINNING = N_("Nothing has been released yet. Release a change to send it through the pipeline.")
UNKNOWN = ["none", N_("Not known"), "?"]
"""The status of a stage that could not be computed."""
AT_BEGINNING = N_("This is the beginning: there is nothing to undo.")
AT_END = N_("This is the newest step: there is nothing to redo.")
ACTING_ONE = N_("Acting here starts a new branch; the later step stays as branch {number}.")
ACTING = N_("Acting here starts a new branch; the {count} later steps stay as branch {number}.")
BRANCHES = 40
"""The number of branches in a view, the newest ones; ``run.branches()`` has all."""
NOTHING_DUE = N_("No execution is in progress. Release a change.")
WAITING_DUE = N_("Nothing ends by itself now.")


@runtime_checkable
class Worked(Protocol):
    """A run whose worker decides when actions end."""

    worker: Worker


@runtime_checkable
class Remote(Protocol):
    """A pipeline behind the API. ``birth`` (epoch seconds) distinguishes it from a deleted one of the same name."""

    birth: float


@runtime_checkable
class Losable(Protocol):
    """A pipeline that can disappear. ``away`` says why it cannot be used; empty if it can."""

    away: str


def view(
    run: Viewable,
    *,
    history: History | None = None,
    last: View | None = None,
    faults: Faults | None = None,
    shown: Shown | None = None,
) -> View:
    """What the widget shows of ``run`` at this moment; ``shown`` says how much of its past. It does not raise: a part
    that cannot be computed is taken from ``last``, the previous picture, or left out. ``faults`` remembers which errors
    are already in the log.
    """
    faults = Faults() if faults is None else faults
    faults.begin()
    try:
        moment = _Moment(run, history, shown or Shown())
    except Exception as error:  # not even the state can be read, so only the last picture can be shown
        picture = _last_picture(run, last)
        faults.note(N_("the state of the run"), error, kept=bool(picture["stages"]))
        picture["fault"] = faults.sentence
        return picture
    before: View = last if last is not None and last.get("run") == moment.subject else {}
    picture = {"pipeline": _NO_PIPELINE, "sentence": "", "position": moment.position}
    for part in _PARTS:
        try:
            picture.update(part.compute(moment))
        except Exception as error:
            stale = {key: value for key, value in before.items() if key in part.keys}
            faults.note(part.name, error, kept=bool(stale))
            picture.update(cast("View", without_acts(stale, _(STALE))))
    picture["stages"] = [
        _stage(moment, index, before, faults) for index in range(len(moment.state.pipeline.stages))
    ]
    _add_drives(picture, moment, faults)
    if isinstance(run, Losable) and run.away:
        picture = _away(picture, run.away)
    if faults.sentence:
        picture["fault"] = faults.sentence
    return picture


_NO_PIPELINE: Pipeline = {"name": "", "mode": "", "type": ""}


class _Moment:
    """A run at the current moment, in the form that the parts need."""

    def __init__(self, run: Viewable, history: History | None, shown: Shown) -> None:
        self.shown = shown
        self.run, self.journal, self.state = run, run.journal, run.state
        self.legality = Legality(self.state)
        self.position = self.journal.position
        self.id, self.now = identity(run)
        self.worker = run.worker if isinstance(run, Worked) else None
        # A pipeline behind the API that was deleted and created again has the same name, ID, and numbers as the old
        # one.
        self.subject = f"{self.id} {run.birth}" if isinstance(run, Remote) else self.id
        self._history = history

    @cached_property
    def history(self) -> History:
        """Read on first use, so that an error affects only the parts that need it."""
        return history_of(self.run) if self._history is None else self._history.follow()


class _Part(NamedTuple):
    """A part of the picture: its name for users, its keys, and the function that computes it."""

    name: str
    keys: tuple[str, ...]
    compute: Callable[[_Moment], View]


def _pipeline(moment: _Moment) -> View:
    pipeline = moment.state.pipeline
    part: View = {
        "pipeline": {"name": pipeline.name, "mode": pipeline.mode, "type": pipeline.type},
        "run": moment.subject,
        "fork": moment.journal.forks,
        "position": moment.position,
        "total": moment.journal.total,
    }
    if moment.state.deleted:
        part["deleted"] = True
    return part


def _newest(moment: _Moment) -> View:
    sentence, bad = (
        announcement(moment.journal[moment.position - 1]) if moment.position else (_(BEGINNING), False)
    )
    return {"sentence": sentence, "bad": bad}


def _reasons(moment: _Moment) -> View:
    run = moment.run
    return {"reasons": reasons(moment.legality, run.why if isinstance(run, Explainable) else None)}


def _log(moment: _Moment) -> View:
    lines, more = log(moment.journal, moment.position, moment.shown.log)
    return {"log": lines, "more_log": more} if more else {"log": lines}


def _executions(moment: _Moment) -> View:
    rows, more = executions(moment.state, moment.history, moment.shown.executions)
    return {"executions": rows, "more_executions": more} if more else {"executions": rows}


def _aws(moment: _Moment) -> View:
    return {"aws": aws_commands.view(moment.id, moment.journal, moment.position, moment.legality)}


def _work(moment: _Moment) -> View:
    progress = work(moment.journal, moment.state, moment.history)
    return {"work": progress} if progress else {}


_PARTS = (
    _Part(N_("the moment"), ("pipeline", "run", "fork", "position", "total", "deleted"), _pipeline),
    _Part(N_("the clock"), ("clock",), lambda moment: {"clock": clock(moment.now)}),
    _Part(N_("the newest sentence"), ("sentence", "bad"), _newest),
    _Part(
        N_("the release"),
        ("release", "limits"),
        lambda moment: {"release": move(moment.legality, c.StartExecution()), "limits": TYPED_LIMITS},
    ),
    _Part(N_("the reasons why executions wait"), ("reasons",), _reasons),
    _Part(N_("the log"), ("log", "more_log"), _log),
    _Part(N_("the table of executions"), ("executions", "more_executions"), _executions),
    _Part(
        N_("the list of artifacts"),
        ("artifacts",),
        lambda moment: {
            "artifacts": artifacts(moment.id, moment.state, moment.history, moment.shown.executions)
        },
    ),
    _Part(N_("the list of AWS CLI commands"), ("aws",), _aws),
    _Part(N_("the fleets and logs"), ("work",), _work),
)


def _stage(moment: _Moment, index: int, before: View, faults: Faults) -> Stage:
    """One stage; if it cannot be computed, its last state, or what is known without computing."""
    try:
        return stage(moment.legality, index, moment.history, moment.worker, moment.now)
    except Exception as error:
        name = moment.state.pipeline.stages[index].name
        last = next((each for each in before.get("stages", ()) if each["name"] == name), None)
        faults.note(f"the stage {name}", error, kept=last is not None)
        if last is not None:
            return without_acts(last, STALE)
        on = moment.state.stages[index].transition in SHOWN_AS_ENABLED
        return {
            "name": name,
            "status": [UNKNOWN[0], _(UNKNOWN[1]), UNKNOWN[2]],
            "door": {"on": on},
            "groups": [],
        }


def _last_picture(run: object, last: View | None) -> View:
    """The previous picture with its buttons disabled; if there is none, only the name."""
    if last and last.get("stages"):
        kept = {key: part for key, part in last.items() if key not in ("step", "inject", "notice")}
        return cast("View", without_acts(kept, STALE))
    name = str(getattr(run, "name", ""))  # the run is broken, so no protocol can be asked
    return {"pipeline": {**_NO_PIPELINE, "name": name}, "sentence": "", "stages": []}


def _away(picture: View, away: str) -> View:
    """The picture with its acts disabled, because the pipeline is gone or cannot be reached."""
    picture = without_acts(picture, away)
    for drive in _drives(picture):
        drive["no"] = away
    picture["away"] = away
    return picture


def _drives(picture: View) -> list[Drive]:
    names = ("step", "undo", "redo", "inject")
    return [cast("Drive", value) for name, value in picture.items() if name in names]


def history_of(run: Viewable) -> History:
    """The run's own history, or one that is read from its journal."""
    return run.history if isinstance(run, Recorded) else History(run.journal).follow()


def identity(run: Viewable) -> tuple[str, float]:
    """The name from which ids and S3 keys are derived, and the run's clock in seconds."""
    if isinstance(run, Recorded):
        return run.id, float(run.now)
    return run.state.pipeline.name, run.journal.now


def _add_drives(picture: View, moment: _Moment, faults: Faults) -> None:
    """Add the controls of the run itself (its clock, its past, its failure plans) and why they cannot be used now."""
    run = moment.run
    with faults.guarding(N_("what comes next")):
        if isinstance(run, Steppable):
            picture["step"] = {}  # the step can be made even if its description fails
            due = run.next_due()
            picture["step"] = (
                {"no": nothing_due(picture)} if due is None else {"next": outcome(moment.state, due.command)}
            )
    with faults.guarding(N_("the way back")):
        if isinstance(run, Rewindable):
            picture["undo"], picture["redo"] = rewind_drives(moment.position, moment.journal.total)
            if run.forward_only:
                picture["undo"] = {"no": run.forward_only}
    with faults.guarding(N_("the branches")):
        if isinstance(run, Branching) and not run.forward_only:
            picture["branches"] = _branches(run, moment)
    with faults.guarding(N_("the planned failures")):
        if isinstance(run, Injectable):
            picture["inject"] = {"types": [*c.FAILURE_TYPES, "TimedOut"]}
            if picture.get("deleted"):
                picture["inject"]["no"] = _("The pipeline is deleted.")
            elif not run.follows_plans():
                picture["inject"]["no"] = _(
                    "You run the actions by hand here, so a planned failure has no effect. Fail a running "
                    "action yourself."
                )


def _branch_name(branch: Branch) -> str:
    """The branch as ``str(branch)`` describes it, in the chosen language."""
    steps = _("1 step") if branch.steps == 1 else _("{count} steps", count=branch.steps)
    if branch.parent:
        return _(
            "branch {number}, from step {start}, {steps}",
            number=branch.number,
            start=branch.start,
            steps=steps,
        )
    return _("branch {number}, {steps}", number=branch.number, steps=steps)


def _branches(run: Branching, moment: _Moment) -> Branches:
    """The branches of the run, and what an act at this step would do to them."""
    branches = run.branches()
    current = next(branch.number for branch in branches if branch.current)
    part: Branches = {
        "names": [[branch.number, _branch_name(branch)] for branch in branches[-BRANCHES:]],
        "current": current,
        "total": len(branches),
    }
    if later := moment.journal.total - moment.position:
        part["acting"] = _(ACTING_ONE if later == 1 else ACTING, count=later, number=current)
    return part


def rewind_drives(position: int, total: int) -> tuple[Drive, Drive]:
    """The undo and redo controls at that moment."""
    return {} if position else {"no": _(AT_BEGINNING)}, {"no": _(AT_END)} if position == total else {}


def nothing_due(picture: View) -> str:
    """Why no step is possible."""
    if not picture.get("reasons"):
        return _(NOTHING_DUE)
    first = picture["reasons"][0]
    return f"{_(WAITING_DUE)} {first['text']} {first['who']}".strip()
