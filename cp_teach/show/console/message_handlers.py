"""What each message of the widget asks for, and how it is asked of the run. No rule is decided here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cp_teach.engine import Refused, StartExecution
from cp_teach.show.view.moves import from_wire

if TYPE_CHECKING:
    from cp_teach.show.console.widget import Console


def perform(console: Console, message: dict[str, Any]) -> None:
    """Do what ``message`` asks. Raises ``Refused`` when it cannot be done."""
    act = _ACTS.get(str(message.get("act")))
    if act is None:
        raise Refused(
            "ValidationException", f"{message.get('act')!r} is nothing a console can do.", "Reload the page."
        )
    act(console, message)


def _do(console: Console, message: dict[str, Any]) -> None:
    typed = message.get("with") or {}
    command = from_wire(message.get("command") or (), typed)
    if isinstance(command, StartExecution) and hasattr(console.run, "release"):
        written = str(typed.get("message", "")).strip()
        console.run.release(written)  # the run knows how each source names its revisions
    else:
        console.run.do(command)


def _step(console: Console, message: dict[str, Any]) -> None:
    happened = _able(console, "step", "step")()
    if not happened:
        raise Refused("ValidationException", happened.note)


def _play(console: Console, message: dict[str, Any]) -> None:
    console.play()


def _pause(console: Console, message: dict[str, Any]) -> None:
    console.pause()


def _undo(console: Console, message: dict[str, Any]) -> None:
    console.pause()  # a clock that runs on would take the undone steps again at once
    _able(console, "undo", "go back")()


def _redo(console: Console, message: dict[str, Any]) -> None:
    console.pause()
    _able(console, "redo", "go forward")()


def _jump(console: Console, message: dict[str, Any]) -> None:
    console.pause()
    to = message.get("to", 0)
    if not isinstance(to, int) or isinstance(to, bool):
        raise Refused("ValidationException", f"{to!r:.60} is not a valid moment.", "Reload the page.")
    _able(console, "jump", "go back")(to)


def _inject(console: Console, message: dict[str, Any]) -> None:
    given = {key: message[key] for key in ("when", "failure", "chance") if key in message}
    _able(console, "inject", "plan failures")(str(message.get("stage")), str(message.get("action")), **given)


def _heal(console: Console, message: dict[str, Any]) -> None:
    _able(console, "heal", "plan failures")(str(message.get("stage")), str(message.get("action")))


def _able(console: Console, name: str, what: str) -> Callable[..., Any]:
    found = getattr(console.run, name, None)
    if found is None:
        raise Refused("ValidationException", f"This pipeline cannot {what} from here.")
    able: Callable[..., Any] = found
    return able


_ACTS: dict[str, Callable[[Console, dict[str, Any]], None]] = {
    "do": _do,
    "step": _step,
    "play": _play,
    "pause": _pause,
    "undo": _undo,
    "redo": _redo,
    "jump": _jump,
    "inject": _inject,
    "heal": _heal,
}
