"""The steps of a run as recorded pictures, for pages that have no kernel: the slides mount the console on them.

An exporter sets ``CP_TEACH_RECORD`` in the environment of the kernel. Every console that is shown then adds
``shown(run)`` to what it displays, which says which recording it belongs to and at which moment it was shown;
``recordings()``, asked for at the end of the notebook, returns the pictures of all moments. So a console can be played
beyond the cell that shows it, through everything that the later cells did to its run. Where the past was rewritten
meanwhile (undo, then another act), the console keeps the steps that there were when it was shown.
"""

from __future__ import annotations

import json
import os
from typing import Any

from cp_teach.engine.journal import Journal
from cp_teach.engine.state import State

MIME = "application/vnd.cp-teach.replay+json"
SWITCH = "CP_TEACH_RECORD"
LONG = 24
"""Strings and structures of fewer letters than this are repeated rather than shared: a reference is as long."""


class Moment:
    """A recorded run at one moment: what ``view`` needs of a run, and nothing that could act."""

    def __init__(self, run: Any, journal: Journal) -> None:
        from cp_teach.engine.history import History

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
    from cp_teach.show.view import view

    moment = Moment(run, journal)
    views = []
    for position in range(journal.total + 1):
        moment.jump(position)
        picture = view(moment)
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
    if not os.environ.get(SWITCH) or not hasattr(run.journal, "copy"):
        return {}
    _shown.append(_Shown(run))
    return {MIME: {"console": len(_shown) - 1, "at": _shown[-1].at}}


def recordings() -> dict[str, Any]:
    """All that was recorded: for each console which recording it plays, and the recordings, packed."""
    found: dict[int, int] = {}
    consoles: list[int] = []
    recorded: list[list[dict[str, Any]]] = []
    for one in _shown:
        if one.overtaken():
            consoles.append(len(recorded))
            recorded.append(_views(one.run, one.journal, one.at)["views"])
            continue
        if id(one.run) not in found:
            found[id(one.run)] = len(recorded)
            recorded.append(record(one.run)["views"])
        consoles.append(found[id(one.run)])
    pool, packed = pack(recorded)
    return {"consoles": consoles, "pool": pool, "recordings": packed}


# -- packing -----------------------------------------------------------------------------------------------
def pack(value: Any) -> tuple[list[Any], Any]:
    """``value`` with every part that is worth it written once, in a pool: ``{"$": 7}`` stands for ``pool[7]``.

    Two pictures one step apart share nearly everything, so a recording is little longer than one picture and the
    differences. ``unpack`` undoes it; so does replay.js.
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
