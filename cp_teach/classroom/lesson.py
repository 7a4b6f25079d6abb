"""The state of a lesson: the picture of the run, the open question, and the clock."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from cp_teach.classroom.vote import Vote
from cp_teach.course import QUESTIONS
from cp_teach.course.predictions.prediction_widget import Prediction
from cp_teach.engine import Change, Refused
from cp_teach.engine.run.protocols import Observable, Steppable
from cp_teach.show.console.message_handlers import perform
from cp_teach.show.view.schema import View
from cp_teach.show.view.tables import announcement
from cp_teach.show.view.view_errors import Faults
from cp_teach.show.view.view_model import view

MAX_STEP = 0.5
"""Maximum seconds of one move of the clock, so that it does not jump on a slow machine."""


class Lesson:
    """One run that is shown to a class. Only the instructor acts; students watch.

    It has the ``run``, ``play``, and ``pause`` that ``show.console.message_handlers`` need.
    """

    def __init__(self, run: Observable) -> None:
        self.run = run
        self.vote: Vote | None = None
        self.question_count = 0
        self.playing, self.speed, self._last_tick = False, 1.0, 0.0
        self._announcement: dict[str, Any] = {"n": 0, "text": "", "alert": False}
        self._act_response: dict[str, Any] = {}
        self._picture: View = {}
        self._faults = Faults()

    # -- changes and acts --------------------------------------------------------------------------------
    def on_change(self, change: Change) -> None:
        """Announce a change of the run; a listener of the run."""
        with self._faults.guarding("the announcement"):
            self._announce(change)

    def _announce(self, change: Change) -> None:
        if change.kind == "did" and change.entry is not None:
            self._say(*announcement(change.entry))
        elif change.kind == "moved":
            self._say(f"Step {self.run.journal.position} of {self.run.journal.total}.")

    def _say(self, text: str, alert: bool = False) -> None:
        self._announcement = {"n": self._announcement["n"] + 1, "text": text, "alert": alert}

    def act(self, message: dict[str, Any]) -> str:
        """Carry out a message of the instructor's page; return why it is refused, or ""."""
        refused = self._attempt(message)
        if "id" in message:  # the page keeps the text that was typed for the act until the act is answered
            self._act_response = {"answer": {"id": message["id"], "refused": bool(refused)}}
        return refused

    def _attempt(self, message: dict[str, Any]) -> str:
        act = message.get("act")
        try:
            if act == "ask":
                self.ask(str(message.get("question")))
            elif act == "reveal":
                self.reveal()
            elif act == "end":
                self.vote = None
            elif act == "speed":
                self.speed = min(60.0, max(0.1, float(message.get("speed", 1))))
            elif act not in ("shown", "hidden"):
                perform(self.run, self, message)
        except Refused as refused:
            return str(refused)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            return str(error) or "This lesson's page does not send such a message. Reload the page."
        return ""

    # -- questions -----------------------------------------------------------------------------------------
    def ask(self, question: str | Prediction) -> Vote:
        """Ask the class a question. Raises ``ValueError`` for an unknown question."""
        self.question_count += 1
        self.vote = Vote.of(question, self.question_count)
        return self.vote

    def reveal(self) -> None:
        """Show the right answer and the tally to all."""
        if self.vote is not None:
            self.vote.revealed = True

    # -- time ------------------------------------------------------------------------------------------------
    def play(self) -> None:
        """Start the clock."""
        if not isinstance(self.run, Steppable):
            raise Refused("ValidationException", "This pipeline has its own clock.")
        self.playing, self._last_tick = True, time.monotonic()

    def pause(self) -> None:
        """Stop the clock."""
        self.playing = False

    def show_more(self, part: str) -> None:
        """Refuse: the page of a class is one picture for all, and has no more of the past."""
        raise Refused(
            "ValidationException", "This page shows no more of the past.", "Ask the run in a notebook."
        )

    def advance_clock(self) -> bool:
        """Move a playing clock; return True if the picture may have changed."""
        if not self.playing or not isinstance(self.run, Steppable):
            return False
        now = time.monotonic()
        elapsed, self._last_tick = min(now - self._last_tick, MAX_STEP), now
        if self.run.next_due() is not None:
            self.run.advance(minutes=self.speed * elapsed)
        return True

    # -- the picture -------------------------------------------------------------------------------------------
    def snapshot(
        self, students: int, *, by_instructor: bool, following: Collection[str] | None = None
    ) -> dict[str, Any]:
        """Return what a browser draws, as plain JSON. ``following`` are the ballots of the current followers."""
        self._picture = view(self.run, last=self._picture, faults=self._faults)
        picture = {**self._picture, "said": self._announcement}
        if not by_instructor:
            picture = read_only_view(picture)
        data: dict[str, Any] = {"view": picture, "students": students}
        data["vote"] = (
            None
            if self.vote is None
            else self.vote.snapshot(by_instructor=by_instructor, following=following)
        )
        if by_instructor:
            picture.update(self._act_response)
            data |= {"playing": self.playing, "questions": {name: q.text for name, q in QUESTIONS.items()}}
        return data


def read_only_view(picture: dict[str, Any]) -> dict[str, Any]:
    """Return a view without controls, for students."""
    data = _without(picture, "release", "step", "undo", "redo", "inject", "branches")
    data["stages"] = [
        {
            **_without(stage, "retry", "conditions"),
            "door": _without(stage["door"], "toggle", "again"),
            "groups": [
                [_without(action, "reviews", "finish", "by_hand") for action in group]
                for group in stage["groups"]
            ],
        }
        for stage in picture["stages"]
    ]
    data["reasons"] = [_without(reason, "moves", "stop") for reason in picture.get("reasons", ())]
    return data


def _without(data: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in keys}
