"""Practise on levels: ``practice()`` shows them one after the other, each with its console, goals, hints and par.

Everything that is shown can be asked for from Python, too: ``desk.ask({"act": "hint"})``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from cp_teach.course.levels.attempt import Attempt
from cp_teach.course.levels.goal_language import Unreadable
from cp_teach.course.levels.level import Asked, Level, Option, levels, load_level
from cp_teach.course.levels.move_language import Answer
from cp_teach.course.levels.solver import fewest
from cp_teach.course.practice.panel_view import GLYPHS, page
from cp_teach.course.practice.panel_view import WORDS as LEVEL_WORDS
from cp_teach.course.practice.progress import FORMAT, VERSION, BadProgress, Progress
from cp_teach.course.practice.progress import WORDS as STATES
from cp_teach.engine import Refused
from cp_teach.show import Console
from cp_teach.show.offline import recording
from cp_teach.style import sheet

STATIC = Path(__file__).parents[1] / "static"
FILE = "cp-teach-progress.json"
_CARRIED: dict[str, Any] = {}
"""The levels that an export takes along, as data."""


class Panel(anywidget.AnyWidget):
    """What stands above the console: the list of levels, the task, the goals and the buttons."""

    _esm = STATIC / "practice.js"
    _css = sheet(".cp-practice") + (STATIC / "practice.css").read_text(encoding="utf-8")
    page = traitlets.Dict().tag(sync=True)
    """All that is shown, as plain JSON: see ``practice_page.page``."""


class Practice(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """A place to practise: made by ``practice``. ``level`` and ``run`` are what is being worked on."""

    _console: Console | None = None  # here, because one that could not begin is closed, too
    _unlisten: Callable[[], None] | None = None

    def __init__(self, known: Mapping[str, Level], progress: Progress, first: str, size: str) -> None:
        self.levels, self.progress, self.size = dict(known), progress, size
        self.panel = Panel()
        self.panel.on_msg(self._heard)
        self.hint = ""
        self.solution: list[str] = []
        self.predicted: dict[int, int] = {}
        self.chosen = -1
        self._said: dict[str, Any] = {
            "n": 0,
            "text": progress.note,
            "alert": bool(progress.note),
            "shown": False,
        }
        self._rung = 0
        self._told = False
        super().__init__(children=[self.panel])
        self.start(first)

    # -- where we are --------------------------------------------------------------------------------
    @property
    def level(self) -> Level:
        """The level that is open."""
        return self.attempt.level

    @property
    def run(self) -> Any:
        """The run of the open level; it takes this level's moves alone."""
        return self.attempt.run

    @property
    def console(self) -> Console:
        """The console of the open level."""
        assert self._console is not None, "a level is always open"
        return self._console

    def start(self, name: str) -> None:
        """Begin a level. Raises ``LookupError`` for one that is not in the list."""
        if name not in self.levels:
            raise LookupError(f"there is no level {name!r}; the levels are: {', '.join(self.levels)}")
        old = self._console
        if self._unlisten is not None:
            self._unlisten()
        self.attempt = Attempt(self.levels[name])
        self.par = fewest(self.level)
        self.hint, self.solution, self.predicted, self.chosen = "", [], {}, -1
        self._rung, self._told = 0, False
        self._console = Console(self.run, size=self.size)
        self._unlisten = self.run.listen(lambda change: self._changed())
        self.children = [self.panel, self._console]
        if old is not None:
            old.close()
        self.refresh()

    def _changed(self) -> None:
        self.hint, self._rung = "", 0
        self.refresh()

    def refresh(self) -> None:
        """Show how things stand; it happens by itself after every move."""
        if self.attempt.won and not self._told:
            self._told = True
            self._win()
        elif not self.attempt.won:
            self._told = False
        self.panel.page = page(self) | {"said": self._said}

    def _win(self) -> None:
        moves = self.attempt.moves
        if self.attempt.shown:
            self.progress.other(self.level.name, "shown")
            self._say("Solved, with the solution shown. Reset, and try it by yourself.")
            return
        self.progress.solved(self.level.name, moves, self.attempt.hints)
        count = f"{moves} move{'' if moves == 1 else 's'}"
        best = "the fewest there are" if moves <= self.par else f"par is {self.par}"
        self._say(f"Solved in {count}: {best}. {self.level.teaches}")

    def _say(self, text: str, alert: bool = False, shown: bool = False) -> None:
        self._said = {"n": self._said["n"] + 1, "text": text, "alert": alert, "shown": shown}

    # -- what the panel asks ----------------------------------------------------------------------------
    def _heard(self, widget: Any, content: Any, buffers: Any) -> None:
        if isinstance(content, dict):
            self.ask(content)

    def ask(self, message: Mapping[str, Any]) -> None:
        """Do what the panel asks for, say ``{"act": "hint"}``. What cannot be done is said there, not raised."""
        act = _ACTS.get(str(message.get("act")))
        try:
            if act is None:
                raise Refused("ValidationException", f"There is nothing called {message.get('act')!r} here.")
            act(self, message)
        except (Refused, Unreadable, LookupError, BadProgress) as error:
            self._say(str(error), alert=True)
        self.refresh()

    def _open(self, message: Mapping[str, Any]) -> None:
        self.start(str(message.get("level")))
        self._say(f"Level {self.number} of {len(self.levels)}: {self.level.title}.")

    @property
    def number(self) -> int:
        """The place of the open level in the list, from 1."""
        return list(self.levels).index(self.level.name) + 1

    def _next(self, message: Mapping[str, Any]) -> None:
        if self.number == len(self.levels):
            raise Refused("ValidationException", "This is the last level.")
        self._open({"level": list(self.levels)[self.number]})

    def _skip(self, message: Mapping[str, Any]) -> None:
        self.progress.other(self.level.name, "skipped")
        self._next(message)

    def _hint(self, message: Mapping[str, Any]) -> None:
        """First a nudge, then the move itself: both for where the learner is."""
        standing = self.attempt.standing()
        if self.attempt.won:
            self.hint = "All goals are met. Go on to the next level."
        elif standing is None:
            self.hint = "A way from here was not found in time. Reset, and begin again."
        elif standing.way is None:
            self.hint = f"{self.level.lost or 'From here the goals cannot be reached any more. Undo.'}"
        else:
            self.attempt.hints += 1
            move = standing.way[0]
            if not self._rung:
                written = self.level.words(move)
                fitting = [h.text for h in self.level.hints if h.next == written]
                fitting += [h.text for h in self.level.hints if not h.next]
                self.hint = (fitting or [f"The goals are {_count(len(standing.way))} away."])[0]
                self._rung = 1
            else:
                left = _count(len(standing.way) - 1)
                after = f"; after that {left}" if len(standing.way) > 1 else ""
                self.hint = f"Next: {label(self, move)}{after}."
        self._say(self.hint, shown=True)

    def _solution(self, message: Mapping[str, Any]) -> None:
        standing = self.attempt.standing()
        if standing is None or standing.way is None:
            raise Refused(
                "ValidationException", "From here no way leads to the goals.", "Reset, and ask again."
            )
        self.attempt.shown = self.attempt.shown or bool(standing.way)
        moment, told = self.attempt.moment, []
        for move in standing.way:
            told.append(label(self, move, moment.state))
            moment = self.level.move(moment, move)
        self.solution = told
        self._say(f"From here it takes: {'; '.join(told)}.", shown=True)

    def _undo(self, message: Mapping[str, Any]) -> None:
        self.console.pause()
        self.attempt.undo()
        self._changed()

    def _reset(self, message: Mapping[str, Any]) -> None:
        self.console.pause()
        self.attempt.reset()
        self.attempt.shown, self.attempt.hints = False, 0
        self.solution, self.chosen = [], -1
        self._say("Back at the beginning of the level.")
        self._changed()

    def _move(self, message: Mapping[str, Any]) -> None:
        written = str(message.get("move"))
        fitting = [move for move in self.attempt.possible() if self.level.words(move) == written]
        if not fitting:
            raise Refused("ValidationException", f"{written!r} cannot be done now.")
        happened = self.attempt.do(fitting[0])
        if not self.attempt.won:  # else it was told already that the level is solved
            self._say(" ".join(str(happened).splitlines()))
        self._changed()

    def _predict(self, message: Mapping[str, Any]) -> None:
        number = message.get("number")
        if type(number) is not int or not 0 <= number < len(self.level.predictions):
            raise Refused("ValidationException", "This level has no such question.", "Reload the page.")
        asked = self.level.predictions[number]
        self.predicted[number], mine = _chosen(asked, message)
        right = self.level.right(asked, self.level.play(self.level.start, asked.after))
        assert right is not None, "the reader of the file has proven it"
        self._say("Your prediction is right." if mine is right else f"Not so. What happens: {right.text}")

    def _answer(self, message: Mapping[str, Any]) -> None:
        if self.level.question is None:
            raise Refused("ValidationException", "This level has no question to answer.", "Reload the page.")
        self.chosen, option = _chosen(self.level.question, message)
        self.attempt.do(Answer(option.text))
        if not self.attempt.won:
            self._say(f"Not so. {option.reason}")

    def _import(self, message: Mapping[str, Any]) -> None:
        count = self.progress.take(str(message.get("text", "")))
        self._say(f"Imported: {_count(count, 'level')}.")

    def _wipe(self, message: Mapping[str, Any]) -> None:
        self.progress.wipe()
        self._say("Your progress is wiped.")

    # -- showing itself ----------------------------------------------------------------------------------
    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self.refresh()
        bundle = super()._repr_mimebundle_(**kwargs)
        bundle["text/plain"] = repr(self)
        return {**bundle, **self._carried()}

    def _carried(self) -> dict[str, Any]:
        """What a page without a kernel needs to go on with the practice."""
        if not recording.recording():
            return {}
        from cp_teach.course.practice.offline_level import carry

        for name, level in self.levels.items():
            if name not in _CARRIED and (found := carry(level)) is not None:
                _CARRIED[name] = found
        model = {
            "first": self.level.name,
            "levels": [name for name in self.levels if name in _CARRIED],
            "rules": {
                "format": FORMAT, "version": VERSION, "states": STATES, "words": LEVEL_WORDS, "glyphs": GLYPHS
            },
        }  # fmt: skip
        scripts = [STATIC / "practice.js", STATIC / "practice_alive.js"]
        return recording.place("practice", model, scripts, [STATIC / "practice.css"], lambda: _CARRIED)

    def __repr__(self) -> str:
        marks = zip(self.level.goals, self.level.met(self.attempt.moment), strict=True)
        goals = [f"  {'✓' if met else '○'} {goal.text}" for goal, met in marks]
        return "\n".join([f"Level {self.number}: {self.level.title}", self.level.task, *goals])

    def close(self) -> None:
        """Take it off the screen."""
        if self._unlisten is not None:
            self._unlisten()
        for inside in (self._console, self.panel):
            if inside is not None:
                inside.close()
        super().close()


def label(desk: Practice, move: Any, state: Any = None) -> str:
    """What to do, in the words of the buttons."""
    from cp_teach.course.practice.panel_view import told

    return told(state or desk.run.state, move)


def _chosen(asked: Asked, message: Mapping[str, Any]) -> tuple[int, Option]:
    """The option that the panel sent. Raises ``Refused`` for one that is not there."""
    option = message.get("option")
    if type(option) is not int or not 0 <= option < len(asked.options):  # True is an int, but not an option
        raise Refused("ValidationException", "Choose an option first.")
    return option, asked.options[option]


def _count(number: int, word: str = "move") -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


_ACTS: dict[str, Callable[[Practice, Mapping[str, Any]], None]] = {
    "open": Practice._open,
    "next": Practice._next,
    "skip": Practice._skip,
    "hint": Practice._hint,
    "solution": Practice._solution,
    "undo": Practice._undo,
    "reset": Practice._reset,
    "move": Practice._move,
    "predict": Practice._predict,
    "answer": Practice._answer,
    "import": Practice._import,
    "wipe": Practice._wipe,
}


def practice(
    level: str | Path | Level | None = None, *, progress: str | Path | None = FILE, size: str = "normal"
) -> Practice:
    """Practise on the levels of the kit, in sequence; it begins at the first that is not solved yet.

    ``level``: where to begin, by name; or a level file of your own, or a ``Level``, which then stands alone in the
    list. ``progress``: the file in which what you have solved is kept (in this folder, unless told otherwise); None
    keeps it in memory. ``size`` "projector" is for the back row. Raises ``BadLevel`` or ``FileNotFoundError``.
    """
    kept = Progress(Path(progress) if progress is not None else None)
    known = levels()
    if isinstance(level, Level):
        known = {level.name: level}
    elif level is not None and str(level) not in known:
        own = load_level(level)
        known = {own.name: own}
    if isinstance(level, str) and level in known:
        first = level
    else:
        first = next((name for name in known if kept.state(name) != "solved"), next(iter(known)))
    return Practice(known, kept, first, size)
