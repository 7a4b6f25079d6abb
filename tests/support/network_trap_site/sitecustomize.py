"""In the place of the network: a Python that is started with this folder on PYTHONPATH has every look-up of a name and
every connection that would leave the machine written into a file, and led to a listener of the test."""

import ipaddress
import os
import socket
from pathlib import Path

LOG, LISTENER = Path(os.environ["TRAP_LOG"]), int(os.environ["TRAP_PORT"])
_getaddrinfo, _connect = socket.getaddrinfo, socket.socket.connect


def stays(host):
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def note(what):
    with LOG.open("a", encoding="utf-8") as file:
        file.write(f"{what}\n")


def getaddrinfo(host, port, *args, **kwargs):
    if stays(host):
        return _getaddrinfo(host, port, *args, **kwargs)
    note(f"resolve {host}:{port}")
    return _getaddrinfo("127.0.0.1", LISTENER, *args, **kwargs)


def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6) and not stays(address[0]):
        note(f"connect {address}")
        address = ("127.0.0.1", LISTENER)
    return _connect(self, address)


socket.getaddrinfo, socket.socket.connect = getaddrinfo, connect
