"""Reject HTTP requests that a web page of another origin may have caused, or that name a foreign host.

Every page that is open in a browser on this machine can reach a server on loopback. Its requests
show their origin: ``Origin`` (the Fetch standard), ``Sec-Fetch-Site`` (Fetch Metadata), and ``Host``, which
holds the attacker's name if DNS was made to point at 127.0.0.1 (DNS rebinding). Programs such as boto3, the AWS CLI,
and curl send neither of the first two.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_HOST = re.compile(
    r"(?P<name>[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])(:(?P<port>[0-9]{1,5}))?", re.I | re.A
)
_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?#@\\]+)", re.I | re.A)
_NAME = re.compile(
    r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.I | re.A
)
_DEFAULT_PORT = {"http": "80", "https": "443"}

OWN_PAGES = ("same-origin", "none")
"""Values of ``Sec-Fetch-Site`` for a page of this server, and for an address that the user typed."""

FORM_TYPES = ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded")
"""The content types that a page can send to another origin without asking first (Fetch: CORS-safelisted)."""


class Refusal(NamedTuple):
    """Why a request is not answered: an HTTP status and a sentence that says what to do."""

    status: int
    message: str


class KnownHosts:
    """The host names under which a server can be addressed.

    ``localhost``, the names below it (``bucket.localhost``: virtual hosts of S3), and the loopback addresses are
    always known. ``names`` adds the user's own names: ``teach.example.org``, or ``*.example.org`` for all its
    subdomains. ``own`` are the names that the server itself listens on. The local address of a connection is known
    for that connection.
    """

    def __init__(self, names: Iterable[str] = (), own: Iterable[str] = ()) -> None:
        """Raises ``ValueError`` for a text that is not a host name."""
        self.names: frozenset[str] = frozenset(map(_allowed_name, names))
        self.own: frozenset[str] = frozenset(map(_allowed_name, own))

    def knows(self, host: str, local_address: str = "") -> bool:
        """True if a ``Host`` header names this server. ``local_address`` is the local address of the connection."""
        name, port = _name_and_port(host)
        if not name or int(port or 0) > 65535:
            return False
        address = _address(name)
        if address is not None:
            local = _address(local_address)
            return address.is_loopback or address == local or str(address) in self.names | self.own
        return name == "localhost" or name.endswith(".localhost") or name in self.own or self._given(name)

    def is_named_by_user(self, host: str) -> bool:
        """True if the user has given this name: a reverse proxy may speak HTTPS in front of it."""
        return self._given(_name_and_port(host)[0])

    def _given(self, name: str) -> bool:
        if name in self.names:
            return True
        labels = name.split(".")
        return any("*." + ".".join(labels[index:]) in self.names for index in range(1, len(labels)))


def _name_and_port(host: str) -> tuple[str, str]:
    """The name and the port of a ``Host`` header, "" for one that is missing or malformed."""
    match = _HOST.fullmatch(host)
    return (match["name"].lower().rstrip("."), match["port"] or "") if match is not None else ("", "")


def _allowed_name(text: str) -> str:
    name = text.strip().lower().rstrip(".")
    if name.startswith("[") and name.endswith("]"):
        name = name[1:-1]
    address = _address(name)
    if address is not None:
        return str(address)
    if not _NAME.fullmatch(name) or len(name) > 253:
        raise ValueError(
            f"{text!r} is not a host name. Give a name without scheme, port, or path, such as teach.example.org, "
            "or *.example.org for all its subdomains"
        )
    return name


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if isinstance(mapped, ipaddress.IPv4Address) else address


def find_refusal(
    method: str,
    headers: Mapping[str, str],
    hosts: KnownHosts,
    *,
    scheme: str = "http",
    local_address: str = "",
) -> Refusal | None:
    """Why this request must be refused; None if no page of another origin can have caused it.

    The keys of ``headers`` are lower case. Several headers with one name must be joined by commas, so that two values
    are never mistaken for one valid value. ``local_address`` is the local address of the connection.
    """
    host = headers.get("host", "")
    if not hosts.knows(host, local_address):
        return Refusal(
            403 if host else 400,
            f"The Host header {host[:100]!r} is not a name of this server. Use localhost or 127.0.0.1, or add the "
            "name when you start the server: --allow-host NAME.",
        )
    if method.upper() == "OPTIONS" and any(name.startswith("access-control-request-") for name in headers):
        return Refusal(403, "This server does not answer pages of another origin: it does not support CORS.")
    if "origin" in headers and not _same_origin(headers["origin"], host, scheme, hosts):
        return Refusal(403, _foreign(f"a page of {headers['origin'][:100]!r}"))
    site = headers.get("sec-fetch-site")
    if site is not None and site not in OWN_PAGES:
        return Refusal(403, _foreign(f"another page (Sec-Fetch-Site: {site[:40]!r})"))
    return None


def _foreign(source: str) -> str:
    return (
        f"The request comes from {source}, and this server answers only programs and its own pages. "
        "To open an address in a browser, type it into the address bar."
    )


def _same_origin(origin: str, host: str, scheme: str, hosts: KnownHosts) -> bool:
    match = _ORIGIN.fullmatch(origin)
    if match is None:  # "null" is the origin of a sandboxed frame, of a file and of a redirect
        return False
    theirs = match["scheme"].lower()
    if theirs != scheme and not (theirs == "https" and hosts.is_named_by_user(host)):
        return False
    (their_name, their_port), (name, port) = _name_and_port(match["host"]), _name_and_port(host)
    default = _DEFAULT_PORT[theirs]
    return (their_name, their_port or default) == (name, port or default)


def is_form_type(content_type: str) -> bool:
    """True for a content type that any page can send to another origin without a preflight; also true for a missing
    one."""
    kind = content_type.partition(";")[0].strip().lower()
    return not kind or any(kind.startswith(each) for each in FORM_TYPES)
