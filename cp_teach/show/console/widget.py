"""The console widget: shows a pipeline run in a notebook and sends what people ask for to the run.

It decides no rule of a pipeline. Every change of the run, by a cell, another widget or a thread, shows in every
console on it.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import anywidget
import traitlets

from cp_teach.engine import Change, Refused
from cp_teach.engine.run.protocols import Observable, Steppable
from cp_teach.kernel_client import runs_unattended
from cp_teach.show.console.message_handlers import Message, perform
from cp_teach.show.console.questions import answer, is_question
from cp_teach.show.console.repaints import Repaints
from cp_teach.show.console.view_changes import changes
from cp_teach.show.diagrams import static_html
from cp_teach.show.diagrams.svg import svg
from cp_teach.show.offline import recording
from cp_teach.show.static_files import CONSOLE_SCRIPTS, scripts, static, words
from cp_teach.show.view.schema import Announcement, Answer, Notice, View
from cp_teach.show.view.tables import Shown, announcement
from cp_teach.show.view.view_errors import Faults
from cp_teach.show.view.view_model import history_of, view
from cp_teach.show.view.work.running_work import work
from cp_teach.style import css_variables
from cp_teach.translation import N_, _

TICK = 0.2
"""Seconds between two pictures while the console plays: smooth enough for the eye, and the kernel stays free."""


class Console(anywidget.AnyWidget):
    """A pipeline on the screen: stages, transitions, executions in progress, and everything you can ask of
    it.

    ``run`` is a ``Run``, or anything else with ``state``, ``journal``, ``do`` and ``listen``. ``size`` is
    "normal", or "projector" for the back row: bigger type, fewer details. ``speed`` is the number of simulated
    minutes that pass in a second while it plays. Raises ``TypeError`` for a ``run`` that cannot be shown.

    Traits to observe or to set: ``selected`` (the execution that is followed, 0 for none), ``playing``,
    ``speed`` and ``size``. Traits to observe only: ``view`` (all that is shown, as plain JSON), ``work`` (fleets
    and logs, apart from ``view`` because they change so often) and ``position`` (the moment of the journal).
    """

    _unlisten: Callable[[], None] | None = (
        None  # a class attribute, because close() also runs after a TypeError
    )
    _esm = scripts(CONSOLE_SCRIPTS) + "\nexport default { initialize, render };\n"
    _css = css_variables(".cp-console") + static("console.css")

    view = traitlets.Dict(help="all that is shown, as plain JSON: docs/widget.md")
    work = traitlets.Dict(help="fleets and logs by Stage/Action: docs/widget.md").tag(sync=True)
    position = traitlets.Int(0, help="the moment of the journal that is shown")
    selected = traitlets.Int(0, help="the execution that is followed; 0 for none").tag(sync=True)
    playing = traitlets.Bool(False, help="True while the clock runs").tag(sync=True)
    speed = traitlets.Float(1.0, help="simulated minutes in a second while it plays").tag(sync=True)
    size = traitlets.Enum(("normal", "projector"), "normal", help="normal, or projector").tag(sync=True)

    def __init__(
        self, run: Observable, *, size: str = "normal", speed: float = 1.0, **kwargs: object
    ) -> None:
        for needed in ("state", "journal", "do", "listen"):
            if not hasattr(run, needed):
                raise TypeError(
                    "Console needs a run with state, journal, do and listen, such as Run(pipeline); "
                    f"{run!r} has no {needed}"
                )
        self.run = run
        self._lock = threading.RLock()
        self._announcement: Announcement = {"n": 0, "text": "", "alert": False}
        self._notice: Notice | None = None
        self._answer: Answer | None = None
        self._faults = Faults()
        self._shown = Shown()
        self._words = words(CONSOLE_SCRIPTS)
        self._visible_views = self._drawing = 0
        self._repaints = Repaints(self.refresh, self._paint_work)
        self._playback: asyncio.Task[None] | None = None
        picture: View = {**view(run, faults=self._faults), "can_show_more": True}
        running_work, position = picture.pop("work", {}), picture.get("position", 0)
        super().__init__(view=picture, work=running_work, position=position, size=size, speed=speed, **kwargs)
        self.on_msg(self._on_message)
        self._listen()

    # -- following the run -----------------------------------------------------------------------------------
    def _listen(self) -> None:
        if self._unlisten is None:
            self._unlisten = self.run.listen(self._on_change)

    def _unfollow(self) -> None:
        """Stop listening while no page shows this console. It catches up when it is shown again."""
        self.pause()
        if self._unlisten is not None:
            self._unlisten()
            self._unlisten = None

    def _on_change(self, change: Change) -> None:
        """Handle a change of the run, on any thread."""
        if change.kind == "noted":
            self._repaints.request_work()
            return
        with self._faults.guarding(N_("the announcement")):
            self._announce_change(change)
        self._repaints.request()

    def _announce_change(self, change: Change) -> None:
        if change.kind == "did" and change.entry is not None:
            self._announce(*announcement(change.entry))
        elif change.kind == "moved":
            journal = self.run.journal
            text = announcement(journal[journal.position - 1])[0] if journal.position else _("The beginning.")
            self._announce(
                _(
                    "Step {position} of {total}: {text}",
                    position=journal.position,
                    total=journal.total,
                    text=text,
                )
            )

    def _announce(self, text: str, alert: bool = False) -> None:
        self._notice = None
        self._announcement = {"n": self._announcement["n"] + 1, "text": text, "alert": alert}

    def _show_notice(self, text: str, error: str) -> None:
        self._announce(text, alert=True)
        self._notice = {"text": text, "error": error}

    def _paint_work(self) -> None:
        with self._lock:
            self._repaints.work_painted()
            run = self.run
            try:
                self.work = work(run.journal, run.state, history_of(run))
            except Exception:  # the full picture reports it and keeps the last state
                self.refresh()

    def refresh(self) -> None:
        """Update ``view`` from the run. This happens automatically while the console is shown.

        It does not raise: a part that cannot be computed keeps its last state, and ``view["fault"]`` says so.
        """
        with self._lock:
            self._repaints.painted()
            before = _picture(self.view, self.work)
            picture = view(self.run, last=before, faults=self._faults, shown=self._shown)
            picture["can_show_more"] = True
            picture["said"] = self._announcement
            picture.pop("notice", None)
            picture.pop("answer", None)
            if self._notice is not None:
                picture["notice"] = self._notice
            if self._answer is not None:
                picture["answer"] = self._answer
            self.work = picture.pop("work", {})
            self.view = dict(picture)
            self.position = picture.get("position", self.position)

    # -- what the page has: the whole picture once, then what changes ----------------------------------------
    def get_state(self, key: Any = None, drop_defaults: bool = False) -> dict[str, Any]:
        """The state of the widget for a page, or the part of it named ``key``: the whole picture is in it, too,
        and the words of a language other than English."""
        with self._lock:
            state: dict[str, Any] = super().get_state(key, drop_defaults)
            if key is not None:
                return state
            whole = {**state, "view": self.view, "drawing": self._drawing}
            return {**whole, "words": self._words} if self._words else whole

    @traitlets.observe("view")
    def _send_changes(self, change: Mapping[str, Any]) -> None:
        if self.comm is None:  # it is being made: the page gets the whole picture
            return
        before, self._drawing = self._drawing, self._drawing + 1
        self.send({"changes": changes(change["old"], change["new"]), "drawing": [before, self._drawing]})

    def _send_whole(self) -> None:
        with self._lock:
            state = {"view": self.view, "drawing": self._drawing}
            self._send({"method": "update", "state": state, "buffer_paths": []})

    # -- messages of the widget ------------------------------------------------------------------------------
    def _on_message(self, widget: object, content: object, buffers: object) -> None:
        if not isinstance(content, dict):
            return
        act = content.get("act")
        if act == "whole":
            self._send_whole()
        elif act == "shown":
            self._visible_views += 1
            if self._unlisten is None:
                self._listen()
                self.refresh()
        elif act == "hidden":
            self._visible_views = max(0, self._visible_views - 1)
            if not self._visible_views:
                self._unfollow()
        elif is_question(content):
            self.send({"id": content.get("id"), **self.answer(content)})
        elif act is not None:
            self.ask(content)
        if "ping" in content:
            self.send({"heard": content["ping"]})  # the page counts on it: a console without answers is dead

    def ask(self, message: Message) -> None:
        """Do what the widget asks for, such as ``{"act": "undo"}``. A refusal is shown there, not raised."""
        with self._lock, self._repaints.held():
            refused = self._attempt(message)
            if refused is not None:
                self._show_notice(refused.shown, refused.error)
            # The form keeps the typed text until its own act is answered, even if something else happens meanwhile.
            self._answer = {"id": message.get("id"), "refused": refused is not None}

    def answer(self, message: Message) -> dict[str, Any]:
        """Answer a question of the widget, such as ``{"act": "details", "of": ["execution", 2]}``.

        A refusal is the answer ``{"refused": sentence}``.
        """
        with self._lock:
            try:
                return answer(self.run, message)
            except Refused as refused:
                return {"refused": str(refused)}
            except ConnectionError as error:
                return {"refused": str(error)}
            except Exception as error:
                self._faults.note(N_("the details"), error)
                return {"refused": _("The details could not be computed because of an error in cp_teach.")}

    def _attempt(self, message: Message) -> Refused | None:
        try:
            perform(self.run, self, message)
        except Refused as refused:
            return refused
        except ConnectionError as error:  # the server of a pipeline behind the API is away
            return Refused("ServiceUnavailable", str(error))
        except Exception as error:
            self._faults.note(N_("the answer to a button"), error)
            return Refused("InternalFailure", _("This could not be done because of an error in cp_teach."))
        return None

    def show_more(self, part: str) -> None:
        """Show more of the past: ``part`` is "log" or "executions".

        Raises ``Refused`` for another part.
        """
        try:
            self._shown = self._shown.more(part)
        except ValueError as error:
            raise Refused("ValidationException", str(error)) from error
        self.refresh()

    # -- playing ---------------------------------------------------------------------------------------------
    def play(self, speed: float | None = None) -> None:
        """Let the clock run, ``speed`` simulated minutes a second. Other cells can be run meanwhile.

        Raises ``Refused`` if the run has no clock, or without a running event loop (in a plain script).
        """
        if speed is not None:
            self.speed = speed
        self.playing = True

    def pause(self) -> None:
        """Stop the clock."""
        self.playing = False

    def _stop_clock(self, error: Exception) -> None:
        self.pause()
        if isinstance(error, Refused):
            text = error.shown
        else:
            self._faults.note(N_("the next step"), error)
            text = _("The clock has stopped because the next step could not be computed.")
        self._show_notice(text, "InternalFailure")
        self.refresh()

    @traitlets.validate("playing")
    def _validate_playing(self, proposal: Mapping[str, Any]) -> bool:
        if proposal["value"]:
            self._check_clock()
        return bool(proposal["value"])

    def _check_clock(self) -> None:
        if not isinstance(self.run, Steppable):
            raise Refused(
                "ValidationException",
                _("This pipeline keeps its own time."),
                _("It cannot be played from here."),
            )
        loop = self._repaints.loop
        if loop is None or not loop.is_running():
            raise Refused(
                "ValidationException",
                _("Playing needs a running event loop, as a notebook has one."),
                _("In a script use run.advance(minutes=5) or run.settle()."),
            )

    @traitlets.validate("speed")
    def _validate_speed(self, proposal: Mapping[str, Any]) -> float:
        if not 0 < proposal["value"] <= 10_000:
            raise traitlets.TraitError(
                "speed must be above 0 and at most 10000 (simulated minutes a second); "
                f"got {proposal['value']}"
            )
        return float(proposal["value"])

    @traitlets.observe("playing")
    def _start_or_stop(self, change: Mapping[str, Any]) -> None:
        if change["new"] and self._repaints.loop is not None:
            self._repaints.loop.call_soon_threadsafe(self._start_playback)

    def _start_playback(self) -> None:
        idle = self._playback is None or self._playback.done()
        if self.playing and idle and isinstance(self.run, Steppable):
            self._playback = asyncio.ensure_future(self._move_clock(self.run))

    async def _move_clock(self, run: Steppable) -> None:
        """Move the clock of the run until it is paused.

        While everything waits for a person the clock stands still, so that no approval times out during a talk.
        """
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            if not self.playing:
                return
            now = time.monotonic()
            # After a cell that kept the loop busy, the clock must not leap.
            elapsed, last = min(now - last, 2 * TICK), now
            try:
                if run.next_due() is not None:
                    run.advance(minutes=self.speed * elapsed)
            except (
                Exception
            ) as error:  # if the task ended, the button would say Pause while the clock stands still
                self._stop_clock(error)
                return

    # -- displaying itself -----------------------------------------------------------------------------------
    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """The widget where it can be loaded; static pictures and one line of text everywhere else."""
        self.refresh()
        bundle = super()._repr_mimebundle_(**kwargs)
        static_forms: dict[str, Any] = {"text/plain": repr(self), "text/html": self._static_page()}
        with self._faults.guarding(N_("the drawing")):
            static_forms |= self._static_drawing()
        if bundle is None:
            return static_forms
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        with self._faults.guarding(N_("the recording")):
            static_forms |= recording.display_data(self.run)
        if runs_unattended():
            return static_forms, {}
        return {**data, **static_forms}, metadata

    def _static_page(self) -> str:
        with self._faults.guarding(N_("the still picture")):
            return static_html.html(_picture(self.view, self.work))
        return f"<p>{escape(repr(self))}</p><p>{escape(self._faults.sentence)}</p>"

    def _static_drawing(self) -> dict[str, str]:
        """The drawing for pages that take pictures but no HTML; nothing without a layout program."""
        run = self.run
        try:
            return {"image/svg+xml": svg(run.state.pipeline, run)}
        except FileNotFoundError:
            return {}

    def __repr__(self) -> str:
        with self._faults.guarding(N_("the line of text")):
            return static_html.text(_picture(self.view, self.work))
        return _("Console of {name}", name=self.view["pipeline"]["name"])

    def close(self) -> None:
        """Remove the console from the screen and stop following the run, which stays as it is."""
        self._unfollow()
        super().close()


def _picture(view: Mapping[str, Any], work: Mapping[str, Any]) -> View:
    """The whole view model: traitlets hands its two parts out as plain dicts."""
    picture: Any = {**view, "work": work}
    checked: View = picture
    return checked
