"""A bounded HTTP server: limits on connections, times, request lines, and headers.

werkzeug's server has no such limits: a connection that sends nothing holds a thread forever.
"""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import ssl
import threading
import time
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from typing import Any
from urllib.parse import urlsplit

from moto.moto_server.werkzeug_app import HTTP_METHODS, MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

LOG = logging.getLogger(__name__)

CONNECTIONS = 256
"""Connections at a time. A further one replaces the connection that has waited longest without a request."""
HEADERS_WITHIN = 10.0
"""Seconds within which the request headers must arrive."""
STALL = 30.0
"""Seconds that one read or write can take."""
ANSWER_WITHIN = 60.0
"""Seconds within which a client must read a response, plus one second for each ``PER_SECOND`` bytes."""
PER_SECOND = 20_000
REFUSED_WITHIN = 5.0
"""Seconds for which the rest of a refused request is still read, so that the client can read the reason."""
HEADER_BYTES = 64_000

_TARGET = re.compile(r"[\x21-\x7e]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_MALFORMED = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)
"""Other defects do not count: Python's parser also misses the parts of a multipart body, which it has not read yet."""
_BUSY = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain\r\nContent-Length: 49\r\nConnection: close\r\n"
    b"Retry-After: 1\r\n\r\nThe server has too many connections. Try again.\r\n"
)


class BoundedServer(ThreadedWSGIServer):
    """One thread for each connection, with a limit on their number."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lock = threading.Lock()
        self._deadlines: dict[socket.socket, float] = {}
        self._waiting: dict[socket.socket, None] = {}
        """Connections whose request has not arrived, oldest first."""
        if isinstance(self.socket, ssl.SSLSocket):
            # A handshake can take as long as the client likes, so it must not block the accepting thread.
            vars(self.socket)["do_handshake_on_connect"] = False

    def process_request(self, request: Any, client_address: Any) -> None:
        """Give the connection a thread, unless too many connections are busy."""
        oldest = None
        with self._lock:
            full = len(self._deadlines) >= CONNECTIONS
            if full:
                oldest = next(iter(self._waiting), None)
                self._waiting.pop(oldest, None)  # type: ignore[arg-type]
            if not full or oldest is not None:
                self._deadlines[request] = time.monotonic() + HEADERS_WITHIN
                self._waiting[request] = None
        if oldest is not None:
            _cut(oldest)
        elif full:
            self._turn_away(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no more threads on this machine
            self._turn_away(request)

    def _turn_away(self, request: Any) -> None:
        try:
            request.settimeout(0.0)
            if not isinstance(request, ssl.SSLSocket):
                request.send(_BUSY)
        except OSError:
            pass
        self.shutdown_request(request)

    def headers_received(self, request: socket.socket) -> None:
        """Record that the request headers have arrived; other time limits apply from now on."""
        with self._lock:
            self._waiting.pop(request, None)
            self._deadlines[request] = float("inf")

    def set_time_limit(self, request: socket.socket, seconds: float) -> None:
        """Cut the connection after this many seconds."""
        with self._lock:
            if request in self._deadlines:
                self._deadlines[request] = time.monotonic() + seconds

    def shutdown_request(self, request: Any) -> None:
        """Close and forget the connection."""
        with self._lock:
            self._waiting.pop(request, None)
            self._deadlines.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Cut the connections that are past their deadline. ``serve_forever`` calls this about ten times a second."""
        now = time.monotonic()
        with self._lock:
            late = [request for request, deadline in self._deadlines.items() if deadline < now]
            for request in late:
                self._deadlines[request] = float("inf")
        for request in late:
            _cut(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Log the error for debugging only: a client's broken connection must not fill the terminal."""
        LOG.debug("A connection from %s failed", client_address, exc_info=True)

    def log(self, type: str, message: str, *args: Any) -> None:
        """See ``handle_error``."""
        LOG.debug("werkzeug: " + message, *args)


def _cut(request: socket.socket) -> None:
    """End a connection from another thread; its own thread then sees that the client is gone."""
    with contextlib.suppress(OSError):
        socket.socket.shutdown(
            request, socket.SHUT_RDWR
        )  # not the TLS shutdown, because TLS state belongs to the connection's own thread


class BoundedRequestHandler(MotoRequestHandler):
    """Reads one request; a malformed one is refused before anything else processes it."""

    server: BoundedServer
    timeout = STALL
    protocol_version = "HTTP/1.1"
    error_content_type = "text/plain; charset=utf-8"
    error_message_format = "%(code)d %(message)s\n"

    def setup(self) -> None:
        """Do the TLS handshake in the connection's own thread."""
        super().setup()
        if isinstance(self.connection, ssl.SSLSocket):
            self.connection.do_handshake()

    def parse_request(self) -> bool:
        """Read the request line and the headers; False after an error response."""
        if not super().parse_request():
            return False
        if problem := self._request_problem():
            self.send_error(*problem)
            return False
        self.server.headers_received(self.request)
        return True

    def _request_problem(self) -> tuple[int, str] | None:
        if self.command not in HTTP_METHODS:
            return 501, f"The method is not one of {', '.join(HTTP_METHODS)}."
        if not _TARGET.fullmatch(self.path) or not self.path.startswith(("/", "http://", "https://")):
            return (
                400,
                "The request address must begin with / and be printable ASCII; percent-encode other characters.",
            )
        try:
            urlsplit(self.path)
        except ValueError:
            return 400, "The request address is malformed."
        names = [name.lower() for name in self.headers]
        for name in ("host", "content-length", "transfer-encoding", "content-type", "authorization"):
            if names.count(name) > 1:
                return 400, f"The request has more than one {name} header."
        if any(_CONTROL.search(str(value)) for value in self.headers.values()):
            return 400, "A header contains a control character."
        if sum(len(name) + len(value) for name, value in self.headers.items()) > HEADER_BYTES:
            return 431, f"The headers have more than {HEADER_BYTES:,} bytes."
        if any(isinstance(defect, _MALFORMED) for defect in self.headers.defects):
            return 400, "The request headers are malformed."
        return None

    def make_environ(self) -> dict[str, Any]:
        """The WSGI environment, with the headers as they were sent."""
        environ = super().make_environ()
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            low = name.lower()
            headers[low] = f"{headers[low]},{value}" if low in headers else value
        # An absolute request address contains a host, and werkzeug uses that one.
        headers["host"] = environ.get("HTTP_HOST", "")
        environ["cp_teach.headers"] = headers
        environ["cp_teach.local_address"] = self._local_address()
        environ["cp_teach.time_limit"] = lambda seconds: self.server.set_time_limit(self.request, seconds)
        environ["wsgi.input"] = self.rfile
        return environ

    def _local_address(self) -> str:
        try:
            return str(self.connection.getsockname()[0])
        except OSError:
            return ""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Send a short plain-text error; the connection ends with it."""
        self.server.set_time_limit(self.request, REFUSED_WITHIN)
        super().send_error(code, message, explain)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing: a line for each request would hide what matters and could contain any text from the client."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """See ``log``."""
