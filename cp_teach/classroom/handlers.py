"""Tornado handlers: the pages of a classroom, and the WebSocket of each browser.

``server`` assembles the routes and implements ``Classroom``, which the handlers use.
"""

from __future__ import annotations

import asyncio
import json
import logging
from asyncio import Future
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

import tornado.web
import tornado.websocket
from tornado.iostream import IOStream

from cp_teach.classroom.admission import Admission
from cp_teach.classroom.connection_limits import BoundedServer
from cp_teach.classroom.lesson import Lesson
from cp_teach.classroom.pages import crossing_page, join_page, room_page
from cp_teach.classroom.picture import Picture, join_json
from cp_teach.classroom.rate_limits import TokenBucket
from cp_teach.classroom.seats import FULL, Seats
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.network.browser_requests import KnownHosts, find_refusal

MESSAGES_AT_ONCE, MESSAGES_PER_SECOND = 40, 5
"""Message limits of a student's browser; a person who changes an answer stays far below them."""

MAX_PING = 2**53 - 1
"""The largest number of a message; a page counts its messages, and JavaScript counts exactly up to here."""

ACTS_AT_ONCE, ACTS_PER_SECOND = 1_000, 100
"""Message limits of the instructor's page; dragging the timeline sends many acts."""

GRACE = 1.0
"""Seconds between the closing message of a connection and its end; messages in this time are not read."""

_log = logging.getLogger(__name__)


class Classroom(Protocol):
    """The parts of the server that the handlers use."""

    lesson: Lesson
    admission: Admission
    seats: Seats
    known_hosts: KnownHosts
    port: int
    error_log_limit: TokenBucket
    sockets: set[FollowerSocket]
    server: BoundedServer

    @property
    def pictures(self) -> Mapping[bool, Picture]:
        """The picture for the instructor (True) and the one for students (False)."""

    @property
    def url(self) -> str:
        """The address for students."""

    def schedule_update(self) -> None:
        """Send the new parts of the picture to all followers soon."""

    def answer_instructor(self) -> None:
        """Show instructors the result of their act at once."""


class _Handler(tornado.web.RequestHandler):
    """The base of pages and sockets: it reads the request's data, and logs each error in one line."""

    room: Classroom

    def initialize(self, room: Classroom) -> None:
        """Set the room; Tornado creates a handler for each request."""
        self.room = room

    def prepare(self) -> None:
        """Answer with 403 if the request comes from a page of another origin, or names a host that is not ours."""
        request, hosts = self.request, self.room.known_hosts
        stream = getattr(request.connection, "stream", None)
        local = stream.socket.getsockname()[0] if stream is not None and stream.socket is not None else ""
        headers = {name.lower(): value for name, value in request.headers.items()}
        refused = find_refusal(
            request.method or "", headers, hosts, scheme=request.protocol, local_address=str(local)
        )
        if refused is None:
            return
        self.set_status(refused.status)
        if _follows_a_link(headers) and hosts.knows(headers.get("host", ""), str(local)):
            self.finish(crossing_page(_beside(request.uri or "/")))
        else:
            self.set_header("Content-Type", "text/plain; charset=utf-8")
            self.finish(refused.message)

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
        if self.room.error_log_limit.take():
            _log.warning("A browser's request failed (%s); the lesson continues.", typ.__name__)


def _follows_a_link(headers: dict[str, str]) -> bool:
    """Whether a user's click on a page of another site caused the request, not a script or a frame of that page."""
    return (
        "origin" not in headers
        and headers.get("sec-fetch-mode") == "navigate"
        and headers.get("sec-fetch-dest") == "document"
    )


def _beside(uri: str) -> str:
    """The address of a request relative to itself, because a proxy can have removed a prefix from it."""
    path, mark, query = uri.partition("?")
    return f"./{path.rpartition('/')[2]}{mark}{query}"


class _Page(_Handler):
    def set_default_headers(self) -> None:
        """Forbid caching, content of other servers, and frames in other pages."""
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


class JoinPage(_Page):
    """The page that asks for the join code."""

    def get(self) -> None:
        """Write the page."""
        self.write(join_page(""))


class StudentPage(_Page):
    """The page of a student."""

    async def get(self) -> None:
        """Admit a browser with the right code, and give it a ballot: a cookie that scripts cannot read."""
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
                # Without a path, the browser sends the cookie back only below this page's own folder: behind a proxy,
                # the lessons of several people can have one host.
                self.set_signed_cookie(
                    self.ballot_cookie, ballot, expires_days=1, httponly=True, samesite="Strict", path=""
                )
        self.write(room_page(self.room.lesson.run.state.pipeline.name, teaches=False, note=note))


class InstructorPage(_Page):
    """The page of the instructor."""

    async def get(self) -> None:
        """Admit a browser with the right key."""
        if not self.room.admission.knows_key(self.argument("key")):
            await self.room.admission.slow_down()
            raise tornado.web.HTTPError(403)
        note = f"Students open {self.room.url} and type {self.room.admission.code}"
        self.write(room_page(self.room.lesson.run.state.pipeline.name, teaches=True, note=note))


class NotFoundPage(_Page):
    """Every other address. Tornado's default handler would write the address on the instructor's terminal."""

    def get(self) -> None:
        """Answer with 404."""
        raise tornado.web.HTTPError(404)

    head = post = put = patch = delete = options = get


class FollowerSocket(tornado.websocket.WebSocketHandler, _Handler):
    """The WebSocket of one browser that follows the lesson."""

    def initialize(self, room: Classroom) -> None:
        """Set the room, and what the browser is until ``open``."""
        super().initialize(room)
        self.instructor, self.ballot = False, ""
        self._versions: dict[str, int] = {}
        self._last_own: dict[str, Any] = {}
        self._ping: int | None = (
            None  # the number of the last message, until the page knows that it is handled
        )
        self._writing: Future[None] | None = None
        self._stream: IOStream | None = None
        self._messages = TokenBucket(MESSAGES_PER_SECOND, MESSAGES_AT_ONCE)

    def check_origin(self, origin: str) -> bool:
        """Always True: ``prepare`` has already checked the origin, and allows for a reverse proxy with HTTPS."""
        return True

    async def open(self, *args: str, **kwargs: str) -> None:
        """Give a browser a seat, or end the connection."""
        admission = self.room.admission
        self._stream = self.ws_connection.stream if self.ws_connection else None
        self.room.sockets.add(self)
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
            self.room.server.exempt(self._stream)
        self.refresh()
        self.room.schedule_update()

    async def on_message(self, message: str | bytes) -> None:
        """Handle an act of the instructor or an answer of a student; other messages are ignored. A message that
        changes nothing sends nothing, except its own number (``ping``), which goes back when it is handled.

        Tornado reads the next message only after this one, so a fast sender delays only itself.
        """
        if self not in self.room.seats:
            await asyncio.sleep(GRACE)
            return
        if not self._may_send():
            return
        with suppress(InvalidJson):
            content = parse_json(message)
            if isinstance(content, dict):
                ping = content.pop("ping", None)
                self._ping = ping if type(ping) is int and 0 <= ping <= MAX_PING else None
                if content or self._ping is None:
                    self._handle(content)
                self._answer_ping()
        await asyncio.sleep(0)  # other browsers get a turn before this browser's next message

    def _answer_ping(self) -> None:
        """Tell the page that its message is handled; a page without an answer says that the lesson does not answer."""
        if self._ping is not None:
            self.refresh()

    def _handle(self, message: dict[str, Any]) -> None:
        vote = self.room.lesson.vote
        if self.instructor:
            if refused := self.room.lesson.act(message):
                self.send(json.dumps({"refused": refused}))
            self.room.answer_instructor()
        elif (
            vote is not None
            and type(message.get("vote")) is int
            and message["vote"] == vote.number
            and vote.answer(self.ballot, message.get("option"))
        ):
            self.room.schedule_update()

    def on_ping(self, data: bytes) -> None:
        """Count a ping like a message; Tornado has already answered it. A pong counts, too: it can be unsolicited."""
        if not self._may_send():
            self.drop()  # unlike messages, pings cannot be left unread until the connection ends

    on_pong = on_ping

    def _may_send(self) -> bool:
        allowed = self._messages.take()
        if not allowed and self in self.room.seats:
            self.end(4429, "This browser sent too many messages. Reload the page to continue.")
        return allowed

    def on_close(self) -> None:
        """Free the seat of a browser that has left."""
        self.room.sockets.discard(self)
        if self in self.room.seats:
            self.room.seats.leave(self)
            self.room.schedule_update()

    def end(self, code: int, reason: str) -> None:
        """Send the reason and close the connection, even if the browser does not cooperate."""
        if self in self.room.seats:
            self.room.seats.leave(self)
            self.room.schedule_update()
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
        texts = self.room.pictures[self.instructor].changes_since(self._versions)
        if self._ping is not None:
            texts["heard"], self._ping = json.dumps(self._ping), None
        own = self._own_answer()
        if own != self._last_own:
            self._last_own = own
            texts["own"] = json.dumps(own)
        if texts:
            self._writing = self.send(join_json(texts))
            if self._writing is not None:
                self._writing.add_done_callback(self._written)

    def _own_answer(self) -> dict[str, Any]:
        """Whether this browser can answer, and its current answer, which a reloaded page shows again."""
        vote = self.room.lesson.vote
        option = None if vote is None else vote.answers.get(self.ballot)
        return {"ballot": bool(self.ballot), "number": vote and vote.number, "option": option}

    def _written(self, _: object) -> None:
        self._writing = None
        if self in self.room.seats:
            self.refresh()

    def send(self, text: str) -> Future[None] | None:
        """Send a text, unless the browser has just left."""
        try:
            sent = self.write_message(text)
        except tornado.websocket.WebSocketClosedError:
            self.room.seats.leave(self)
            return None
        # Retrieve the exception, so that a browser that has left causes no log entry on the instructor's terminal.
        sent.add_done_callback(lambda done: done.cancelled() or done.exception())
        return sent
