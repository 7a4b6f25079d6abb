"""Message handlers: what each message of the widget does to the run. They decide no rule of a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from cp_teach.engine import Refused, StartExecution
from cp_teach.engine.run.protocols import Branching, Injectable, Observable, Rewindable, Steppable
from cp_teach.engine.run.result import CommandResult
from cp_teach.show.view.moves import from_wire
from cp_teach.translation import N_, _

Message = Mapping[str, Any]
"""A message as it came from the page: untrusted JSON. docs/widget.md lists the messages."""


@runtime_checkable
class Releasing(Protocol):
    """A run that knows how each source names its newest revision."""

    def release(self, message: str = "") -> CommandResult:
        """Start an execution with the newest revisions."""


class Player(Protocol):
    """What shows a run: it lets the clock go on, or stops it, and shows more of the past."""

    def play(self) -> None:
        """Start the clock. Raises ``Refused`` if the run has none."""

    def pause(self) -> None:
        """Stop the clock."""

    def show_more(self, part: str) -> None:
        """Show more of the log or of the executions. Raises ``Refused`` for another part."""


def perform(run: Observable, player: Player, message: Message) -> None:
    """Do what ``message`` asks. Raises ``Refused`` if that is not possible."""
    handler = _HANDLERS.get(str(message.get("act")))
    if handler is None:
        raise Refused(
            "ValidationException",
            _("The console has no act {value!r}.", value=message.get("act")),
            _("Reload the page."),
        )
    handler(run, player, message)


def _do(run: Observable, player: Player, message: Message) -> None:
    typed = message.get("with") or {}
    command = from_wire(message.get("command") or (), typed)
    if isinstance(command, StartExecution) and isinstance(run, Releasing):
        run.release(str(typed.get("message", "")).strip())  # it knows how each source names its revisions
    else:
        run.do(command)


def _step(run: Observable, player: Player, message: Message) -> None:
    if not isinstance(run, Steppable):
        raise _unsupported("step")
    events = run.step()
    if not events:
        raise Refused("ValidationException", events.note)


def _jump(run: Observable, player: Player, message: Message) -> None:
    position = message.get("to", 0)
    if not isinstance(position, int) or isinstance(position, bool):
        raise Refused(
            "ValidationException",
            _("{position!r:.60} is not a valid step.", position=position),
            _("Reload the page."),
        )
    _rewindable(run, player, _("go back")).jump(position)


def _switch_branch(run: Observable, player: Player, message: Message) -> None:
    player.pause()
    if not isinstance(run, Branching):
        raise _unsupported(_("go to a branch"))
    number: Any = message.get("to")
    run.switch_branch(number)


def _rewindable(run: Observable, player: Player, what: str) -> Rewindable:
    player.pause()  # otherwise the clock would repeat the undone steps at once
    if not isinstance(run, Rewindable):
        raise _unsupported(what)
    return run


def _inject(run: Observable, player: Player, message: Message) -> None:
    plan = {key: message[key] for key in ("when", "failure", "chance") if key in message}
    _injectable(run).inject(*_target(message), **plan)


def _target(message: Message) -> tuple[str, str]:
    return str(message.get("stage")), str(message.get("action"))


def _injectable(run: Observable) -> Injectable:
    if not isinstance(run, Injectable):
        raise _unsupported(_("plan failures"))
    return run


def _unsupported(what: str) -> Refused:
    return Refused("ValidationException", _("This pipeline cannot {what} from here.", what=what))


_HANDLERS: dict[str, Callable[[Observable, Player, Message], object]] = {
    "do": _do,
    "step": _step,
    "play": lambda run, player, message: player.play(),
    "pause": lambda run, player, message: player.pause(),
    "more": lambda run, player, message: player.show_more(str(message.get("of"))),
    "undo": lambda run, player, message: _rewindable(run, player, N_("go back")).undo(),
    "redo": lambda run, player, message: _rewindable(run, player, N_("go forward")).redo(),
    "jump": _jump,
    "branch": _switch_branch,
    "inject": _inject,
    "heal": lambda run, player, message: _injectable(run).heal(*_target(message)),
}
