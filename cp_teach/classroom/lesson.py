"""What a class sees: the picture of the run, the question that is open, and how many have joined."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import Any

from cp_teach.classroom.vote import Vote
from cp_teach.course import QUESTIONS
from cp_teach.engine import Change, Refused
from cp_teach.show.console.message_handlers import perform
from cp_teach.show.view.schema import View
from cp_teach.show.view.tables import telling
from cp_teach.show.view.view_errors import Faults
from cp_teach.show.view.view_model import view

LEAP = 0.5
"""Seconds of the clock that one beat may take at the most, so that a slow machine never makes the clock leap."""


class Lesson:
    """One run at the front of the class. ``act`` is the instructor's; everybody else only looks.

    It is the ``console`` of ``console_acts``: it has ``run``, ``play`` and ``pause``.
    """

    def __init__(self, run: Any) -> None:
        self.run = run
        self.vote: Vote | None = None
        self.asked = 0
        self.playing, self.speed, self._beat = False, 1.0, 0.0
        self._said: dict[str, Any] = {"n": 0, "text": "", "alert": False}
        self._answer: dict[str, Any] = {}
        self._picture: View = {}
        self._faults = Faults()

    # -- what happens ------------------------------------------------------------------------------------
    def heard(self, change: Change) -> None:
        """The run says that something changed."""
        with self._faults.guarding("the announcement"):
            self._announce(change)

    def _announce(self, change: Change) -> None:
        if change.kind == "did" and change.entry is not None:
            self._say(*telling(change.entry))
        elif change.kind == "moved":
            self._say(f"Moment {self.run.journal.position} of {self.run.journal.total}.")

    def _say(self, text: str, alert: bool = False) -> None:
        self._said = {"n": self._said["n"] + 1, "text": text, "alert": alert}

    def act(self, message: dict[str, Any]) -> str:
        """Do what the instructor asks; returns why it cannot be done, "" when it was."""
        refused = self._attempt(message)
        if "id" in message:  # the page keeps the text that was typed for the act until the act is answered
            self._answer = {"answer": {"id": message["id"], "refused": bool(refused)}}
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
    def ask(self, question: Any) -> Vote:
        """Put a question to the class. Raises ``ValueError`` for one that the course does not have."""
        self.asked += 1
        self.vote = Vote.of(question, self.asked)
        return self.vote

    def reveal(self) -> None:
        """Show everybody what is right, and how the class has voted."""
        if self.vote is not None:
            self.vote.revealed = True

    # -- time ------------------------------------------------------------------------------------------------
    def play(self) -> None:
        """Let the clock run."""
        if not hasattr(self.run, "advance"):
            raise Refused("ValidationException", "This pipeline keeps its own time.")
        self.playing, self._beat = True, time.monotonic()

    def pause(self) -> None:
        """Let the clock stand."""
        self.playing = False

    def beat(self) -> bool:
        """Let the clock go on, if it plays; True when there may be something new to see."""
        if not self.playing:
            return False
        now = time.monotonic()
        passed, self._beat = min(now - self._beat, LEAP), now
        if self.run.next_due() is not None:
            self.run.advance(minutes=self.speed * passed)
        return True

    # -- what is seen ------------------------------------------------------------------------------------------
    def seen(
        self, students: int, *, by_instructor: bool, following: Collection[str] | None = None
    ) -> dict[str, Any]:
        """Everything that a browser draws, as plain JSON. ``following`` holds the ballots of the current followers."""
        self._picture = view(self.run, last=self._picture, faults=self._faults)
        picture = {**self._picture, "said": self._said}
        if not by_instructor:
            picture = watched(picture)
        made: dict[str, Any] = {"view": picture, "students": students}
        made["vote"] = (
            None if self.vote is None else self.vote.seen(by_instructor=by_instructor, following=following)
        )
        if by_instructor:
            picture.update(self._answer)
            made |= {"playing": self.playing, "questions": {name: q.text for name, q in QUESTIONS.items()}}
        return made


def watched(picture: dict[str, Any]) -> dict[str, Any]:
    """A view without anything to press: for those who follow."""
    made = {
        key: value
        for key, value in picture.items()
        if key not in ("release", "step", "undo", "redo", "inject")
    }
    made["stages"] = [
        {
            **{key: value for key, value in stage.items() if key not in ("retry", "conditions")},
            "door": {key: value for key, value in stage["door"].items() if key not in ("toggle", "again")},
            "groups": [
                [
                    {k: v for k, v in action.items() if k not in ("approval", "finish", "by_hand")}
                    for action in group
                ]
                for group in stage["groups"]
            ],
        }
        for stage in picture["stages"]
    ]
    made["reasons"] = [
        {key: value for key, value in reason.items() if key not in ("moves", "stop")}
        for reason in picture.get("reasons", ())
    ]
    return made
