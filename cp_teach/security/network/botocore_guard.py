"""Patch botocore so that it refuses requests to addresses that ``endpoints`` does not allow.

This is the last line of defense. It patches ``URLLib3Session.send``, because every request of botocore passes there:
also those of a client or session that was made before moto or cp_teach was imported, and those that fetch credentials
(STS, SSO, web identity, container and instance metadata). An event handler, such as moto's ``before-send``, is copied
into a session when the session is made, so an earlier session does not have it.

The patch is installed once and checks for each request which restrictions apply:

- While a moto mock is active, moto gets a request that its handler has not seen.
- While ``activate`` is in effect, and in a block of ``restricted``, a request to an address that is not allowed is
  refused. ``credential_process``, a program that can call any address, is not run.
- A client that was made in this time, or that was given to ``confine``, stays restricted forever: it outlives its
  mock, but can reach nothing.
- An allowed request goes directly to its server, even if a proxy is configured. ``localhost`` and names below it are
  connected to a loopback address without DNS.
"""

from __future__ import annotations

import copy
import functools
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from cp_teach.security.network.direct_http import is_localhost
from cp_teach.security.network.endpoints import EndpointRefused, check_request

_CONFINED = "_cp_teach_confined"
_lock = threading.Lock()
_active = 0
_block_is_restricted: ContextVar[bool] = ContextVar("cp_teach_held", default=False)


def activate() -> None:
    """Restrict botocore in this process to allowed addresses; each call needs its own ``deactivate``."""
    global _active
    install()
    with _lock:
        _active += 1


def deactivate() -> None:
    """Undo one ``activate``."""
    global _active
    with _lock:
        _active = max(0, _active - 1)


@contextmanager
def restricted() -> Iterator[None]:
    """Restrict botocore to allowed addresses in this block and thread.

    For calls with a user's client: to sign, the client may have to fetch or refresh credentials, which is a separate
    request.
    """
    install()
    token = _block_is_restricted.set(True)
    try:
        yield
    finally:
        _block_is_restricted.reset(token)


def _is_restricted() -> bool:
    return _active > 0 or _block_is_restricted.get()


def confine(client: Any) -> Any:
    """Restrict a boto3 client to allowed addresses from now on, even after a mock has ended. Returns the client."""
    install()
    client.meta.events.register("before-send", _mark, unique_id="cp_teach-confined")
    return client


def _mark(request: Any, **_: Any) -> None:
    setattr(request, _CONFINED, True)


def install() -> None:
    """Patch botocore; calling this twice has no further effect. For a client that is not confined, the only change is
    that moto's mocks also answer clients that were made before them."""
    import botocore.awsrequest
    import botocore.credentials
    import botocore.httpsession

    with _lock:
        _wrap(botocore.httpsession.URLLib3Session, "__init__", _remember_birth)
        _wrap(botocore.httpsession.URLLib3Session, "send", _send)
        for kind in (botocore.awsrequest.AWSHTTPConnection, botocore.awsrequest.AWSHTTPSConnection):
            _wrap(kind, "_new_conn", _connect)
        _wrap(botocore.credentials.ProcessProvider, "_retrieve_credentials_using", _run_program)
        if "boto3" in sys.modules:  # it can be imported between two calls
            import boto3.s3.transfer

            _wrap(boto3.s3.transfer, "_should_use_crt", _use_crt)


def _wrap(owner: Any, name: str, around: Any) -> None:
    original = getattr(owner, name)
    if _CONFINED in vars(original):
        return

    @functools.wraps(original)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    setattr(wrapper, _CONFINED, True)
    setattr(owner, name, wrapper)


def _remember_birth(original: Any, session: Any, *args: Any, **kwargs: Any) -> None:
    original(session, *args, **kwargs)
    if _is_restricted():
        setattr(session, _CONFINED, True)


def _send(original: Any, session: Any, request: Any) -> Any:
    response = _moto_response(request)
    if response is not None:
        return response
    if _is_restricted() or getattr(session, _CONFINED, False) or getattr(request, _CONFINED, False):
        check_request(request.url)
        if session._proxy_config.proxy_url_for(request.url):
            session = _without_proxy(session)
    return original(session, request)


def _moto_response(request: Any) -> Any:
    """The response of an active mock; None if there is no mock or it lets the request through."""
    models = sys.modules.get("moto.core.models")
    stubber = getattr(models, "botocore_stubber", None)
    return stubber("before-send", request) if stubber is not None and stubber.enabled else None


def _without_proxy(session: Any) -> Any:
    from botocore.httpsession import ProxyConfiguration

    direct = copy.copy(session)
    direct._proxy_config = ProxyConfiguration()
    return direct


def _connect(original: Any, connection: Any) -> Any:
    """A new connection; ``localhost`` is connected without DNS."""
    name = connection._dns_host
    if not is_localhost(name.lower()):
        return original(connection)
    from urllib3.exceptions import NewConnectionError

    try:
        connection._dns_host = "127.0.0.1"
        try:
            return original(connection)
        except NewConnectionError:
            connection._dns_host = "::1"
            return original(connection)
    finally:
        connection._dns_host = name


def _run_program(original: Any, provider: Any, program: str) -> Any:
    if _is_restricted():
        raise EndpointRefused(
            f"The credential_process of the profile ({program.split(' ')[0]}) was not run: inside mock_aws(), after "
            "sandbox(), and through cp_teach.connect(), no program may fetch credentials of a real account. "
            "Create the client without that profile."
        )
    return original(provider, program)


def _use_crt(original: Any, config: Any) -> Any:
    """Disable S3's CRT client while requests are restricted, because it does not send through botocore."""
    return False if _is_restricted() else original(config)
