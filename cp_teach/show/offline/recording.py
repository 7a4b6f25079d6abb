"""What a page without a kernel takes along of the runs that its consoles show: their moments, and the moves from there.

An exporter sets ``CP_TEACH_RECORD`` in the environment of the kernel. Every console that is shown then adds
``shown(run)`` to what it displays, which says which recording it belongs to and at which moment it was shown;
``recordings()``, asked for at the end of the notebook, returns the pictures of all moments and the state graphs around
them. So a console can be played beyond the cell that shows it, through everything that the later cells did to its run,
and a person can go on from any moment. Where the past was rewritten meanwhile (undo, then another act), the console
keeps the steps that there were when it was shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cp_teach.engine.history.journal import Journal
from cp_teach.engine.model.commands import DisableTransition
from cp_teach.engine.model.state import State

MIME = "application/vnd.cp-teach.replay+json"
SWITCH = "CP_TEACH_RECORD"
MOST = "CP_TEACH_STATES"
"""The variable that says how many states all graphs of a page may have together, where an exporter has a wish."""
LONG = 24
"""Strings and structures of fewer letters than this are repeated rather than shared: a reference is as long."""


class Moment:
    """A recorded run at one moment: what ``view`` needs of a run, and nothing that could act."""

    def __init__(self, run: Any, journal: Journal) -> None:
        from cp_teach.engine.history.projections import History

        self.id = str(getattr(run, "id", run.state.pipeline.name))
        self.worker = getattr(run, "worker", None)
        self.journal = journal
        self.history = History(journal)

    @property
    def state(self) -> State:
        """The state then."""
        return self.journal.state

    @property
    def now(self) -> float:
        """The clock then, in seconds."""
        return self.journal.now

    def jump(self, position: int) -> None:
        """Go to the moment after ``position`` entries."""
        self.journal.seek(position)
        self.history.follow()


def record(run: Any) -> dict[str, Any]:
    """The pictures of every moment of ``run``, from 0 to the last one, undone ones included.

    Returns ``{"views": [...], "at": the present moment}``, plain JSON. The run is not touched. ``run`` needs a
    journal that can be copied; every ``Run`` has one.
    """
    return _views(run, run.journal.copy(run.journal.total), run.journal.position)


def _views(run: Any, journal: Journal, at: int) -> dict[str, Any]:
    from cp_teach.show.view.view_errors import Faults
    from cp_teach.show.view.view_model import view

    moment, faults = Moment(run, journal), Faults()
    views: list[dict[str, Any]] = []
    for position in range(journal.total + 1):
        moment.jump(position)
        picture = view(moment, last=views[-1] if views else None, faults=faults)
        last = position == journal.total
        # On a page without a kernel, Step and Play go on to what was recorded next.
        picture["step"] = {"no": "The recording ends here."} if last else {}
        views.append(picture)
    return {"views": views, "at": at}


# -- while a notebook is being recorded --------------------------------------------------------------------
class _Shown:
    """One console that was shown: its run, and what the journal held then."""

    def __init__(self, run: Any) -> None:
        self.run, self.journal = run, run.journal.copy(run.journal.total)
        self.at = run.journal.position

    def overtaken(self) -> bool:
        """Whether the steps up to the moment at which it was shown are no longer in the journal of the run."""
        now = self.run.journal
        return now.total < self.at or any(now[i] is not self.journal[i] for i in range(self.at))


_shown: list[_Shown] = []


def shown(run: Any) -> dict[str, Any]:
    """What a console on ``run`` adds to its display while an exporter records; nothing otherwise."""
    if not recording() or not hasattr(run.journal, "copy"):
        return {}
    _shown.append(_Shown(run))
    return {MIME: {"console": len(_shown) - 1, "at": _shown[-1].at}}


def recording() -> bool:
    """Whether an exporter records."""
    return bool(os.environ.get(SWITCH))


_carried: dict[str, dict[str, Any]] = {}


def place(
    kind: str,
    model: dict[str, Any],
    scripts: Sequence[Path],
    styles: Sequence[Path],
    data: Callable[[], Any] | None = None,
) -> dict[str, Any]:
    """What any other widget adds to its display while an exporter records, so that a page can bring it to life; nothing
    otherwise.

    ``scripts`` are put into the page once; together they are one script in which ``mounts[kind] = (place, data) => …``
    is set, which is called for each place. ``model`` is what this very widget shows, and ``data`` gives what all of its
    kind share. Both are plain JSON.
    """
    if not recording():
        return {}
    if kind not in _carried:
        _carried[kind] = {
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
    """All that was recorded: which recording each console plays; the recordings, packed; and the state graphs."""
    from cp_teach.show.offline.graph_selection import charts

    found: dict[int, int] = {}
    consoles: list[int] = []
    runs: list[tuple[Any, Journal]] = []
    for one in _shown:
        if one.overtaken():
            consoles.append(len(runs))
            runs.append((one.run, one.journal))
            continue
        if id(one.run) not in found:
            found[id(one.run)] = len(runs)
            runs.append((one.run, one.run.journal.copy(one.run.journal.total)))
        consoles.append(found[id(one.run)])
    ids = [str(getattr(run, "id", run.state.pipeline.name)) for run, _ in runs]
    states = [[journal.state_at(at) for at in range(journal.total + 1)] for _, journal in runs]
    most = os.environ.get(MOST)
    worked = {id for id, (run, _) in zip(ids, runs, strict=True) if getattr(run, "forward_only", "")}
    atlases, places = charts(list(zip(ids, states, strict=True)), int(most) if most else None, worked)
    recorded = [_recorded(*run, place) for run, place in zip(runs, places, strict=True)]
    pool, packed = pack(recorded)
    return {
        "consoles": consoles,
        "pool": pool,
        "recordings": packed,
        "atlases": atlases,
        "words": words(),
        "widgets": _carried,
    }


def _recorded(run: Any, journal: Journal, places: list[Any]) -> dict[str, Any]:
    """The pictures of one run, the place of each moment in a graph, and what had happened by then."""
    from cp_teach.show.offline.move_effects import told

    views = _views(run, journal, journal.position)["views"]
    moment = Moment(run, journal)
    for position, place in enumerate(places):
        if place is not None:
            moment.jump(position)
            place.append(told(moment.history, moment.state))
    return {"views": views, "places": places, "reason": DisableTransition("").reason}


def words() -> dict[str, list[str]]:
    """Every status as the console shows it, and how it calls an execution that waits at a door."""
    from cp_teach.show.view.tables import AT_THE_DOOR, shown
    from cp_teach.style.status import WORDS

    return {**{word: shown(word) for word in WORDS}, "At the door": AT_THE_DOOR}


# -- packing -----------------------------------------------------------------------------------------------
def pack(value: Any) -> tuple[list[Any], Any]:
    """``value`` with every part that is worth it written once, in a pool: ``{"$": 7}`` stands for ``pool[7]``.

    Two pictures one step apart share nearly everything, so a recording is little longer than one picture and the
    differences. ``unpack`` undoes it; so does page.js.
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


def unpack(pool: list[Any], packed: Any) -> Any:
    """What was packed."""
    if isinstance(packed, dict):
        if "$" in packed:
            return unpack(pool, pool[packed["$"]])
        return {key: unpack(pool, item) for key, item in packed.items()}
    if isinstance(packed, list):
        return [unpack(pool, item) for item in packed]
    return packed
