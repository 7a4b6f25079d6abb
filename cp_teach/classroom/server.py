"""A small web server that shows one run to a class. Built on Tornado, which JupyterLab brings.

It listens on this machine alone unless it is told otherwise. Students need the join code; whoever has the instructor's
address can act. For more than a classroom, give everybody a kernel of their own: docs/classroom.md tells how.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
import threading
from collections.abc import Iterable
from html import escape
from typing import Any

import tornado.web
from tornado.netutil import bind_sockets

from cp_teach.classroom.admission import Admission
from cp_teach.classroom.connection_limits import BoundedServer
from cp_teach.classroom.handlers import Front, Line, Missing, Seat, Teach
from cp_teach.classroom.lesson import Lesson
from cp_teach.classroom.picture import Picture
from cp_teach.classroom.rate_limits import TokenBucket
from cp_teach.classroom.seats import Seats
from cp_teach.classroom.vote import Vote
from cp_teach.security.network.browser_requests import KnownHosts

BEAT = 0.2

GATHER = 0.03
"""Seconds that a change waits, so that changes that follow closely are sent with it."""

GAP = 0.08
"""Minimum seconds between two pictures."""

SHARE = 4
"""After each picture, the server pauses this many times as long as the picture took, to leave time for other work."""

SEND_BUFFER = 65_536
"""Bytes that the system buffers for a browser that does not read; the server itself keeps one picture."""


class Room:
    """A run that is shown to a class: ``url`` for students, ``code`` to join, ``teach_url`` for the instructor alone.

    ``ask("00-closed-door")`` puts a question, ``tally()`` counts the answers, ``reveal()`` shows them to everybody.
    """

    def __init__(
        self, run: Any, *, host: str = "127.0.0.1", port: int = 0, allow_hosts: Iterable[str] = ()
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
        self.known_hosts = KnownHosts(allow_hosts, own=[address(host)])
        self._sockets = bind_sockets(port, host, family=socket.AF_INET)
        for listening in self._sockets:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)  # connections inherit it
        self.port: int = self._sockets[0].getsockname()[1]
        self.faults = TokenBucket(rate=1 / 60, burst=3)
        """Limits the error messages about requests on the terminal."""
        self.seats = Seats()
        self.lines: set[Line] = set()
        """All open sockets, with or without a seat."""
        self.pictures = {True: Picture(), False: Picture()}
        """The picture for the instructor (True) and the one for students (False)."""
        self._due = False
        self._next = 0.0
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
        """Where students go. On a network it is this machine's own address there."""
        return f"http://{address(self.host)}:{self.port}/"

    @property
    def teach_url(self) -> str:
        """Where the instructor goes; whoever has it can act. It is for this machine."""
        here = "127.0.0.1" if self.host in ("0.0.0.0", "127.0.0.1") else self.host
        return f"http://{here}:{self.port}/teach?key={self.key}"

    @property
    def students(self) -> int:
        """The number of students who follow now; a browser with several tabs counts once."""
        return self.seats.students

    def ask(self, question: Any) -> Vote:
        """Put a question to the class: the name of one of the course's, or a prediction of your own."""
        vote = self.lesson.ask(question)
        self.tell()
        return vote

    def tally(self) -> dict[str, int]:
        """How many chose each option of the open question, by its text. Empty when none is open."""
        vote = self.lesson.vote
        if vote is None:
            return {}
        return dict(zip((option["text"] for option in vote.prediction.options), vote.tally(), strict=True))

    def reveal(self) -> dict[str, int]:
        """Show everybody what is right and how the class has voted; returns the tally."""
        self.lesson.reveal()
        self.tell()
        return self.tally()

    def close(self) -> None:
        """Send everybody home. The run stays as it is."""
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

    # -- the server, in a thread of its own ------------------------------------------------------------------
    def _serve(self) -> None:
        asyncio.run(self._run())

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        routes = [(r"/", Front), (r"/room", Seat), (r"/teach", Teach), (r"/line", Line)]
        app = tornado.web.Application(
            [(path, handler, {"room": self}) for path, handler in routes],
            websocket_max_message_size=8_192,
            websocket_ping_interval=20,
            default_handler_class=Missing,
            default_handler_args={"room": self},
            cookie_secret=secrets.token_hex(32),
            log_function=lambda handler: None,  # do not report refused requests on the terminal
        )
        self.server = BoundedServer(app)
        self.draw()
        self.server.add_sockets(self._sockets)
        self._ready.set()
        while not self._stop.is_set():
            try:
                await asyncio.wait_for(self._stop.wait(), BEAT)
            except TimeoutError:
                if self.lesson.beat():
                    self.tell()
        for line in self.seats:
            line.end(1001, "The lesson is over.")
        self.server.stop()
        await self.server.close_all_connections()
        await asyncio.sleep(
            GATHER
        )  # gives reading browsers time to receive the message; the others are not waited for
        for left in list(self.lines):
            left.drop()
        await asyncio.sleep(0)

    def _changed(self, change: Any) -> None:
        self.lesson.heard(change)
        self.tell()

    def tell(self) -> None:
        """Announce a possible change, from any thread. Many changes in a row make one picture."""
        if not self._due and self._thread.is_alive():
            self._due = True
            self._loop.call_soon_threadsafe(self._schedule)

    def _schedule(self) -> None:
        self._loop.call_at(max(self._loop.time() + GATHER, self._next), self._send)

    def _send(self) -> None:
        """Send the new parts to all followers."""
        self._due = False
        began = self._loop.time()
        self.draw()
        for line in self.seats:
            line.refresh()
        ended = self._loop.time()
        self._next = ended + max(GAP, SHARE * (ended - began))

    def answer_instructor(self) -> None:
        """Show instructors the result of their act at once; students get it with the next picture."""
        self.draw()
        for line in self.seats:
            if not line.instructor:
                break  # instructors come first
            line.refresh()
        self.tell()

    def draw(self) -> None:
        """Update both pictures."""
        following = self.seats.ballots
        for by_instructor, picture in self.pictures.items():
            picture.update(self.lesson.seen(self.students, by_instructor=by_instructor, following=following))


def open_room(run: Any, *, host: str = "127.0.0.1", port: int = 0, allow_hosts: Iterable[str] = ()) -> Room:
    """Show ``run`` to a class. ``host`` "0.0.0.0" lets others on the network in; ``port`` 0 takes a free one.
    ``allow_hosts`` are further host names of the server, such as that of a reverse proxy.

    Raises ``OSError`` if the port is in use, and ``ValueError`` for an invalid port, an empty host, or an invalid
    host name in ``allow_hosts``.
    """
    return Room(run, host=host, port=port, allow_hosts=allow_hosts)


def address(host: str) -> str:
    """How others reach a server that listens there; 0.0.0.0 is every address, and others use the one of the network."""
    if host != "0.0.0.0":
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(
                ("192.0.2.1", 9)
            )  # documentation's own address: a datagram socket sends nothing here
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
