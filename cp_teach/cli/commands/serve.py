"""`cp-teach serve`: AWS's API on this machine, with the whole of CodePipeline in it."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach.cli import number_arguments
from cp_teach.cli.user_error import Mistake, existing_file

if TYPE_CHECKING:
    from cp_teach.aws.config.settings import Settings
    from cp_teach.aws.server.loopback_server import Server


def add(commands: Any) -> None:
    """Tell the command line of `serve`."""
    sub = commands.add_parser("serve", help="answer boto3 and the AWS CLI on this machine")
    sub.add_argument(
        "--port", type=number_arguments.port, default=5000, help="the port (5000); 0 takes a free one"
    )
    sub.add_argument("--host", default="127.0.0.1", help="the address to bind (127.0.0.1: only this machine)")
    sub.add_argument(
        "--https", action="store_true", help="serve HTTPS with a certificate made for the occasion"
    )
    sub.add_argument("--cert", metavar="FILE", help="serve HTTPS with this certificate (PEM) …")
    sub.add_argument("--key", metavar="FILE", help="… and its key")
    sub.add_argument("--state", metavar="DIR", help="keep pipelines, executions and history in this folder")
    sub.add_argument(
        "--edition", choices=("today", "course"), default="today", help="whose limits and regions"
    )
    sub.add_argument(
        "--clock",
        choices=("real", "manual", "virtual"),
        help="how time passes: as on the wall (default), by `cp-teach tick`, or at once",
    )
    sub.add_argument(
        "--factor",
        type=number_arguments.factor,
        default=1.0,
        help="how many times faster than the wall clock (1)",
    )
    sub.add_argument(
        "--worker",
        action="append",
        default=[],
        metavar="TYPE=WHO",
        help="who drives an action type: Custom=job, CodeBuild=hand, Deploy=simulated; may be given several times",
    )
    sub.add_argument(
        "--seconds",
        action="append",
        default=[],
        metavar="TYPE=N",
        help="how long a simulated action takes: Build=20",
    )
    sub.add_argument("--strict", action="store_true", help="an action whose bucket does not exist fails")
    sub.add_argument(
        "--enforce",
        action="store_true",
        help="hold callers to their IAM policies, and actions to their roles'",
    )
    sub.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name of this server, such as that of a reverse proxy; *.NAME for all its subdomains",
    )
    sub.add_argument(
        "--require-keys", action="store_true", help="generate an access key, print it, and refuse all others"
    )
    sub.add_argument(
        "--moto-api",
        action="store_true",
        help="also answer moto's own API: /moto-api/reset, /moto-api/seed, …",
    )
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until somebody stops it."""
    from cp_teach.aws.server.loopback_server import Server

    if bool(args.cert) != bool(args.key):
        raise Mistake("A certificate needs its key, and a key its certificate: give both --cert and --key.")
    if not args.host:  # the system takes an empty name for every address it has
        raise Mistake("The host is empty: 127.0.0.1 is this machine, 0.0.0.0 the whole network.")
    _check_certificate(args)
    settings = _settings(args)
    store = _store(args, settings)
    try:
        server = Server(
            settings,
            host=args.host,
            port=args.port,
            https=args.https,
            store=store,
            tls=(args.cert, args.key) if args.cert else None,
            allow_hosts=allowed_hosts(args.allow_host),
            moto_api=args.moto_api,
        )
    except (OSError, OverflowError, ValueError) as error:  # ValueError: a host that cannot be one
        if store is not None:
            store.close()
        raise Mistake(_port(args, error)) from error
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: server.end())
    server.start()
    if args.require_keys:
        server.keys.demand_always(server.url)
    if store is not None:
        _bring_back(server, store)
    print(_ready(server, args), flush=True)
    try:
        server.wait()
    finally:
        server.stop()
        if store is not None:
            store.close()
    print("cp-teach has stopped.", file=sys.stderr)
    return 0


def _check_certificate(args: argparse.Namespace) -> None:
    """Say which certificate cannot be used, before a port is taken; a pipe would be waited for."""
    import ssl

    if not args.cert:
        return
    for name in (args.cert, args.key):
        existing_file(name)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(args.cert, args.key, password="")
    except (OSError, ValueError) as error:
        raise Mistake(
            f"{args.cert} with the key {args.key} is no certificate that can be used "
            f"({getattr(error, 'reason', None) or getattr(error, 'strerror', None) or error}). Give both as PEM, "
            "without a password."
        ) from None


def allowed_hosts(names: list[str]) -> list[str]:
    """The names given with ``--allow-host``. Raises ``Mistake`` for an invalid host name."""
    from cp_teach.security.network.browser_requests import KnownHosts

    try:
        KnownHosts(names)
    except ValueError as error:
        raise Mistake(f"--allow-host: {error}.") from error
    return names


def _ready(server: "Server", args: argparse.Namespace) -> str:
    url, keys = server.url, server.keys
    key, secret = (keys.id, keys.secret) if keys.demanded else ("test", "test")
    lines = [
        f"cp-teach serves AWS's API on {url} (Ctrl-C stops it).",
        f"  export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=us-east-1",
        f"  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}",
        "  aws codepipeline list-pipelines",
    ]
    if args.https and not args.cert:
        lines.append("The certificate is its own: add --no-verify-ssl to aws, verify=False to boto3.client.")
    if args.host not in ("127.0.0.1", "::1", "localhost"):
        open_to = (
            "has its key" if args.require_keys else "can reach this address (--require-keys requires a key)"
        )
        lines.append(f"It listens on {args.host}: anyone who {open_to} can use it.")
        lines.append("It answers requests to a host name only if --allow-host lists that name.")
    return "\n".join(lines)


def _settings(args: argparse.Namespace) -> "Settings":
    from cp_teach.aws.config.service_clock import Clock
    from cp_teach.aws.config.settings import Settings

    try:
        return Settings(
            clock=Clock(args.clock or "real", args.factor),
            edition=args.edition,
            workers=dict(_pair(each, "--worker") for each in args.worker),
            seconds={
                key: _number(value) for key, value in (_pair(each, "--seconds") for each in args.seconds)
            },
            strict=args.strict,
            enforce=args.enforce,
        )
    except ValueError as error:
        raise Mistake(f"{error}.") from error


def _pair(text: str, option: str) -> tuple[str, str]:
    key, _, value = text.partition("=")
    if not key or not value:
        raise Mistake(f"{option} {text}: write TYPE=VALUE, for example Custom=job.")
    return key, value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise Mistake(f"{text} is not a number of seconds.") from None


def _store(args: argparse.Namespace, settings: "Settings") -> Any:
    if not args.state:
        return None
    from cp_teach.aws.persistence.sqlite_store import Database
    from cp_teach.aws.persistence.store_repair import BadStore

    try:
        store = Database(Path(args.state), settings.clock)
    except BadStore as error:
        raise Mistake(str(error)) from error
    except OSError as error:
        raise Mistake(f"The folder {args.state} cannot be used: {error.strerror or error}.") from error
    for problem in store.problems:
        print(f"The store in {args.state}: {problem}", file=sys.stderr)
    store.restore_clock(chosen=args.clock is not None)
    return store


def _bring_back(server: Any, store: Any) -> None:
    """Everything that was kept is there before the first request is answered."""
    import sqlite3

    try:
        for account, region in store.places():
            server.region(account, region)
    except sqlite3.Error as error:
        server.stop()
        raise Mistake(f"The store {store.folder} can no longer be read: {error}.") from error


def _port(args: argparse.Namespace, error: Exception) -> str:
    number = getattr(error, "errno", None)
    said = os.strerror(number) if isinstance(number, int) else str(error).rstrip(".")
    return f"Nothing can be served on {args.host}, port {args.port}: {said}. Another port: cp-teach serve --port 0"
