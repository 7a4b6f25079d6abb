"""A server on loopback that answers as AWS does: CodePipeline by this kit, everything else by moto."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterable
from functools import partial
from typing import Any, Protocol, TypeVar
from wsgiref.types import StartResponse, WSGIEnvironment

from cp_teach.aws.account.managed_policies import add_managed_policies
from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.service import Service
from cp_teach.aws.backend.store import Store, StoreFailed
from cp_teach.aws.client.admin_client import credentials_object
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.moto_plugin.install import install
from cp_teach.aws.server.http.access_keys import AccessKeys
from cp_teach.security.network.browser_requests import KnownHosts
from cp_teach.security.network.endpoints import REGION, Credentials
from cp_teach.security.network.server_keys import credentials_for
from cp_teach.work.sandbox.aws_clients import make_client

ACCOUNT = "123456789012"
"""moto's default account."""
BEAT = 0.2
"""Seconds between two checks for what has become due, even if no request arrives."""


class Closeable(Protocol):
    """Something that a server owns."""

    def close(self) -> None:
        """Free what it holds."""


T = TypeVar("T", bound=Closeable)


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
        # These modules load moto's server, which only a program that starts one needs.
        from cp_teach.aws.server.http.application import Application
        from cp_teach.aws.server.http.bounded_server import BoundedRequestHandler, BoundedServer

        self.service, self.settings, self.keys = Service(settings, store), settings, AccessKeys()
        self.lock = self.service.lock
        hosts = KnownHosts(allow_hosts, own=[] if host in ("", "0.0.0.0", "::") else [host])
        checked = Application(hosts, self.keys, moto_api=moto_api)

        def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
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
        name = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
        netloc = f"[{name}]" if ":" in name else name
        self.url = f"http{'s' if https or tls else ''}://{netloc}:{self._socket.getsockname()[1]}"
        self._stopping, self._stopped = threading.Event(), False
        self._threads: list[threading.Thread] = []
        self._owned: dict[type, Any] = {}

    def start(self) -> Server:
        """Begin to answer requests."""
        from moto.codepipeline.models import codepipeline_backends

        self.settings.address = self.settings.address or self.url
        service_registry.register(self.service)
        install()
        # moto reads the user's profile when it creates its first backend; later, that profile can be gone.
        codepipeline_backends[ACCOUNT]
        add_managed_policies(ACCOUNT, self.settings.edition)
        # `stop` waits for the end of a round of `serve_forever`, so a round is a tenth of a second instead of half.
        for target in (partial(self._http.serve_forever, 0.1), self._beat):
            thread = threading.Thread(target=target, name=f"cp_teach {self.url}", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def wait(self) -> None:
        """Block until ``end`` is called."""
        self._stopping.wait()

    def end(self) -> None:
        """Make ``wait`` return; a signal handler can call this."""
        self._stopping.set()

    def stop(self) -> None:
        """Close what the server owns, then answer no more requests. The store keeps what was answered."""
        if self._stopped:
            return
        self._stopped = True
        self._stopping.set()
        for owned in self._owned.values():
            owned.close()
        self._http.shutdown()
        for thread in self._threads:
            thread.join(timeout=10)
        self._http.server_close()
        self._socket.close()
        service_registry.unregister(self.service)

    def region(self, account: str = ACCOUNT, name: str = REGION) -> RegionBackend:
        """The backend of an account in a Region."""
        return self.service.region(account, name)

    def owned(self, kind: type[T]) -> T:
        """The object of this class that belongs to the server: created on first use, closed with the server."""
        with self.lock:
            if kind not in self._owned:
                self._owned[kind] = kind()
            item: T = self._owned[kind]
            return item

    def client(
        self,
        service: str = "codepipeline",
        region: str = REGION,
        *,
        credentials: Credentials | None = None,
        **options: Any,
    ) -> Any:
        """A boto3 client for this server, with the given keys, or with the server's own or the example keys.

        ``options`` are those of ``boto3.client``. Without keys, it gets those of the server when they become
        required.
        """
        if credentials is None and "aws_access_key_id" in options:
            names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
            credentials = Credentials(*(options.pop(name, None) for name in names))
        keys = credentials or credentials_for(self.url)
        boto3_client = make_client(self.url, service, region, credentials=keys, **options)
        if credentials is None:
            self.keys.follow(credentials_object(boto3_client))
        return boto3_client

    def _beat(self) -> None:
        """Let time pass. moto's backends are called directly: nothing here could reach the real service."""
        while not self._stopping.wait(BEAT):
            # After a failure, this lets the store test for space, even while the clock stands still.
            with contextlib.suppress(StoreFailed), self.service.transaction():
                if self.settings.clock.mode == "manual":
                    continue
                self.service.fire_timers()
                for region in self.service.regions:
                    region.advance_all()
