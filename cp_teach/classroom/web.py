"""The pages of a room, and the line to each browser, as Tornado's handlers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import tornado.web
import tornado.websocket

from cp_teach.classroom.own_pages import refuse_other_pages
from cp_teach.classroom.page import join_page, room_page

if TYPE_CHECKING:
    from cp_teach.classroom.room import Room

MOST = 500
"""Students at the same time; scale past that is JupyterHub's job."""


class _Page(tornado.web.RequestHandler):
    def initialize(self, room: Room) -> None:
        """Tornado gives every request a handler of its own, and that the room."""
        self.room = room

    def prepare(self) -> None:
        """Answer no page of another origin."""
        refuse_other_pages(self, self.room.known_hosts)

    def set_default_headers(self) -> None:
        """Nothing is kept, nothing is loaded from elsewhere, and no other page may frame these."""
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")
        policy = (
            "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
            "img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        self.set_header("Content-Security-Policy", policy)

    @property
    def who(self) -> str:
        return self.request.remote_ip or ""


WRONG_CODE = "That is not the code of this lesson. Look at the screen at the front, and try again."


class Front(_Page):
    """The door: it asks for the join code."""

    def get(self) -> None:
        """Ask for it."""
        self.write(join_page(""))


class Seat(_Page):
    """The page of a student."""

    def get(self) -> None:
        """Let in whoever knows the code."""
        code = self.get_argument("code", "")
        if not self.room.lets_in(code.lower(), self.room.code, self.who):
            self.set_status(403)
            self.write(join_page(WRONG_CODE))
            return
        self.write(room_page(self.room.lesson.run.pipeline.name, teaches=False))


class Teach(_Page):
    """The page of the instructor."""

    def get(self) -> None:
        """Let in whoever knows the key."""
        if not self.room.lets_in(self.get_argument("key", ""), self.room.key, self.who):
            raise tornado.web.HTTPError(403)
        note = f"Students open {self.room.url} and type {self.room.code}"
        self.write(room_page(self.room.lesson.run.pipeline.name, teaches=True, note=note))


class Line(tornado.websocket.WebSocketHandler):
    """One browser that follows. Tornado lets in only pages that this server gave (same origin)."""

    def initialize(self, room: Room) -> None:
        """Tornado gives every request a handler of its own, and that the room."""
        self.room, self.instructor, self.student = room, False, ""

    def prepare(self) -> None:
        """Answer no page of another origin."""
        refuse_other_pages(self, self.room.known_hosts)

    def check_origin(self, origin: str) -> bool:
        """``prepare`` has compared it, and knows more than Tornado: a proxy may speak HTTPS for us."""
        return True

    def open(self, *args: str, **kwargs: str) -> None:
        """Somebody wants to follow."""
        room, who = self.room, self.request.remote_ip or ""
        self.instructor = bool(key := self.get_argument("key", "")) and room.lets_in(key, room.key, who)
        joined = self.instructor or room.lets_in(self.get_argument("code", "").lower(), room.code, who)
        self.student = self.get_argument("student", "")[:40]
        if not joined:
            self.close(4403, "That is not the code of this lesson.")
        elif len(room.people) >= MOST:
            self.close(4503, "This lesson is full.")
        else:
            room.people.add(self)
            room.send()

    def on_message(self, message: str | bytes) -> None:
        """The instructor acts, or a student answers; anything else is passed over."""
        if self not in self.room.people:
            return
        try:
            told = json.loads(message)
        except ValueError:
            return
        if not isinstance(told, dict):
            return
        vote = self.room.lesson.vote
        if self.instructor:
            if refused := self.room.lesson.act(told):
                self.tell(json.dumps({"refused": refused}))
        elif vote is not None and told.get("vote") == vote.number and self.student:
            vote.answer(self.student, told.get("option"))
        self.room.send()

    def on_close(self) -> None:
        """Somebody has left."""
        if self in self.room.people:
            self.room.people.discard(self)
            self.room.send()

    def tell(self, text: str) -> None:
        """Send a text; one who has just gone does not matter."""
        try:
            sent = self.write_message(text)
        except tornado.websocket.WebSocketClosedError:
            self.room.people.discard(self)
        else:
            # Asked for, so that one who left meanwhile is no news on the instructor's terminal.
            sent.add_done_callback(lambda done: done.cancelled() or done.exception())
