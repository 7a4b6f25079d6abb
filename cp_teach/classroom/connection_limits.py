"""A Tornado server that limits connections without a seat: their number, request sizes, and idle time."""

from __future__ import annotations

from typing import Any

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

MAX_WAITING = 300
"""Maximum connections without a seat. A further one closes the oldest. That one is idle, because a page is answered
at once. A class that opens the page at the same moment fits, and these plus all seats fit into the 1,024 files of a
process."""

SECONDS_FOR_REQUEST = 15.0
"""How long a client can take for a request, or stay idle between two."""


class BoundedServer(HTTPServer):
    """An HTTP server that keeps at most ``MAX_WAITING`` connections beside those that have a seat."""

    def initialize(self, *args: Any, **kwargs: Any) -> None:
        """Set the limits; Tornado calls this as its constructor."""
        kwargs |= {"idle_connection_timeout": SECONDS_FOR_REQUEST, "body_timeout": SECONDS_FOR_REQUEST}
        kwargs |= {"max_header_size": 16_384, "max_body_size": 4_096}
        super().initialize(*args, **kwargs)
        self.waiting: dict[IOStream, None] = {}  # a set that keeps its order

    def handle_stream(self, stream: IOStream, address: tuple[Any, ...]) -> None:
        """Accept a new connection."""
        if len(self.waiting) >= MAX_WAITING:
            self.waiting = {other: None for other in self.waiting if not other.closed()}
            if len(self.waiting) >= MAX_WAITING:
                oldest = next(iter(self.waiting))
                del self.waiting[oldest]
                oldest.close()
        self.waiting[stream] = None
        super().handle_stream(stream, address)

    def exempt(self, stream: IOStream) -> None:
        """Stop counting this connection, because it has a seat now, and seats have their own limit."""
        self.waiting.pop(stream, None)
