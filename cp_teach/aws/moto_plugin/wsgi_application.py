"""moto's own WSGI application, without CORS and without its terminal output for unknown services."""

from __future__ import annotations

import os
import threading
from typing import Any

from moto.backends import list_of_moto_modules
from moto.moto_server import werkzeug_app

from cp_teach.security.network.browser_requests import KnownHosts, find_refusal

_creating = threading.Lock()
MOST = 1_000
"""Maximum number of hosts whose service is cached."""


class MotoApplication(werkzeug_app.DomainDispatcherApplication):
    """Finds the service of a request and hands the request to it."""

    def __init__(self) -> None:
        super().__init__(_create_app)
        self._modules = frozenset(list_of_moto_modules())
        self._services: dict[str, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """Like moto's method, but raises ``LookupError`` for an unknown host; moto prints the name and continues
        without a service."""
        if host is None or host == "moto_api" or host in self._modules:
            return host
        if host not in self._services:
            service = next(
                (name for name, pattern in self.backend_url_patterns if pattern.match(f"http://{host}")), None
            )
            if service is None:
                raise LookupError(host)
            if len(self._services) >= MOST:
                self._services.clear()
            self._services[host] = service
        return self._services[host]


def _create_app(service: Any) -> Any:
    """moto's application for one service, without CORS. The setting must be patched, because moto reads it at import
    time."""
    settings = vars(werkzeug_app)
    with _creating:
        before, settings["DISABLE_GLOBAL_CORS"] = settings["DISABLE_GLOBAL_CORS"], True
        try:
            return werkzeug_app.create_backend_app(service)
        finally:
            settings["DISABLE_GLOBAL_CORS"] = before


def guard_motos_own_server() -> None:
    """Make ``moto_server`` with our CodePipeline (see ``moto_server``) also refuse pages of other origins.

    ``CP_TEACH_ALLOW_HOST`` holds its host names, separated by commas.
    """
    hosts = KnownHosts(filter(None, os.environ.get("CP_TEACH_ALLOW_HOST", "").split(",")))
    answered = werkzeug_app.DomainDispatcherApplication.__call__

    def call(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        headers = {
            name.removeprefix("HTTP_").lower().replace("_", "-"): str(value)
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        socket = environ.get("werkzeug.socket")
        local = str(socket.getsockname()[0]) if socket is not None else ""
        scheme = environ["wsgi.url_scheme"]
        refused = find_refusal(environ["REQUEST_METHOD"], headers, hosts, scheme=scheme, local_address=local)
        if refused is None:
            return answered(self, environ, start_response)
        start_response(f"{refused.status} Refused", [("Content-Type", "text/plain; charset=utf-8")])
        return [refused.message.encode()]

    vars(werkzeug_app)["DISABLE_GLOBAL_CORS"] = True
    setattr(werkzeug_app.DomainDispatcherApplication, "__call__", call)  # noqa: B010 - mypy forbids assigning a method
