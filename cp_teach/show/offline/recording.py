"""Recordings: what a page without a kernel contains of the runs that its consoles show.

An exporter sets ``CP_TEACH_RECORD`` in the environment of the kernel. Each console then adds ``display_data(run)`` to
what it displays: which recording it belongs to, and at which moment it was shown. At the end of the notebook
``recordings()`` returns the pictures of all moments and the state graphs around them. So a console in the page can go
beyond its cell, through everything that later cells did to its run, and a user can go on from any moment. If the past
was rewritten meanwhile (undo, then another act), the console keeps the steps that existed when it was shown."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.history.projections import History
from cp_teach.engine.model.state import State
from cp_teach.engine.run.protocols import Rewindable, Viewable
from cp_teach.show.offline.action_times import durations, running_actions
from cp_teach.show.offline.graph_selection import Place, charts
from cp_teach.show.offline.move_effects import past_tables
from cp_teach.show.offline.page_rules import RECORDING_ENDS, page_rules, reason_rules
from cp_teach.show.static_files import PAGE_SCRIPTS, words
from cp_teach.show.view.schema import View
from cp_teach.show.view.view_errors import Faults
from cp_teach.show.view.view_model import Worked, identity, rewind_drives, view
from cp_teach.translation import _

MIME = "application/vnd.cp-teach.replay+json"
SWITCH = "CP_TEACH_RECORD"
MOST = "CP_TEACH_STATES"
"""The variable with the maximum number of states in all graphs of a page."""
LONG = 24
"""Strings and structures with fewer characters are repeated rather than shared: a reference is as long."""


class Moment:
    """A recorded run at one moment: what ``view`` needs of a run, and nothing that could act."""

    def __init__(self, run: Viewable, journal: Journal) -> None:
        self.id = identity(run)[0]
        self.worker = run.worker if isinstance(run, Worked) else None
        self.journal = journal
        self.history = History(journal)
        self.time: float | None = None
        """The clock, if it has moved on since the newest entry of the journal."""

    @property
    def state(self) -> State:
        """The state at that moment."""
        return self.journal.state

    @property
    def now(self) -> float:
        """The clock at that moment, in seconds."""
        return self.journal.now if self.time is None else self.time

    def jump(self, position: int) -> None:
        """Go to the moment after ``position`` entries."""
        self.journal.seek(position)
        self.history.follow()


def views(run: Viewable, journal: Journal) -> list[View]:
    """The pictures of every moment of ``run`` from 0 to the last one, undone ones included. ``journal`` is a copy."""
    moment, faults = Moment(run, journal), Faults()
    pictures: list[View] = []
    for position in range(journal.total + 1):
        moment.jump(position)
        picture = view(moment, last=pictures[-1] if pictures else None, faults=faults)
        # A page can go back by itself.
        picture["undo"], picture["redo"] = rewind_drives(position, journal.total)
        # On a page without a kernel, Step and Play go on to what was recorded next.
        picture["step"] = {"no": _(RECORDING_ENDS)} if position == journal.total else {}
        pictures.append(picture)
    return pictures


# -- while a notebook is being recorded --------------------------------------------------------------------
class _Display:
    """One console that was shown: its run, and a copy of its journal at that time."""

    def __init__(self, run: Viewable) -> None:
        self.run, self.journal = run, run.journal.copy(run.journal.total)
        self.at, self.now = run.journal.position, identity(run)[1]

    def rewritten(self) -> bool:
        """Whether the run's journal no longer has the steps up to the moment at which the console was shown."""
        now = self.run.journal
        return now.total < self.at or any(now[i] is not self.journal[i] for i in range(self.at))


_displays: list[_Display] = []


def display_data(run: Viewable) -> dict[str, Any]:
    """What a console on ``run`` adds to its display while an exporter records; nothing otherwise."""
    if not recording():
        return {}
    _displays.append(_Display(run))
    return {MIME: {"console": len(_displays) - 1, "at": _displays[-1].at}}


def recording() -> bool:
    """Whether an exporter records."""
    return bool(os.environ.get(SWITCH))


_widgets: dict[str, dict[str, Any]] = {}


def widget_data(
    kind: str,
    model: dict[str, Any],
    scripts: Sequence[Path],
    styles: Sequence[Path],
    data: Callable[[], Any] | None = None,
) -> dict[str, Any]:
    """What any other widget adds to its display while an exporter records, so that it works in the page; nothing
    otherwise.

    ``scripts`` go into the page once, joined to one script that sets ``mounts[kind] = (place, data) => …``, which is
    called for each place. ``model`` is the JSON that this widget shows; ``data`` returns the JSON that all widgets of
    its kind share."""
    if not recording():
        return {}
    if kind not in _widgets:
        _widgets[kind] = {
            "script": "\n".join(path.read_text(encoding="utf-8") for path in scripts),
            "styles": [path.read_text(encoding="utf-8") for path in styles],
            "data": None if data is None else data(),
        }
    return {MIME: {"widget": kind, "model": model}}


_shared: dict[str, dict[str, Any]] = {}


def shared_data(kind: str) -> dict[str, Any]:
    """The data that all widgets of this kind share on the page; each widget adds what it needs."""
    return _shared.setdefault(kind, {})


def recordings() -> dict[str, Any]:
    """All that was recorded, as plain JSON: ``consoles`` (the recording that each plays), ``shown`` (what each shows
    first, if the clock had moved on since the newest step), ``recordings`` (packed into ``pool``, as ``shown`` is),
    ``atlases`` (the state graphs), ``rules`` (see ``page_rules``) and ``widgets``; ``words`` of the
    scripts, if the language is not English."""
    indices: dict[int, int] = {}
    consoles: list[int] = []
    runs: list[tuple[Viewable, Journal]] = []
    for each in _displays:
        if each.rewritten():
            consoles.append(len(runs))
            runs.append((each.run, each.journal))
            continue
        if id(each.run) not in indices:
            indices[id(each.run)] = len(runs)
            runs.append((each.run, each.run.journal.copy(each.run.journal.total)))
        consoles.append(indices[id(each.run)])
    ids = [identity(run)[0] for run, _ in runs]
    states = [[journal.state_at(at) for at in range(journal.total + 1)] for _, journal in runs]
    most = os.environ.get(MOST)
    worked = {
        id_
        for id_, (run, _) in zip(ids, runs, strict=True)
        if isinstance(run, Rewindable) and run.forward_only
    }
    atlases, places = charts(list(zip(ids, states, strict=True)), int(most) if most else None, worked)
    recorded = [_recorded(*run, place) for run, place in zip(runs, places, strict=True)]
    shown = [_shown(display, *runs[console]) for display, console in zip(_displays, consoles, strict=True)]
    pool, packed = pack([recorded, shown])
    both = pool[packed["$"]] if "$" in packed else packed
    translated = words(PAGE_SCRIPTS)
    return {
        **({"words": translated} if translated else {}),
        "consoles": consoles,
        "shown": both[1],
        "pool": pool,
        "recordings": both[0],
        "atlases": atlases,
        "rules": page_rules(),
        "widgets": _widgets,
    }


def _recorded(run: Viewable, journal: Journal, places: list[Place | None]) -> dict[str, Any]:
    """The pictures of one run, the place of each moment in a graph, and the tables of its past."""
    pictures = views(run, journal)
    moment = Moment(run, journal)
    for position, place in enumerate(places):
        if place is not None:
            moment.jump(position)
            running = running_actions(moment.history, moment.state, moment.worker)
            place.append({**past_tables(moment.history, moment.state), "running": running, "now": moment.now})
    return {
        "views": pictures,
        "places": places,
        "reason": reason_rules(run.state.pipeline),
        "seconds": durations(run.state.pipeline, moment.worker),
    }


def _shown(display: _Display, run: Viewable, journal: Journal) -> dict[str, Any] | None:
    """The clock and the stages of a console as its cell showed them; None if they are those of the newest step."""
    moment = Moment(run, journal.copy(journal.total))
    moment.jump(display.at)
    if display.now <= moment.now:
        return None
    moment.time = display.now
    picture = view(moment, faults=Faults())
    return {"clock": picture.get("clock", ""), "stages": picture["stages"], "now": display.now}


# -- packing -----------------------------------------------------------------------------------------------
def pack(value: Any) -> tuple[list[Any], Any]:
    """``value`` with long parts written once, in a pool: ``{"$": 7}`` means ``pool[7]``.

    Two pictures one step apart share nearly everything, so a recording is little longer than one picture and the
    differences. offline/mount.js unpacks it.
    """
    pool: list[Any] = []
    places: dict[str, int] = {}

    def put(part: Any) -> Any:
        if isinstance(part, dict):
            small: Any = {key: put(item) for key, item in part.items()}
        elif isinstance(part, (list, tuple)):
            small = [put(item) for item in part]
        else:
            small = part
        text = json.dumps(small, ensure_ascii=False)
        if len(text) < LONG or not isinstance(part, (dict, list, tuple, str)):
            return small
        if text not in places:
            places[text] = len(pool)
            pool.append(small)
        return {"$": places[text]}

    return pool, put(value)
