"""The practice widget: levels one after the other, each with a console, goals, hints and par.

``desk.ask({"act": "hint"})`` does from Python what a button of the panel does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from cp_teach.course.levels.attempt import Attempt, LevelRun
from cp_teach.course.levels.level import Level, LevelQuestion, Option
from cp_teach.course.levels.library import levels, load_level
from cp_teach.course.levels.move_language import Answer
from cp_teach.course.levels.tokenizer import Unreadable
from cp_teach.course.practice.offline_level import offline_level
from cp_teach.course.practice.panel_view import GLYPHS, STATUS_TEXTS, panel_view
from cp_teach.course.practice.practice_state import PracticeState
from cp_teach.course.practice.progress import FORMAT, STATES, VERSION, BadProgress, Progress
from cp_teach.engine import Refused
from cp_teach.show import Console
from cp_teach.show.offline import recording
from cp_teach.show.static_files import scripts
from cp_teach.style import css_variables
from cp_teach.translation import _, ngettext, script_words

STATIC = Path(__file__).parents[1] / "static"
FILE = "cp-teach-progress.json"
PANEL_SCRIPT = scripts(("console/parts/words.js", "console/connection/heartbeat.js")) + (
    STATIC / "practice.js"
).read_text(encoding="utf-8")
Message = Mapping[str, Any]
"""A message of the panel: ``{"act": …}`` with the arguments of that act."""


class Panel(anywidget.AnyWidget):
    """The part above the console: the list of levels, the task, the goals and the buttons."""

    _esm = PANEL_SCRIPT
    _css = css_variables(".cp-practice") + (STATIC / "practice.css").read_text(encoding="utf-8")
    page = traitlets.Dict().tag(sync=True)
    """The view model: ``panel_view.panel_view`` and the last message to the learner, ``said``."""
    words = traitlets.Dict().tag(sync=True)
    """The words of the script in the reader's language; empty for English."""


class Practice(ipywidgets.VBox):  # type: ignore[misc]  # ipywidgets has no types
    """The widget that ``practice`` makes. ``level`` and ``run`` are those of the open level."""

    _console: Console | None = None  # class attributes, because close() also runs if __init__ fails
    _stop_listening: Callable[[], None] | None = None

    def __init__(self, levels: Mapping[str, Level], progress: Progress, first: str, size: str) -> None:
        self.levels, self.progress, self.size = dict(levels), progress, size
        self.panel = Panel(words=script_words(PANEL_SCRIPT))
        self.panel.on_msg(self._receive)
        note = progress.note
        self._message: dict[str, Any] = {"n": 0, "text": note, "alert": bool(note), "shown": False}
        super().__init__(children=[self.panel])
        self.start(first)

    # -- the open level --------------------------------------------------------------------------------
    @property
    def attempt(self) -> Attempt:
        """The attempt at the open level."""
        return self.state.attempt

    @property
    def level(self) -> Level:
        """The open level."""
        return self.state.level

    @property
    def par(self) -> int:
        """The fewest moves that solve the open level."""
        return self.state.par

    @property
    def run(self) -> LevelRun:
        """The run of the open level, which accepts only the moves of this level."""
        return self.attempt.run

    @property
    def console(self) -> Console:
        """The console of the open level."""
        assert self._console is not None, "a level is always open"
        return self._console

    def start(self, name: str) -> None:
        """Begin a level. Raises ``LookupError`` for a level that is not in the list."""
        self.state = PracticeState(self.levels, self.progress, name)
        if self._stop_listening is not None:
            self._stop_listening()
        old = self._console
        self._full_hint = self._announced = False
        self._console = Console(self.run, size=self.size)
        self._stop_listening = self.run.listen(lambda change: self._changed())
        self.children = [self.panel, self._console]
        if old is not None:
            old.close()
        self.refresh()

    def _changed(self) -> None:
        self.state.hint, self._full_hint = "", False
        self.refresh()

    def refresh(self) -> None:
        """Show the present state. Each move does this by itself."""
        won = self.attempt.won
        if won and not self._announced:
            self._announce_success()
        self._announced = won
        self.panel.page = panel_view(self.state) | {"said": self._message}

    def _announce_success(self) -> None:
        moves = self.attempt.moves
        if self.attempt.solution_shown:
            self.progress.record(self.level.name, "shown")
            self._say(_("Solved, with the solution shown. Reset, and try it by yourself."))
            return
        self.progress.record_solved(self.level.name, moves, self.attempt.hints)
        best = _("the fewest there are") if moves <= self.par else _("par is {par}", par=self.par)
        self._say(
            _(
                "Solved in {count}: {best}. {teaches}",
                count=_count(moves),
                best=best,
                teaches=_(self.level.teaches),
            )
        )

    def _say(self, text: str, alert: bool = False, shown: bool = False) -> None:
        """Announce a text; ``alert`` marks an error, ``shown`` a text that the panel shows elsewhere, too."""
        self._message = {"n": self._message["n"] + 1, "text": text, "alert": alert, "shown": shown}

    # -- messages of the panel -------------------------------------------------------------------------
    def _receive(self, widget: object, content: object, buffers: object) -> None:
        if isinstance(content, dict):
            if "act" in content:
                self.ask(content)
            if "ping" in content:
                self.panel.send({"heard": content["ping"]})  # the page counts on it, as the console's does

    def ask(self, message: Message) -> None:
        """Do what a button of the panel does, such as ``{"act": "hint"}``. The panel shows an error; none is raised."""
        act = _ACTS.get(str(message.get("act")))
        try:
            if act is None:
                raise Refused(
                    "ValidationException",
                    _("There is nothing called {given!r} here.", given=message.get("act")),
                )
            act(self, message)
        except (Refused, Unreadable, LookupError, BadProgress) as error:
            self._say(error.shown if isinstance(error, Refused) else str(error), alert=True)
        self.refresh()

    def _open(self, message: Message) -> None:
        self.start(str(message.get("level")))
        self._say(
            _(
                "Level {number} of {count}: {title}.",
                number=self.state.number,
                count=len(self.levels),
                title=_(self.level.title),
            )
        )

    def _next(self, message: Message) -> None:
        if self.state.number == len(self.levels):
            raise Refused("ValidationException", _("This is the last level."))
        self._open({"level": list(self.levels)[self.state.number]})

    def _skip(self, message: Message) -> None:
        self.progress.record(self.level.name, "skipped")
        self._next(message)

    def _hint(self, message: Message) -> None:
        """Show a hint for the learner's position; asked again, show the move itself."""
        path = self.attempt.path_to_goals()
        if self.attempt.won:
            hint = _("All goals are met. Go on to the next level.")
        elif path is None:
            hint = _("A way from here was not found in time. Reset, and begin again.")
        elif path.moves is None:
            hint = _(self.level.lost_message)
        else:
            self.attempt.hints += 1
            if self._full_hint:
                after = (
                    _("; after that {count}", count=_count(len(path.moves) - 1))
                    if len(path.moves) > 1
                    else ""
                )
                hint = _("Next: {move}{after}.", move=self.state.path_labels(path.moves[:1])[0], after=after)
            else:
                move = self.level.move_text(path.moves[0])
                hints = sorted(
                    (h for h in self.level.hints if h.next in (move, "")), key=lambda h: not h.next
                )
                hint = (
                    _(hints[0].text)
                    if hints
                    else _("The goals are {count} away.", count=_count(len(path.moves)))
                )
                self._full_hint = True
        self.state.hint = hint
        self._say(hint, shown=True)

    def _solution(self, message: Message) -> None:
        path = self.attempt.path_to_goals()
        if path is None or path.moves is None:
            raise Refused(
                "ValidationException", _("From here no way leads to the goals."), _("Reset, and ask again.")
            )
        self.attempt.solution_shown = self.attempt.solution_shown or bool(path.moves)
        self.state.solution = self.state.path_labels(path.moves)
        self._say(_("From here it takes: {solution}.", solution="; ".join(self.state.solution)), shown=True)

    def _undo(self, message: Message) -> None:
        self.console.pause()
        self.attempt.undo()
        self._changed()

    def _reset(self, message: Message) -> None:
        self.console.pause()
        self.attempt.reset()
        self.attempt.solution_shown, self.attempt.hints = False, 0
        self.state.solution, self.state.chosen = [], -1
        self._say(_("Back at the beginning of the level."))
        self._changed()

    def _move(self, message: Message) -> None:
        text = str(message.get("move"))
        moves = [move for move in self.attempt.possible() if self.level.move_text(move) == text]
        if not moves:
            raise Refused("ValidationException", _("{text!r} cannot be done now.", text=text))
        events = self.attempt.do(moves[0])
        if not self.attempt.won:  # else the success was announced
            self._say(" ".join(str(events).splitlines()))
        self._changed()

    def _predict(self, message: Message) -> None:
        number = message.get("number")
        if type(number) is not int or not 0 <= number < len(self.level.predictions):
            raise Refused("ValidationException", _("This level has no such question."), _("Reload the page."))
        question = self.level.predictions[number]
        self.state.predicted[number], option = _chosen(question, message)
        correct = question.correct_option(self.level.play(self.level.start, question.after))
        assert correct is not None, "read_level has checked it"
        self._say(
            _("Your prediction is right.")
            if option is correct
            else _("Incorrect. What happens: {text}", text=_(correct.text))
        )

    def _answer(self, message: Message) -> None:
        if self.level.question is None:
            raise Refused(
                "ValidationException", _("This level has no question to answer."), _("Reload the page.")
            )
        self.state.chosen, option = _chosen(self.level.question, message)
        self.attempt.do(Answer(option.text))
        if not self.attempt.won:
            self._say(_("Incorrect. {reason}", reason=_(option.reason)))

    def _import(self, message: Message) -> None:
        count = self.progress.import_text(str(message.get("text", "")))
        self._say(_("Imported: {count}.", count=ngettext("{count} level", "{count} levels", count)))

    def _wipe(self, message: Message) -> None:
        self.progress.wipe()
        self._say(_("Your progress is wiped."))

    # -- display ---------------------------------------------------------------------------------------
    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        self.refresh()
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)
        return {**bundle, "text/plain": repr(self), **self._offline_form()}

    def _offline_form(self) -> dict[str, Any]:
        """The form of the practice for an exported page, which has no kernel; empty unless an exporter records."""
        if not recording.recording():
            return {}
        shared = recording.shared_data("practice")
        for name, level in self.levels.items():
            if name not in shared and (data := offline_level(level)) is not None:
                shared[name] = data
        model = {
            "first": self.level.name,
            "levels": [name for name in self.levels if name in shared],
            "rules": {
                "format": FORMAT,
                "version": VERSION,
                "states": STATES,
                "words": STATUS_TEXTS,
                "glyphs": GLYPHS,
            },
        }
        scripts = [STATIC / "practice.js", STATIC / "practice_alive.js"]
        return recording.widget_data("practice", model, scripts, [STATIC / "practice.css"], lambda: shared)

    def __repr__(self) -> str:
        marks = zip(self.level.goals, self.level.met(self.attempt.moment), strict=True)
        goals = [f"  {'✓' if met else '○'} {goal.text}" for goal, met in marks]
        return "\n".join([f"Level {self.state.number}: {self.level.title}", self.level.task, *goals])

    def close(self) -> None:
        """Remove the widget from the screen."""
        if self._stop_listening is not None:
            self._stop_listening()
        for widget in (self._console, self.panel):
            if widget is not None:
                widget.close()
        super().close()


def _chosen(question: LevelQuestion, message: Message) -> tuple[int, Option]:
    """The option that the panel sent, with its index. Raises ``Refused`` if the question has no such option."""
    option = message.get("option")
    if type(option) is not int or not 0 <= option < len(
        question.options
    ):  # True is an int, but not an option
        raise Refused("ValidationException", _("Choose an option first."))
    return option, question.options[option]


def _count(number: int) -> str:
    return ngettext("{count} move", "{count} moves", number)


_ACTS: dict[str, Callable[[Practice, Message], None]] = {
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
    """Practise on the levels of the kit in sequence, from the first that you have not solved.

    ``level``: the level to begin with, by name; or a level file of your own, or a ``Level``, which is then the only one
    in the list. ``progress``: the file for what you have solved, relative to the working folder; None keeps it in
    memory. ``size``: "normal", or "projector" for a lecture hall. Raises ``BadLevel`` or ``FileNotFoundError``.
    """
    results = Progress(Path(progress) if progress is not None else None)
    choice = levels()
    if isinstance(level, Level):
        choice = {level.name: level}
    elif level is not None and str(level) not in choice:
        own = load_level(level)
        choice = {own.name: own}
    if isinstance(level, str) and level in choice:
        first = level
    else:
        first = next((name for name in choice if results.state(name) != "solved"), next(iter(choice)))
    return Practice(choice, results, first, size)
