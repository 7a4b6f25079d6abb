"""A small Tornado web server that shows one run to a class.

By default, it listens only on this machine. Students need the join code; anyone with the instructor's address can act.
For more users than a classroom, give each user a separate kernel (docs/classroom.md).
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterable
from html import escape

import tornado.web
from tornado.netutil import bind_sockets

from cp_teach.classroom.admission import Admission
from cp_teach.classroom.connection_limits import BoundedServer
from cp_teach.classroom.handlers import (
    Classroom,
    FollowerSocket,
    InstructorPage,
    JoinPage,
    NotFoundPage,
    StudentPage,
)
from cp_teach.classroom.lesson import Lesson
from cp_teach.classroom.picture import Picture
from cp_teach.classroom.rate_limits import TokenBucket
from cp_teach.classroom.seats import Seats
from cp_teach.classroom.vote import Vote
from cp_teach.course.predictions.prediction_widget import Prediction
from cp_teach.engine import Change
from cp_teach.engine.run.protocols import Observable
from cp_teach.security.network.browser_requests import KnownHosts

TICK = 0.2
"""Seconds between two moves of a playing clock."""

GATHER = 0.03
"""Seconds that a change waits, so that changes that follow closely are sent with it."""

GAP = 0.08
"""Minimum seconds between two pictures."""

SHARE = 4
"""After each picture, the server pauses this many times as long as the picture took, to leave time for other work."""

SEND_BUFFER = 65_536
"""Bytes that the system buffers for a browser that does not read; the server itself keeps one picture."""


class Room:
    """A run that is shown to a class: ``url`` is for students, ``code`` to join, ``teach_url`` only for the instructor.

    ``ask("00-closed-door")`` asks a question, ``tally()`` counts the answers, and ``reveal()`` shows them to all.
    """

    def __init__(
        self, run: Observable, *, host: str = "127.0.0.1", port: int = 0, allow_hosts: Iterable[str] = ()
    ) -> None:
        if not host:  # the system would listen on all addresses for an empty name
            raise ValueError(
                'the host is empty; use "127.0.0.1" for this machine or "0.0.0.0" for the whole network'
            )
        if not 0 <= port <= 65_535:  # the system would take the number modulo 65536
            raise ValueError(f"{port} is not a valid port; use a number from 0 (a free port) to 65535")
        self.lesson = Lesson(run)
        self.admission = Admission()
        self.host = host
        self.known_hosts = KnownHosts(allow_hosts, own=[reachable_host(host)])
        self._listeners = bind_sockets(port, host, family=socket.AF_INET)
        for listening in self._listeners:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # connections inherit it
        self.port: int = self._listeners[0].getsockname()[1]
        self.error_log_limit = TokenBucket(rate=1 / 60, burst=3)
        """Limits the error messages about requests on the terminal."""
        self.seats = Seats()
        self.sockets: set[FollowerSocket] = set()
        """All open sockets, with or without a seat."""
        self.pictures = {True: Picture(), False: Picture()}
        """The picture for the instructor (True) and the one for students (False)."""
        self._update_is_due = False
        self._earliest_update = 0.0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="cp-teach-classroom", daemon=True)
        self._thread.start()
        self._ready.wait(10)
        self._unlisten = run.listen(self._changed)

    @property
    def code(self) -> str:
        """The code that students type to join."""
        return self.admission.code

    @property
    def key(self) -> str:
        """The key in the instructor's address; anyone who has it can act."""
        return self.admission.key

    @property
    def url(self) -> str:
        """The address for students; on a network, it is this machine's address there."""
        return f"http://{reachable_host(self.host)}:{self.port}/"

    @property
    def teach_url(self) -> str:
        """The instructor's address on this machine; anyone who has it can act."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "127.0.0.1") else self.host
        return f"http://{host}:{self.port}/teach?key={self.key}"

    @property
    def students(self) -> int:
        """The number of students who follow now; a browser with several tabs counts once."""
        return self.seats.students

    def ask(self, question: str | Prediction) -> Vote:
        """Ask the class a question: the name of one of the course's questions, or your own ``Prediction``."""
        vote = self.lesson.ask(question)
        self.schedule_update()
        return vote

    def tally(self) -> dict[str, int]:
        """Return the number of answers for each option of the open question, by its text; empty if none is open."""
        vote = self.lesson.vote
        if vote is None:
            return {}
        return dict(zip((option["text"] for option in vote.prediction.options), vote.tally(), strict=True))

    def reveal(self) -> dict[str, int]:
        """Show the right answer and the tally to all browsers, and return the tally."""
        self.lesson.reveal()
        self.schedule_update()
        return self.tally()

    def close(self) -> None:
        """Close all connections and stop the server. The run does not change."""
        self._unlisten()
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Classroom: students open {self.url} and type {self.code}; you open {self.teach_url}"

    def _repr_html_(self) -> str:
        return (
            f"<p>Students open <b>{escape(self.url)}</b> and type <b>{self.code}</b>.<br>"
            f'You open <a href="{escape(self.teach_url)}">the instructor\'s page</a>; do not project its address.</p>'
        )

    # -- the server, in its own thread ------------------------------------------------------------------
    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        arguments: dict[str, Classroom] = {"room": self}
        routes = [
            (r"/", JoinPage),
            (r"/room", StudentPage),
            (r"/teach", InstructorPage),
            (r"/line", FollowerSocket),
        ]
        app = tornado.web.Application(
            [(path, handler, arguments) for path, handler in routes],
            websocket_max_message_size=8_192,
            websocket_ping_interval=20,
            default_handler_class=NotFoundPage,
            default_handler_args=arguments,
            cookie_secret=secrets.token_hex(32),
            log_function=lambda handler: None,  # do not report refused requests on the terminal
        )
        self.server = BoundedServer(app)
        self.update_pictures()
        self.server.add_sockets(self._listeners)
        self._ready.set()
        while not self._stop.is_set():
            try:
                await asyncio.wait_for(self._stop.wait(), TICK)
            except TimeoutError:
                if self.lesson.advance_clock():
                    self.schedule_update()
        for follower in self.seats:
            follower.end(1001, "The lesson is over.")
        self.server.stop()
        await self.server.close_all_connections()
        await asyncio.sleep(GATHER)  # enough time for browsers that read; the server does not wait for others
        for remaining in list(self.sockets):
            remaining.drop()
        await asyncio.sleep(0)

    def _changed(self, change: Change) -> None:
        self.lesson.on_change(change)
        self.schedule_update()

    def schedule_update(self) -> None:
        """Send the new parts of the picture soon; callable from any thread. Several changes share one update."""
        if not self._update_is_due and self._thread.is_alive():
            self._update_is_due = True
            self._loop.call_soon_threadsafe(self._schedule)

    def _schedule(self) -> None:
        self._loop.call_at(max(self._loop.time() + GATHER, self._earliest_update), self._send)

    def _send(self) -> None:
        """Send the new parts to all followers."""
        self._update_is_due = False
        start = self._loop.time()
        self.update_pictures()
        for follower in self.seats:
            follower.refresh()
        end = self._loop.time()
        self._earliest_update = end + max(GAP, SHARE * (end - start))

    def answer_instructor(self) -> None:
        """Show instructors the result of their act at once; students get it with the next picture."""
        self.update_pictures()
        for follower in self.seats:
            if not follower.instructor:
                break  # instructors come first
            follower.refresh()
        self.schedule_update()

    def update_pictures(self) -> None:
        """Update both pictures."""
        following = self.seats.ballots
        for by_instructor, picture in self.pictures.items():
            picture.update(
                self.lesson.snapshot(self.students, by_instructor=by_instructor, following=following)
            )


def open_room(
    run: Observable, *, host: str = "127.0.0.1", port: int = 0, allow_hosts: Iterable[str] = ()
) -> Room:
    """Show ``run`` to a class. ``host`` "0.0.0.0" admits the network; ``port`` 0 takes a free port.
    ``allow_hosts`` are further host names of the server, such as that of a reverse proxy.

    Raises ``OSError`` if the port is in use, and ``ValueError`` for an invalid port, an empty host, or an invalid
    host name in ``allow_hosts``.
    """
    return Room(run, host=host, port=port, allow_hosts=allow_hosts)


def reachable_host(host: str) -> str:
    """Return the host under which others reach a server that listens on ``host``; for 0.0.0.0, the network address."""
    if host != "0.0.0.0":
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("192.0.2.1", 9)
            )  # an address for documentation; connecting a datagram socket sends nothing
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
