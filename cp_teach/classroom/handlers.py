"""The pages of a room, and the line to each browser, as Tornado's handlers."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import tornado.web
import tornado.websocket

from cp_teach.classroom.origin_check import refuse_other_pages
from cp_teach.classroom.pages import join_page, room_page
from cp_teach.classroom.picture import join_json
from cp_teach.classroom.rate_limits import TokenBucket
from cp_teach.classroom.seats import FULL
from cp_teach.security.input.json_input import BadJson, parse_json

if TYPE_CHECKING:
    from asyncio import Future

    from tornado.iostream import IOStream

    from cp_teach.classroom.server import Room

MESSAGES_AT_ONCE, MESSAGES_PER_SECOND = 40, 5
"""Message limits of a student's browser; a person who changes an answer stays far below them."""

ACTS_AT_ONCE, ACTS_PER_SECOND = 1_000, 100
"""Message limits of the instructor's page; dragging the timeline sends many acts."""

GRACE = 1.0
"""Seconds between the closing message of a connection and its end; messages in this time are not read."""

_log = logging.getLogger(__name__)


class _Handler(tornado.web.RequestHandler):
    """The base of pages and sockets: it reads the request's data, and logs each error in one line."""

    room: Room

    @property
    def address(self) -> str:
        """The network address of the request; a school behind one router has one address."""
        return self.request.remote_ip or ""

    def argument(self, name: str) -> str:
        """An argument of the URL; bytes that are not UTF-8 become question marks."""
        values = self.request.query_arguments.get(name) or [b""]
        return values[-1][:200].decode("utf-8", "replace")

    @property
    def ballot_cookie(self) -> str:
        """The cookie's name. Browsers do not separate cookies by port, so two lessons on one machine need two names."""
        return f"cp_teach_ballot_{self.room.port}"

    def own_ballot(self) -> str:
        """The ballot that this server issued to the browser; "" if there is none."""
        ballot = self.get_signed_cookie(self.ballot_cookie, max_age_days=2, min_version=2)
        return (ballot or b"").decode("ascii")

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log without a traceback and only a few lines, so that requests cannot fill the instructor's terminal."""
        _log.debug("A request failed", exc_info=(typ, value, tb))
        if isinstance(value, tornado.web.HTTPError | asyncio.CancelledError):
            return  # refused, or the lesson is over
        if self.room.faults.take():
            _log.warning("A browser's request failed (%s); the lesson continues.", typ.__name__)


class _Page(_Handler):
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


WRONG_CODE = "That is not the code of this lesson. Look at the screen at the front, and try again."
NO_BALLOT = (
    "Many browsers joined from your network at once. You can follow now; reload in a minute to answer, too."
)


class Front(_Page):
    """The door: it asks for the join code."""

    def get(self) -> None:
        """Ask for it."""
        self.write(join_page(""))


class Seat(_Page):
    """The page of a student."""

    async def get(self) -> None:
        """Admit everyone who knows the code and issue a ballot: a cookie that no script of a page can read."""
        admission, note = self.room.admission, ""
        if not admission.knows_code(self.argument("code")):
            await admission.slow_down()
            self.set_status(403)
            self.write(join_page(WRONG_CODE))
            return
        if not self.own_ballot():
            ballot = admission.new_ballot(self.address)
            if ballot is None:
                note = NO_BALLOT
            else:
                self.set_signed_cookie(
                    self.ballot_cookie, ballot, expires_days=1, httponly=True, samesite="Strict"
                )
        self.write(room_page(self.room.lesson.run.pipeline.name, teaches=False, note=note))


class Teach(_Page):
    """The page of the instructor."""

    async def get(self) -> None:
        """Admit everyone who knows the key."""
        if not self.room.admission.knows_key(self.argument("key")):
            await self.room.admission.slow_down()
            raise tornado.web.HTTPError(403)
        note = f"Students open {self.room.url} and type {self.room.code}"
        self.write(room_page(self.room.lesson.run.pipeline.name, teaches=True, note=note))


class Missing(_Page):
    """Every other address. Tornado's default handler would write the address on the instructor's terminal."""

    def get(self) -> None:
        """Answer with 404."""
        raise tornado.web.HTTPError(404)

    head = post = put = patch = delete = options = get


class Line(tornado.websocket.WebSocketHandler, _Handler):
    """One browser that follows. Tornado lets in only pages that this server gave (same origin)."""

    def initialize(self, room: Room) -> None:
        """Tornado gives every request a handler of its own, and that the room."""
        self.room, self.instructor, self.ballot = room, False, ""
        self._known: dict[str, int] = {}
        self._own: dict[str, Any] = {}
        self._writing: Future[None] | None = None
        self._stream: IOStream | None = None
        self._messages = TokenBucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE)

    def prepare(self) -> None:
        """Answer no page of another origin."""
        refuse_other_pages(self, self.room.known_hosts)

    def check_origin(self, origin: str) -> bool:
        """Always True: ``prepare`` has already checked the origin, and allows for a reverse proxy with HTTPS."""
        return True

    async def open(self, *args: str, **kwargs: str) -> None:
        """Admit a browser that wants to follow, or end the connection."""
        admission = self.room.admission
        self._stream = self.ws_connection.stream if self.ws_connection else None
        self.room.lines.add(self)
        self.instructor = admission.knows_key(self.argument("key"))
        if self.instructor:
            self._messages = TokenBucket(ACTS_PER_SECOND, ACTS_AT_ONCE)
        elif not admission.knows_code(self.argument("code")):
            await admission.slow_down()
            self.end(4403, "That is not the code of this lesson.")
            return
        else:
            self.ballot = self.own_ballot()
            if not admission.may_connect(self.ballot, self.address):
                self.end(4408, "This browser connects too often.")
                return
        if not self.room.seats.take(self):
            self.end(*FULL)
            return
        if self._stream is not None:
            self.room.server.seat(self._stream)
        self.refresh()
        self.room.tell()

    async def on_message(self, message: str | bytes) -> None:
        """Handle an act of the instructor or an answer of a student; other messages are ignored. A message that
        changes nothing sends nothing.

        Tornado reads the next message only after this one, so a fast sender delays only itself.
        """
        if self not in self.room.seats:
            await asyncio.sleep(GRACE)
            return
        if not self._may_send():
            return
        try:
            told = parse_json(message)
        except BadJson:
            told = None
        if isinstance(told, dict):
            self._obey(told)
        await asyncio.sleep(0)  # other browsers get a turn before this browser's next message

    def _obey(self, told: dict[str, Any]) -> None:
        vote = self.room.lesson.vote
        if self.instructor:
            if refused := self.room.lesson.act(told):
                self.tell(json.dumps({"refused": refused}))
            self.room.answer_instructor()
        elif (
            vote is not None
            and type(told.get("vote")) is int
            and told["vote"] == vote.number
            and vote.answer(self.ballot, told.get("option"))
        ):
            self.room.tell()

    def on_ping(self, data: bytes) -> None:
        """Count a ping like a message; Tornado has already answered it."""
        if not self._may_send():
            self.drop()  # unlike messages, pings cannot be left unread until the connection ends

    def on_pong(self, data: bytes) -> None:
        """Handle a pong: the answer to our own ping, or an unsolicited one."""
        if not self._may_send():
            self.drop()

    def _may_send(self) -> bool:
        allowed = self._messages.take()
        if not allowed and self in self.room.seats:
            self.end(4429, "This browser sent too many messages. Reload the page to continue.")
        return allowed

    def on_close(self) -> None:
        """Free the seat of a browser that has left."""
        self.room.lines.discard(self)
        if self in self.room.seats:
            self.room.seats.leave(self)
            self.room.tell()

    def end(self, code: int, reason: str) -> None:
        """Send the reason and close the connection, even if the browser does not cooperate."""
        if self in self.room.seats:
            self.room.seats.leave(self)
            self.room.tell()
        self.close(code, reason)
        asyncio.get_running_loop().call_later(GRACE, self.drop)

    def drop(self) -> None:
        """Close the connection without a message."""
        if self._stream is not None:
            self._stream.close()

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Also close the connection, because Tornado would leave it open after an unreadable frame."""
        super().log_exception(typ, value, tb)
        self.drop()

    def refresh(self) -> None:
        """Send the new parts. While the browser still reads the last ones, nothing is queued; it then gets the
        newest."""
        if self._writing is not None:
            return
        texts = self.room.pictures[self.instructor].changes_since(self._known)
        own = self._answer()
        if own != self._own:
            self._own = own
            texts["own"] = json.dumps(own)
        if texts:
            self._writing = self.tell(join_json(texts))
            if self._writing is not None:
                self._writing.add_done_callback(self._written)

    def _answer(self) -> dict[str, Any]:
        """Whether this browser can answer, and its current answer, which a reloaded page shows again."""
        vote = self.room.lesson.vote
        option = None if vote is None else vote.answers.get(self.ballot)
        return {"ballot": bool(self.ballot), "number": vote and vote.number, "option": option}

    def _written(self, _: object) -> None:
        self._writing = None
        if self in self.room.seats:
            self.refresh()

    def tell(self, text: str) -> Future[None] | None:
        """Send a text; one who has just gone does not matter."""
        try:
            sent = self.write_message(text)
        except tornado.websocket.WebSocketClosedError:
            self.room.seats.leave(self)
            return None
        # Retrieve the exception, so that a browser that has left causes no log entry on the instructor's terminal.
        sent.add_done_callback(lambda done: done.cancelled() or done.exception())
        return sent
