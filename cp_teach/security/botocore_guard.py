"""The last line of defense: botocore itself refuses a request that ``endpoints`` does not allow.

Why it stands in ``URLLib3Session.send`` and not among the handlers of an event: every request of botocore passes
there, also those of a client or session that was made before moto or cp_teach was imported, and those that fetch
credentials (STS, SSO, web identity, container and instance metadata). A handler of ``before-send``, which is what moto
uses, is copied into a session when that is made, so an earlier one does not have it.

The patch is put in place once and looks at what is in force for each request:

- While a mock of moto is active, a request that its handler has not seen is given to moto.
- While ``activate`` is in force, a request to an address that is not allowed is refused, and ``credential_process``,
  a program that may call anyone, is not run.
- ``held`` does the same for one block of one thread.
- A client that was made then, or that was given to ``confine``, is held to this forever: it outlives its mock, but
  reaches nothing.
- An allowed request goes straight to its server, whatever proxy is configured; ``localhost`` and names below it are
  connected to a loopback address, whatever a resolver says.
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

from cp_teach.security.endpoints import EndpointRefused, check_request, is_localhost

_CONFINED = "_cp_teach_confined"
_lock = threading.Lock()
_active = 0
_held: ContextVar[bool] = ContextVar("cp_teach_held", default=False)


def activate() -> None:
    """Let botocore, in this process, reach allowed addresses only; each call needs a ``deactivate`` of its own."""
    global _active
    install()
    with _lock:
        _active += 1


def deactivate() -> None:
    """Take back one ``activate``."""
    global _active
    with _lock:
        _active = max(0, _active - 1)


@contextmanager
def held() -> Iterator[None]:
    """In this block, and this thread alone, botocore reaches allowed addresses only.

    For calls with a client of the user: to sign, it may have to fetch or refresh credentials, which is a request of its
    own and not one of the client.
    """
    install()
    before = _held.set(True)
    try:
        yield
    finally:
        _held.reset(before)


def _holds() -> bool:
    return _active > 0 or _held.get()


def confine(client: Any) -> Any:
    """Hold a boto3 client to allowed addresses, from now on, after a mock has ended too. Returns the client."""
    install()
    client.meta.events.register("before-send", _mark, unique_id="cp_teach-confined")
    return client


def _mark(request: Any, **_: Any) -> None:
    setattr(request, _CONFINED, True)


def install() -> None:
    """Patch botocore; doing it twice does it once. By itself it changes nothing for a client that is not confined,
    but that moto's mocks also answer clients made before them."""
    import botocore.awsrequest
    import botocore.credentials
    import botocore.httpsession

    with _lock:
        _wrap(botocore.httpsession.URLLib3Session, "__init__", _remember_birth)
        _wrap(botocore.httpsession.URLLib3Session, "send", _send)
        for kind in (botocore.awsrequest.AWSHTTPConnection, botocore.awsrequest.AWSHTTPSConnection):
            _wrap(kind, "_new_conn", _connect)
        _wrap(botocore.credentials.ProcessProvider, "_retrieve_credentials_using", _run_program)
        if "boto3" in sys.modules:  # it may be imported between two calls
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
    if _holds():
        setattr(session, _CONFINED, True)


def _send(original: Any, session: Any, request: Any) -> Any:
    answer = _answer_of_moto(request)
    if answer is not None:
        return answer
    if _holds() or getattr(session, _CONFINED, False) or getattr(request, _CONFINED, False):
        check_request(request.url)
        if session._proxy_config.proxy_url_for(request.url):
            session = _without_proxy(session)
    return original(session, request)


def _answer_of_moto(request: Any) -> Any:
    """What an active mock answers; None without one, and where it lets a request through."""
    models = sys.modules.get("moto.core.models")
    stubber = getattr(models, "botocore_stubber", None)
    return stubber("before-send", request) if stubber is not None and stubber.enabled else None


def _without_proxy(session: Any) -> Any:
    from botocore.httpsession import ProxyConfiguration

    direct = copy.copy(session)
    direct._proxy_config = ProxyConfiguration()
    return direct


def _connect(original: Any, connection: Any) -> Any:
    """A new connection; one to ``localhost`` asks no resolver."""
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
    if _holds():
        raise EndpointRefused(
            f"The credential_process of the profile ({program.split(' ')[0]}) was not run: inside mock_aws(), after "
            "sandbox(), and through cp_teach.connect(), no program may fetch credentials of a real account. "
            "Create the client without that profile."
        )
    return original(provider, program)


def _use_crt(original: Any, config: Any) -> Any:
    """The CRT client of S3 does not send through botocore, so it is left out while requests are held back."""
    return False if _holds() else original(config)
