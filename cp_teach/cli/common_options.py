"""Options and arguments that several commands share, each defined once."""

import argparse
from collections.abc import Iterable
from typing import Protocol

from cp_teach.cli import number_arguments
from cp_teach.cli.user_error import UserError
from cp_teach.security.network.browser_requests import KnownHosts


class Commands(Protocol):
    """The subparsers of ``cp-teach``, to which a command adds its own."""

    def add_parser(self, name: str, *, help: str) -> argparse.ArgumentParser:
        """Add the parser of a command."""


def add_catalog(command: argparse.ArgumentParser) -> None:
    """Add --catalog; --catalogue is its former spelling."""
    command.add_argument(
        "--catalog",
        "--catalogue",
        choices=("today", "course"),
        default="today",
        help="whose rules apply: CodePipeline of today (default), or of the course (2016)",
    )


def add_repeatable(command: argparse.ArgumentParser, option: str, metavar: str, description: str) -> None:
    """Add an option that can be given several times; its values are a list."""
    command.add_argument(option, metavar=metavar, action="append", default=[], help=description)


def key_and_value(option: str, text: str, form: str) -> tuple[str, str]:
    """Split ``KEY=VALUE``. Raises ``UserError`` with the ``form`` to write if one of them is missing."""
    key, _, value = text.partition("=")
    if not key or not value.strip():
        raise UserError(f"{option} {text}: write {form}.")
    return key, value


def add_listener(command: argparse.ArgumentParser, default_port: int) -> None:
    """Add --host, --port, and --allow-host of a server."""
    command.add_argument(
        "--port",
        type=number_arguments.port,
        default=default_port,
        help=f"the port (default: {default_port}); 0 takes a free one",
    )
    command.add_argument(
        "--host", default="127.0.0.1", help="the address to bind (default: 127.0.0.1, this machine only)"
    )
    add_repeatable(
        command,
        "--allow-host",
        "NAME",
        "a host name of this server, such as that of a reverse proxy; *.NAME for all its subdomains",
    )


def allowed_hosts(names: Iterable[str]) -> list[str]:
    """Return the names given with ``--allow-host``. Raises ``UserError`` for an invalid host name."""
    names = list(names)
    try:
        KnownHosts(names)
    except ValueError as error:
        raise UserError(f"--allow-host: {error}.") from error
    return names


def add_clock_factor(command: argparse.ArgumentParser) -> None:
    """Add --factor: the speed of a server's clock."""
    command.add_argument(
        "--factor",
        type=number_arguments.factor,
        default=1.0,
        help="how many times faster than the wall clock (default: 1)",
    )


def add_output_folder(command: argparse.ArgumentParser, default: str) -> None:
    """Add -o for a folder."""
    command.add_argument(
        "-o", "--output", metavar="DIR", default=default, help=f"the folder to write (default: ./{default})"
    )


def add_jobs(command: argparse.ArgumentParser, default: int) -> None:
    """Add -j: the number of notebooks that run at the same time."""
    command.add_argument(
        "-j",
        "--jobs",
        metavar="N",
        type=number_arguments.count,
        default=default,
        help=f"how many notebooks to convert at the same time (default: {default})",
    )
