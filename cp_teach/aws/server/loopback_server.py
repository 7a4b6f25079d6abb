"""A server on loopback that answers as AWS does: CodePipeline by us, everything else by moto."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from typing import Any

from cp_teach.aws.account.managed_policies import provide
from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.backend.service import Service
from cp_teach.aws.backend.store import Store, StoreFailed
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.moto_plugin.install import install
from cp_teach.aws.server.http.access_keys import AccessKeys
from cp_teach.security.network.browser_requests import KnownHosts

BEAT = 0.2
"""Seconds between two looks at the clock: what falls due happens although nobody asks."""


class Server:
    """A server in threads of this process.

    ``port`` 0 takes a free one. ``https`` serves with a temporary certificate. Raises ``OSError`` if the port is in
    use.

    Requests of web pages and for unknown hosts are refused; ``allow_hosts`` adds names to loopback and ``host``.
    ``keys`` are the access keys that are required where real work is done. ``moto_api`` enables moto's own API.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        https: bool = False,
        store: Store | None = None,
        tls: tuple[str, str] | None = None,
        allow_hosts: Iterable[str] = (),
        moto_api: bool = False,
    ) -> None:
        from cp_teach.aws.server.http.application import Application
        from cp_teach.aws.server.http.bounded_server import BoundedRequestHandler, BoundedServer

        self.service, self.settings, self.keys = Service(settings, store), settings, AccessKeys()
        hosts = KnownHosts(allow_hosts, own=[] if host in ("", "0.0.0.0", "::") else [host])
        checked = Application(hosts, self.keys, moto_api=moto_api)

        def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
            with self.service.entered():  # moto's backends then use this server's service
                return checked(environ, start_response)

        # Bound here, because werkzeug ends the whole program where a port is in use.
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=128)
        self._http = BoundedServer(
            host,
            port,
            application,
            BoundedRequestHandler,
            fd=self._socket.fileno(),
            ssl_context=tls or ("adhoc" if https else None),
        )
        # If it listens on all addresses, a client on this machine reaches it on loopback.
        named = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        shown = f"[{named}]" if ":" in named else named
        self.url = f"http{'s' if https or tls else ''}://{shown}:{self._socket.getsockname()[1]}"
        self._stopping, self._stopped = threading.Event(), False
        self._threads: list[threading.Thread] = []

    def start(self) -> Server:
        """Begin to answer."""
        self.settings.address = self.settings.address or self.url
        service_registry.register(self.service)
        install()
        provide("123456789012", self.settings.edition)
        for target in (self._http.serve_forever, self._beat):
            thread = threading.Thread(target=target, name=f"cp_teach {self.url}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def wait(self) -> None:
        """Wait until somebody stops it."""
        self._stopping.wait()

    def end(self) -> None:
        """Ask it to end; ``wait`` returns."""
        self._stopping.set()

    def stop(self) -> None:
        """End: no request is answered any more. What was answered is kept."""
        if self._stopped:
            return
        self._stopped = True
        self._stopping.set()
        self._http.shutdown()
        for thread in self._threads:
            thread.join(timeout=10)
        self._http.server_close()
        self._socket.close()
        service_registry.unregister(self.service)

    def region(self, account: str = "123456789012", name: str = "us-east-1") -> Region:
        """The service of an account in a region."""
        return self.service.region(account, name)

    def _beat(self) -> None:
        """Let time pass. moto's backends are called directly: nothing here could reach the real service."""
        while not self._stopping.wait(BEAT):
            # After a failure, this lets the store test for space, even while the clock stands still.
            with contextlib.suppress(StoreFailed), self.service.transaction():
                for region in self.service.regions if self.settings.clock.mode != "manual" else ():
                    region.everybody()
