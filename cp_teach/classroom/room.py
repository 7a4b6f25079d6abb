"""A small web server that shows one run to a class. Built on Tornado, which JupyterLab brings.

It listens on this machine alone unless it is told otherwise. Students need the join code; whoever has the instructor's
address can act. For more than a classroom, give everybody a kernel of their own: docs/classroom.md tells how.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import socket
import threading
from collections.abc import Iterable
from html import escape
from typing import Any

import tornado.web
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from cp_teach.classroom.lesson import Lesson
from cp_teach.classroom.vote import Vote
from cp_teach.classroom.web import Front, Line, Seat, Teach
from cp_teach.security.browser_requests import KnownHosts

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters of a join code that nobody mixes up when they are read aloud."""
BEAT = 0.2
WRONG = 20
"""Wrong codes from one address, after which it has to wait for a minute."""


class Room:
    """A run that is shown to a class: ``url`` for students, ``code`` to join, ``teach_url`` for the instructor alone.

    ``ask("00-closed-door")`` puts a question, ``tally()`` counts the answers, ``reveal()`` shows them to everybody.
    """

    def __init__(
        self, run: Any, *, host: str = "127.0.0.1", port: int = 0, allow_hosts: Iterable[str] = ()
    ) -> None:
        self.lesson = Lesson(run)
        self.code = "".join(secrets.choice(LETTERS) for _ in range(6))
        self.key = secrets.token_urlsafe(16)
        self.host = host
        self.known_hosts = KnownHosts(allow_hosts, own=[address(host)])
        self._sockets = bind_sockets(port, host, family=socket.AF_INET)
        self.port: int = self._sockets[0].getsockname()[1]
        self.people: set[Line] = set()
        self.wrong: dict[str, int] = {}
        self._due = False
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="cp-teach-classroom", daemon=True)
        self._thread.start()
        self._ready.wait(10)
        self._unlisten = run.listen(self._changed)

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
        """How many are following now."""
        return sum(not line.instructor for line in self.people)

    def ask(self, question: Any) -> Vote:
        """Put a question to the class: the name of one of the course's, or a prediction of your own."""
        vote = self.lesson.ask(question)
        self._tell()
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
        self._tell()
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
        )
        server = HTTPServer(app, max_body_size=4_096)
        server.add_sockets(self._sockets)
        self._ready.set()
        forgetting = 0
        while not self._stop.is_set():
            try:
                await asyncio.wait_for(self._stop.wait(), BEAT)
            except TimeoutError:
                forgetting += 1
                if forgetting * BEAT > 60:
                    forgetting, self.wrong = 0, {}
                if self.lesson.beat():
                    self.send()
        for line in list(self.people):
            line.close(1001, "The lesson is over.")
        server.stop()
        await server.close_all_connections()

    def _changed(self, change: Any) -> None:
        self.lesson.heard(change)
        self._tell()

    def _tell(self) -> None:
        """Something is new; this may be any thread. Many changes in a row make one picture."""
        if not self._due and self._thread.is_alive():
            self._due = True
            self._loop.call_soon_threadsafe(self._loop.call_later, 0.03, self.send)

    def send(self) -> None:
        """Send everybody the picture."""
        self._due = False
        texts: dict[bool, str] = {}
        for line in list(self.people):
            if line.instructor not in texts:
                seen = self.lesson.seen(self.students, by_instructor=line.instructor)
                texts[line.instructor] = json.dumps(seen, ensure_ascii=False)
            line.tell(texts[line.instructor])

    def lets_in(self, given: str, secret: str, who: str) -> bool:
        """Whether that is the code, or the key. Guessing is made slow."""
        if self.wrong.get(who, 0) >= WRONG:
            return False
        right = hmac.compare_digest(given.strip().encode(), secret.encode())
        if not right:
            self.wrong[who] = self.wrong.get(who, 0) + 1
        return right


def open_room(run: Any, *, host: str = "127.0.0.1", port: int = 0, allow_hosts: Iterable[str] = ()) -> Room:
    """Show ``run`` to a class. ``host`` "0.0.0.0" lets others on the network in; ``port`` 0 takes a free one.
    ``allow_hosts`` are names that lead to it, such as that of a reverse proxy.

    Raises ``OSError`` for a port in use, ``ValueError`` for a name that is no host name.
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
