"""The server that ``serve``, ``sandbox``, and ``show_work`` share in a process if they are given no other one."""

from __future__ import annotations

import threading

from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.server.loopback_server import Server


class ProcessServer:
    """A server on a free port, started on first use."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: Server | None = None

    def get(self) -> Server:
        """The server, which this starts if it does not run."""
        with self._lock:
            if self._server is None:
                self._server = Server(Settings(clock=Clock("real"))).start()
            return self._server

    def close(self) -> None:
        """Stop the server; the next ``get`` starts another one."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop()


PROCESS = ProcessServer()
