"""Decide which addresses an AWS client can send requests to; no other module decides this.

An address must be allowed explicitly: it must be on this machine, belong to a server that has proved that it is a
cp-teach server (``server_challenge``), or belong to a server that the user trusts. Everything else is refused. AWS's
own addresses are refused even if the user trusts them.
"""

from __future__ import annotations

import ipaddress
import re
import time
from typing import NamedTuple
from urllib.parse import urlsplit

from cp_teach.security.network import server_challenge
from cp_teach.security.network.direct_http import NoResponse, is_loopback


class Credentials(NamedTuple):
    """The keys with which a client signs its requests."""

    access_key: str
    secret_key: str
    session_token: str | None = None


EXAMPLE = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
"""The example keys of AWS's documentation; they are not valid at AWS."""

REGION = "us-east-1"
"""The default region of a client."""

PROOF_SECONDS = 60.0
"""Seconds for which a proof is valid. A name can point elsewhere later, so the proof must be repeated."""

_ADDRESS = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?(?=[/?#]|\Z)", re.I)
"""Scheme, host, and port, in characters that all URL parsers read alike: no user, backslash, percent, or space."""

_AWS = re.compile(
    r"(?:.*\.)?(?:amazonaws(?:-[a-z-]+)?\.[a-z.]+|amazonwebservices\.[a-z.]+|awsapps\.[a-z.]+|"
    r"api\.aws\..+|api\.cloud-aws\..+|(?:.+\.)?ic\.gov|sgov\.gov|adc-e\.uk|aws|scloud)"
)
"""AWS's names in all partitions. They are refused without asking for a proof; other names need one."""

_METADATA = tuple(ipaddress.ip_network(each) for each in ("169.254.0.0/16", "fd00:ec2::/32", "fe80::/10"))
"""Networks from which instances, containers, and pods get credentials."""

_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last label that makes some resolvers read a host as an IPv4 address: ``127.1``, ``2130706433``, ``0x7f.1``."""


class EndpointRefused(ValueError):
    """No request may be sent to this address; the message says why, and what to do."""


class NotProved(EndpointRefused):
    """The server answers, but has not proved that it is a cp-teach server."""


class Address(NamedTuple):
    """The target of a URL: the scheme, the host in lower case and without brackets, and the port."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"


# -- reading -------------------------------------------------------------------------------------------------------
def address_of(url: str) -> Address:
    """The address of that URL. Raises ``EndpointRefused`` for a text that URL parsers could read differently."""
    match, problem = _ADDRESS.match(url), ""
    if match is not None and url.isascii() and not re.search(r"[\\\s\x00-\x1f\x7f]", url):
        scheme, host = match[1].lower(), match[2].strip("[]").lower()
        port = int(match[3] or (443 if scheme == "https" else 80))
        if _is_usual(host) and 0 < port < 65536:
            return Address(scheme, host, port)
        problem = ": its host or port is wrong"
    raise EndpointRefused(
        f"The endpoint {url!r} is not a valid address{problem}. "
        "Write it as http://HOST:PORT, such as http://127.0.0.1:5000."
    )


def _is_usual(host: str) -> bool:
    """Whether the host is an IP address in its usual notation, or a name that cannot be read as an address."""
    try:
        ipaddress.ip_address(host)
        return True
    except ValueError:
        labels = host.split(".")
        return ":" not in host and all(labels) and not _NUMBER.fullmatch(labels[-1])


def is_aws(host: str) -> bool:
    """Whether the host is one of AWS's names, in any partition, or an address where AWS hands out credentials."""
    if _AWS.fullmatch(host):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return any((mapped or address) in network for network in _METADATA)


# -- deciding ------------------------------------------------------------------------------------------------------
_proved: dict[Address, float] = {}
_trusted: set[Address] = set()


def require_loopback(url: str) -> str:
    """The endpoint without a trailing slash. Raises ``EndpointRefused`` if it is not on this machine."""
    address = address_of(url)
    if not is_loopback(address.host) or address.host.endswith(".localhost"):
        raise EndpointRefused(
            f"The endpoint {url!r} is not on this machine. "
            "Give the address of a server that runs here, such as http://127.0.0.1:5000."
        )
    return _client_form(url, address)


def require_server(url: str) -> str:
    """The endpoint without a trailing slash: on this machine, or a proven cp-teach server.

    Raises ``NotProved`` if the server fails the challenge, and ``EndpointRefused`` if no server answers or for any
    other address. Only the challenge is sent, without a signature or a credential.
    """
    address = address_of(url)
    if is_aws(address.host):
        raise EndpointRefused(
            f"{url} is the real AWS service, and cp-teach connects only to its own servers. "
            "Start one with `cp-teach serve` and give its address."
        )
    if not is_loopback(address.host) and address not in _trusted:
        _prove(address)
    return _client_form(url, address)


def trust_server(url: str) -> None:
    """Allow a server that is not a cp-teach server, in this process. Raises ``EndpointRefused`` for an address of
    AWS."""
    address = address_of(url)
    if is_aws(address.host):
        raise EndpointRefused(f"{url} is the real AWS service, which is refused even with trusted=True.")
    if not is_loopback(address.host):
        _trusted.add(address)


def check_request(url: str) -> None:
    """Return if a request may be sent to that URL; raise ``EndpointRefused`` otherwise.

    Other than this machine, only servers that ``require_server`` or ``trust_server`` has accepted before are allowed.
    A URL that a client comes up with is never asked for a proof.
    """
    address = address_of(url)
    if is_loopback(address.host) or address in _trusted:
        return
    if address in _proved and not is_aws(address.host):
        _prove(address)
        return
    raise EndpointRefused(
        f"The request to {address} was not sent: it would leave this machine, perhaps for a real account. "
        "Inside mock_aws(), after sandbox(), and through cp_teach.connect(), a client can reach only servers on this "
        "machine and proven cp-teach servers. Create the client again there, without endpoint_url or with the address "
        "of such a server."
    )


def _prove(address: Address) -> None:
    if time.monotonic() - _proved.get(address, float("-inf")) < PROOF_SECONDS:
        return
    _proved.pop(address, None)
    try:
        proved = server_challenge.passes_challenge(str(address))
    except NoResponse as error:
        raise EndpointRefused(
            f"No server answers at {address}: {error}. Start one with `cp-teach serve`."
        ) from error
    if not proved:
        raise NotProved(
            f"{address} does not have the cp_teach admin API: it is not on this machine and has not proved that it is "
            "a cp-teach server, so no request to it is signed. Give the address that `cp-teach serve` prints."
        )
    _proved[address] = time.monotonic()


def _client_form(url: str, address: Address) -> str:
    """The endpoint in the form for clients. Over HTTP, ``localhost`` becomes its address, so that DNS is not asked.
    Over HTTPS it stays, because the certificate is for the name."""
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise EndpointRefused(f"The endpoint {url!r} must end before its '?' or '#'.")
    if address.host == "localhost" and address.scheme == "http":
        return f"http://127.0.0.1:{address.port}{parts.path.rstrip('/')}"
    return url.rstrip("/")
