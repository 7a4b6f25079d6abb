"""Send one HTTP request directly to its address, without proxy, redirect, or credentials, and with a size limit."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
from typing import Any
from urllib.parse import urlsplit

MAX_ANSWER = 256 * 1024 * 1024
"""Maximum bytes of a response. The longest response of a cp-teach server is a journal."""

LOOPBACK = ("127.0.0.1", "::1")


class NoResponse(Exception):
    """No server answers, or the answer is not HTTP; the message says what happened."""


class TooLong(NoResponse):
    """The response is longer than ``max_response``."""


def send_request(
    method: str,
    url: str,
    body: bytes | None = None,
    *,
    headers: dict[str, str] | None = None,
    timeout: float = 30.0,
    max_response: int = MAX_ANSWER,
) -> tuple[int, bytes]:
    """The status and the body of the response. A redirect is returned like any other response; it is not followed.

    ``localhost`` is connected to a loopback address without DNS. A certificate is checked unless the server is on
    this machine, where connections cannot be intercepted. Raises ``NoResponse``.
    """
    parts = urlsplit(url)
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    host = parts.hostname or ""
    last: Exception = OSError("no address")
    for place in LOOPBACK if is_localhost(host) else (host,):
        connection = _connection(parts.scheme, host, place, parts.port, timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            data = answer.read(max_response + 1)
            if len(data) > max_response:
                raise TooLong(f"its answer is longer than {max_response} bytes")
            return answer.status, data
        except ConnectionRefusedError as error:
            last = error
        except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
            raise NoResponse(str(error) or type(error).__name__) from error
        finally:
            connection.close()
    raise NoResponse(str(last)) from last


def _connection(scheme: str, host: str, place: str, port: int | None, timeout: float) -> Any:
    connection: http.client.HTTPConnection
    if scheme == "https":
        context = ssl.create_default_context()
        if is_loopback(place):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection(host, port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(host, port, timeout=timeout)

    def connect_there(_: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        return socket.create_connection((place, connection.port), *args, **kwargs)

    connection._create_connection = connect_there  # type: ignore[attr-defined]  # http.client's own seam for this
    return connection


def is_localhost(host: str) -> bool:
    """Whether the host is ``localhost`` or a name below it, which are loopback by RFC 6761, regardless of DNS."""
    return host == "localhost" or host.endswith(".localhost")


def is_loopback(host: str) -> bool:
    """Whether the host is this machine: a loopback address in its usual notation, or ``localhost``.

    A name below ``localhost`` counts, because ``send_request`` and ``botocore_guard`` connect it to a loopback address
    without DNS.
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return is_localhost(host)
