"""The console: a pipeline to look at and to play with, in a notebook. ``Console(run)`` is an ordinary widget.

It holds no rules. It shows the view model (``view.py``) and sends what people ask for to the run; everything
that happens to the run, from whichever cell, widget or thread, shows in every console on it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from cp_teach.engine import Change, Refused
from cp_teach.show.console.message_handlers import perform
from cp_teach.show.console.playback import play
from cp_teach.show.diagrams import static_html
from cp_teach.show.diagrams.svg import svg
from cp_teach.show.offline import recording
from cp_teach.show.view.running_work import work
from cp_teach.show.view.tables import telling
from cp_teach.show.view.view_errors import Faults
from cp_teach.show.view.view_model import history_of, view
from cp_teach.style import sheet

STATIC = Path(__file__).parents[1] / "static"
BREATH = 0.05
"""A cell that changes the run many times in a row gets at most one picture in so many seconds, and one at its
end.
"""

FRAME = 0.2
"""What really works is drawn anew once in so many seconds at the most, however much it tells."""


class Console(anywidget.AnyWidget):
    """A pipeline on the screen: stages, transitions, revisions on their way, and everything you can ask of
    it.

    ``run`` is a ``Run``, or anything else with ``state``, ``journal``, ``do`` and ``listen``. ``size`` is
    "normal", or "projector" for the back row: bigger type, fewer details. ``speed`` is how many simulated
    minutes pass in a second while it plays.

    Traits to observe or to set: ``selected`` (the execution that is followed, 0 for none), ``playing``,
    ``speed`` and ``size``. Traits to observe only: ``view`` (all that is shown, as plain JSON), ``work`` (the fleets
    and logs of what really works, beside it because they change so often) and ``position`` (the moment of the journal).
    """

    _unlisten: Callable[[], None] | None = None  # here, because a console that was refused is closed, too
    _esm = "\n".join((STATIC / name).read_text(encoding="utf-8") for name in ("work.js", "console.js"))
    _css = sheet(".cp-console") + (STATIC / "console.css").read_text(encoding="utf-8")

    view = traitlets.Dict(help="all that is shown, as plain JSON: docs/widget.md").tag(sync=True)
    work = traitlets.Dict(help="fleets and logs by Stage/Action: docs/widget.md").tag(sync=True)
    position = traitlets.Int(0, help="the moment of the journal that is shown")
    selected = traitlets.Int(0, help="the execution that is followed; 0 for none").tag(sync=True)
    playing = traitlets.Bool(False, help="True while the clock runs").tag(sync=True)
    speed = traitlets.Float(1.0, help="simulated minutes in a second while it plays").tag(sync=True)
    size = traitlets.Enum(("normal", "projector"), "normal", help="normal, or projector").tag(sync=True)

    def __init__(self, run: Any, *, size: str = "normal", speed: float = 1.0, **kwargs: Any) -> None:
        for needed in ("state", "journal", "do", "listen"):
            if not hasattr(run, needed):
                raise TypeError(
                    f"Console shows something with state, journal, do and listen, such as Run(pipeline); "
                    f"{run!r} has no {needed}"
                )
        self.run = run
        self._lock = threading.RLock()
        self._said: dict[str, Any] = {"n": 0, "text": "", "alert": False}
        self._notice: dict[str, Any] | None = None
        self._answer: dict[str, Any] | None = None
        self._faults = Faults()
        self._drawn = 0.0
        self._due = self._frame_due = False
        self._framed = 0.0
        self._views = 0
        self._thread, self._loop = threading.get_ident(), _loop()
        self._handling = False
        self._player: asyncio.Task[None] | None = None
        made = view(run, faults=self._faults)
        working, position = made.pop("work", {}), made.get("position", 0)
        super().__init__(view=made, work=working, position=position, size=size, speed=speed, **kwargs)
        self.on_msg(self._heard)
        self._listen()

    # -- following the run -----------------------------------------------------------------------------------
    def _listen(self) -> None:
        if self._unlisten is not None:
            return
        self._unlisten = self.run.listen(self._changed)

    def _rest(self) -> None:
        """Stop following: nobody sees this console now. It catches up when it is shown again."""
        self.pause()
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None

    def _changed(self, change: Change) -> None:
        """The run says that something changed; this may be any thread."""
        if change.kind == "noted":
            self._noted()
            return
        with self._faults.guarding("the announcement"):
            self._announce(change)
        if self._handling:
            return  # the answer to the widget's own act follows at its end
        if threading.get_ident() == self._thread or self._loop is None:
            self._soon()
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.refresh)

    def _announce(self, change: Change) -> None:
        if change.kind == "did" and change.entry is not None:
            self._say(*telling(change.entry))
        elif change.kind == "moved":
            position = self.run.journal.position
            what = telling(self.run.journal[position - 1])[0] if position else "The beginning."
            self._say(f"Moment {position} of {self.run.journal.total}: {what}")

    def _soon(self) -> None:
        """Draw at once, unless the last picture is that fresh that another one would only flicker."""
        if self._loop is None or time.monotonic() - self._drawn > BREATH:
            self.refresh()
        elif not self._due:
            self._due = True
            self._loop.call_soon(self.refresh)

    def _noted(self) -> None:
        """Something was told of what really works; this may be any thread. Only that part is drawn, in its time."""
        if self._loop is None:
            self._draw_work()
        elif not self._frame_due and not self._loop.is_closed():
            self._frame_due = True
            self._loop.call_soon_threadsafe(self._next_frame)

    def _next_frame(self) -> None:
        wait = FRAME - (time.monotonic() - self._framed)
        if wait > 0 and self._loop is not None:
            self._loop.call_later(wait, self._draw_work)
        else:
            self._draw_work()

    def _draw_work(self) -> None:
        with self._lock:
            self._frame_due = False
            run = self.run
            try:
                working = work(run.journal, run.state, history_of(run))
            except Exception:  # the full picture reports it and keeps the last state
                self.refresh()
                return
            self.work = working
            self._framed = time.monotonic()

    def _say(self, text: str, alert: bool = False) -> None:
        self._notice = None
        self._said = {"n": self._said["n"] + 1, "text": text, "alert": alert}

    def refresh(self) -> None:
        """Update ``view`` from the run. This happens automatically while the console is shown.

        It does not raise: a part that cannot be computed keeps its last state, and ``view["fault"]`` says so.
        """
        with self._lock:
            self._due = False
            made = view(self.run, last={**self.view, "work": self.work}, faults=self._faults)
            made["said"] = self._said
            for key, told in (("notice", self._notice), ("answer", self._answer)):
                if told is not None:
                    made[key] = told
                else:
                    made.pop(key, None)
            self.work, self._framed = made.pop("work", {}), time.monotonic()
            self.view = made
            self.position = made.get("position", self.position)
            self._drawn = time.monotonic()

    # -- what the widget asks --------------------------------------------------------------------------------
    def _heard(self, widget: Any, content: Any, buffers: Any) -> None:
        act = content.get("act") if isinstance(content, dict) else None
        if act == "shown":
            self._views += 1
            if self._unlisten is None:
                self._listen()
                self.refresh()
        elif act == "hidden":
            self._views = max(0, self._views - 1)
            if not self._views:
                self._rest()
        elif act is not None:
            self.ask(content)

    def ask(self, message: dict[str, Any]) -> None:
        """Do what the widget asks for, say ``{"act": "undo"}``. A refusal is shown there, not raised."""
        with self._lock:
            self._handling = True
            refused = None
            try:
                refused = self._attempt(message)
            finally:
                self._handling = False
                if refused is not None:
                    self._say(str(refused), alert=True)
                    self._notice = {"text": str(refused), "error": refused.error}
                # The form keeps the typed text until its own act is answered, whatever else happens meanwhile.
                self._answer = {"id": message.get("id"), "refused": refused is not None}
                self.refresh()

    def _attempt(self, message: dict[str, Any]) -> Refused | None:
        try:
            perform(self, message)
        except Refused as refused:
            return refused
        except ConnectionError as error:  # the server of a pipeline behind the API is away
            return Refused("ServiceUnavailable", str(error))
        except Exception as error:
            self._faults.note("the answer to a button", error)
            return Refused("InternalFailure", "This could not be done because of an error in cp_teach.")
        return None

    # -- playing ---------------------------------------------------------------------------------------------
    def play(self, speed: float | None = None) -> None:
        """Let the clock run, ``speed`` simulated minutes a second. Other cells can be run meanwhile.

        Raises ``Refused`` when the run has no clock, or where nothing could move it (a plain script).
        """
        if speed is not None:
            self.speed = speed
        self.playing = True

    def pause(self) -> None:
        """Let the clock stand."""
        self.playing = False

    def stop_playing(self, error: Exception) -> None:
        """Stop the clock because it could not continue, and show the reason."""
        self.pause()
        if isinstance(error, Refused):
            text = str(error)
        else:
            self._faults.note("the next step", error)
            text = "The clock has stopped because the next step could not be computed."
        self._say(text, alert=True)
        self._notice = {"text": text, "error": "InternalFailure"}
        self.refresh()

    @traitlets.validate("playing")
    def _can_play(self, proposal: Any) -> bool:
        if proposal["value"]:
            self._check_clock()
        return bool(proposal["value"])

    def _check_clock(self) -> None:
        if not hasattr(self.run, "advance"):
            raise Refused(
                "ValidationException", "This pipeline keeps its own time.", "It cannot be played from here."
            )
        if self._loop is None or not self._loop.is_running():
            raise Refused(
                "ValidationException",
                "Playing needs a running event loop, as a notebook has one.",
                "In a script use run.advance(minutes=5) or run.settle().",
            )

    @traitlets.validate("speed")
    def _speed_is_positive(self, proposal: Any) -> float:
        if not 0 < proposal["value"] <= 10_000:
            raise traitlets.TraitError(
                f"speed is in simulated minutes a second, above 0; not {proposal['value']}"
            )
        return float(proposal["value"])

    @traitlets.observe("playing")
    def _play_or_pause(self, change: Any) -> None:
        if change["new"] and self._loop is not None:
            self._loop.call_soon_threadsafe(self._start_player)

    def _start_player(self) -> None:
        if self.playing and (self._player is None or self._player.done()):
            self._player = asyncio.ensure_future(play(self))

    # -- showing itself --------------------------------------------------------------------------------------
    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget for those who can load it; still pictures and one line of text for all others."""
        self.refresh()
        bundle = super()._repr_mimebundle_(**kwargs)
        calm: dict[str, Any] = {"text/plain": repr(self), "text/html": self._still_page()}
        with self._faults.guarding("the drawing"):
            calm |= self._drawn_still()
        if bundle is None:
            return calm
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        with self._faults.guarding("the recording"):
            calm |= recording.shown(self.run)
        return {**data, **calm}, metadata

    def _still_page(self) -> str:
        with self._faults.guarding("the still picture"):
            return static_html.html({**self.view, "work": self.work})
        return f"<p>{escape(repr(self))}</p><p>{escape(self._faults.sentence)}</p>"

    def _drawn_still(self) -> dict[str, str]:
        """The drawing for pages that take pictures but no HTML; none where no layout program is found."""
        run = self.run
        try:
            return {"image/svg+xml": svg(run.state.pipeline, run if hasattr(run, "history") else run.state)}
        except FileNotFoundError:
            return {}

    def __repr__(self) -> str:
        with self._faults.guarding("the line of text"):
            return static_html.text(self.view)
        return f"Console of {self.view['pipeline']['name']}"

    def close(self) -> None:
        """Take the console off the screen and stop following the run, which stays as it is."""
        self._rest()
        super().close()


def _loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
