"""`cp-teach serve`: serve AWS's API, with CodePipeline, on this machine."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach.cli.common_options import (
    Commands,
    add_clock_factor,
    add_listener,
    add_repeatable,
    allowed_hosts,
    key_and_value,
)
from cp_teach.cli.user_error import UserError, existing_file

if TYPE_CHECKING:
    from cp_teach.aws.config.settings import Settings
    from cp_teach.aws.persistence.sqlite_store import SqliteStore
    from cp_teach.aws.server.loopback_server import Server

PAIR = "TYPE=VALUE, for example Custom=job"


def add(commands: Commands) -> None:
    """Add the command `serve`."""
    command = commands.add_parser("serve", help="answer boto3 and the AWS CLI on this machine")
    add_listener(command, 5000)
    command.add_argument(
        "--https", action="store_true", help="serve HTTPS with a new self-signed certificate"
    )
    command.add_argument(
        "--cert", metavar="FILE", help="serve HTTPS with this certificate (PEM); needs --key"
    )
    command.add_argument("--key", metavar="FILE", help="the key of the certificate")
    command.add_argument(
        "--state", metavar="DIR", help="store pipelines, executions, and history in this folder"
    )
    command.add_argument(
        "--edition", choices=("today", "course"), default="today", help="whose quotas and Regions apply"
    )
    command.add_argument(
        "--clock",
        choices=("real", "manual", "virtual"),
        help="how time passes: like a wall clock (default), by `cp-teach tick`, or at once",
    )
    add_clock_factor(command)
    add_repeatable(
        command,
        "--worker",
        "TYPE=WHO",
        "who works on an action type: Custom=job, CodeBuild=hand, Deploy=simulated; repeatable",
    )
    add_repeatable(command, "--seconds", "TYPE=N", "how long a simulated action takes: Build=20")
    command.add_argument(
        "--strict", action="store_true", help="let an action fail if its bucket does not exist"
    )
    command.add_argument(
        "--enforce",
        action="store_true",
        help="enforce the IAM policies of callers and of action roles",
    )
    command.add_argument(
        "--require-keys", action="store_true", help="generate an access key, print it, and refuse all others"
    )
    command.add_argument(
        "--moto-api",
        action="store_true",
        help="also answer moto's own API: /moto-api/reset, /moto-api/seed, …",
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from cp_teach.aws.server.loopback_server import Server

    if bool(args.cert) != bool(args.key):
        raise UserError("--cert and --key belong together: give both.")
    if not args.host:  # the system would listen on all addresses for an empty name
        raise UserError("The host is empty: 127.0.0.1 is this machine, 0.0.0.0 the whole network.")
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
    except (OSError, OverflowError, ValueError) as error:  # ValueError: an invalid host
        if store is not None:
            store.close()
        raise UserError(_port_error(args, error)) from error
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: server.end())
    server.start()
    if args.require_keys:
        server.keys.require_always(server.url)
    if store is not None:
        _restore_pipelines(server, store)
    print(_startup_message(server, args), flush=True)
    try:
        server.wait()
    finally:
        server.stop()
        if store is not None:
            store.close()
    print("cp-teach has stopped.", file=sys.stderr)
    return 0


def _check_certificate(args: argparse.Namespace) -> None:
    """Raise ``UserError`` for an unusable certificate, before the port is bound."""
    import ssl

    if not args.cert:
        return
    for name in (args.cert, args.key):
        existing_file(name)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(args.cert, args.key, password="")
    except (OSError, ValueError) as error:
        raise UserError(
            f"{args.cert} with the key {args.key} cannot be used as a certificate "
            f"({getattr(error, 'reason', None) or getattr(error, 'strerror', None) or error}). Give both as PEM, "
            "without a password."
        ) from None


def _startup_message(server: "Server", args: argparse.Namespace) -> str:
    url, keys = server.url, server.keys
    key, secret = (keys.id, keys.secret) if keys.required else ("test", "test")
    lines = [
        f"cp-teach serves AWS's API on {url} (Ctrl-C stops it).",
        f"  export AWS_ENDPOINT_URL={url} AWS_DEFAULT_REGION=us-east-1",
        f"  export AWS_ACCESS_KEY_ID={key} AWS_SECRET_ACCESS_KEY={secret}",
        "  aws codepipeline list-pipelines",
    ]
    if args.https and not args.cert:
        lines.append(
            "The certificate is self-signed: add --no-verify-ssl to aws, verify=False to boto3.client."
        )
    if args.host not in ("127.0.0.1", "::1", "localhost"):
        clients = (
            "has its key" if args.require_keys else "can reach this address (--require-keys requires a key)"
        )
        lines.append(f"It listens on {args.host}: anyone who {clients} can use it.")
        lines.append("It answers requests to a host name only if --allow-host lists that name.")
    return "\n".join(lines)


def _settings(args: argparse.Namespace) -> "Settings":
    from cp_teach.aws.config.service_clock import Clock
    from cp_teach.aws.config.settings import Settings

    try:
        return Settings(
            clock=Clock(args.clock or "real", args.factor),
            edition=args.edition,
            workers=dict(key_and_value("--worker", each, PAIR) for each in args.worker),
            seconds={
                key: _parse_seconds(value)
                for key, value in (key_and_value("--seconds", each, PAIR) for each in args.seconds)
            },
            strict=args.strict,
            enforce=args.enforce,
        )
    except ValueError as error:
        raise UserError(f"{error}.") from error


def _parse_seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UserError(f"{text} is not a number of seconds.") from None


def _store(args: argparse.Namespace, settings: "Settings") -> "SqliteStore | None":
    if not args.state:
        return None
    from cp_teach.aws.persistence.sqlite_store import SqliteStore
    from cp_teach.aws.persistence.store_repair import BadStore

    try:
        store = SqliteStore(Path(args.state), settings.clock)
    except BadStore as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"The folder {args.state} cannot be used: {error.strerror or error}.") from error
    for problem in store.problems:
        print(f"The store in {args.state}: {problem}", file=sys.stderr)
    store.restore_clock(chosen=args.clock is not None)
    return store


def _restore_pipelines(server: "Server", store: "SqliteStore") -> None:
    """Load everything from the store before the first request."""
    import sqlite3

    try:
        for account, region in store.saved_regions():
            server.region(account, region)
    except sqlite3.Error as error:
        server.stop()
        raise UserError(f"The store {store.folder} can no longer be read: {error}.") from error


def _port_error(args: argparse.Namespace, error: Exception) -> str:
    error_number = getattr(error, "errno", None)
    reason = os.strerror(error_number) if isinstance(error_number, int) else str(error).rstrip(".")
    return f"Cannot serve on {args.host}, port {args.port}: {reason}. Use another port, such as --port 0."
