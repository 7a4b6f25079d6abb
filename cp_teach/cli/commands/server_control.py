"""`cp-teach tick`, `clock`, `inject`, `heal`, `finish`, `jobs`: control a running cp-teach server."""

import argparse
import json
import os
from collections.abc import Callable
from functools import partial
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.parse import quote

from cp_teach.cli import number_arguments
from cp_teach.cli.common_options import Commands, add_clock_factor
from cp_teach.cli.user_error import UserError
from cp_teach.security.network.endpoints import Credentials

FAILURES = "JobFailed, ConfigurationError, PermissionError, RevisionUnavailable, SystemUnavailable, TimedOut"


def add(commands: Commands) -> None:
    """Add these commands."""
    command = _add_command(commands, "tick", "move the clock of a server", _tick)
    command.add_argument("seconds", type=number_arguments.seconds, metavar="SECONDS")

    command = _add_command(commands, "clock", "show or set the clock of a server", _clock)
    command.add_argument("mode", nargs="?", choices=("real", "manual", "virtual"))
    add_clock_factor(command)

    command = _add_command(commands, "inject", "make an action of a pipeline fail", _inject)
    _add_action_arguments(command)
    command.add_argument("--failure", default="JobFailed", help=f"the type of failure: {FAILURES}")
    command.add_argument("--message", default="", help="the error message of the action")
    command.add_argument(
        "--times", type=number_arguments.count, default=1, help="how many of its next runs fail (default: 1)"
    )
    command.add_argument("--always", action="store_true", help="let every run fail until `cp-teach heal`")

    command = _add_command(commands, "heal", "cancel the failures planned for an action", _clear_failures)
    _add_action_arguments(command)

    command = _add_command(commands, "finish", "complete a running action by hand", _finish)
    _add_action_arguments(command)
    command.add_argument("--failure", default="", help=f"let it fail with this type: {FAILURES}")
    command.add_argument("--message", default="", help="its summary, or the error message")

    _add_command(
        commands, "jobs", "list the jobs that wait for a worker, with the event of a Lambda function", _jobs
    )


def _add_command(
    commands: Commands, name: str, help_text: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=help_text)
    command.add_argument(
        "--endpoint",
        default=os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:5000"),
        help="the server's address (default: $AWS_ENDPOINT_URL, or http://127.0.0.1:5000)",
    )
    command.add_argument(
        "--region", default=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"), help="the region"
    )
    command.set_defaults(run=partial(_run_checked, run))
    return command


def _run_checked(run: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run a command; a response that is not from a cp_teach server becomes a ``UserError`` about the address."""
    try:
        return run(args)
    except InvalidURL:
        raise UserError(f"{args.endpoint} with region {args.region} does not form a valid address.") from None
    except UnicodeEncodeError:
        raise  # an argument that is not valid text, which ``main`` reports
    except (ArithmeticError, HTTPException, LookupError, TypeError, ValueError) as error:
        raise UserError(
            f"The server at {args.endpoint} is not a cp_teach server, or it has a different version."
        ) from error


def _add_action_arguments(command: argparse.ArgumentParser) -> None:
    for name in ("pipeline", "stage", "action"):
        command.add_argument(name, metavar=name.upper())


def _ask(args: argparse.Namespace, method: str, path: str, body: dict[str, object] | None) -> dict[str, Any]:
    from cp_teach.aws.client.admin_client import over_http
    from cp_teach.aws.client.connection_errors import AdminApiError, Unreachable

    try:
        return over_http(args.endpoint, args.region, method, path, body, _keys())
    except (Unreachable, AdminApiError) as error:
        raise UserError(str(error)) from error


def _keys() -> Credentials | None:
    """Return the keys in the environment; a server that requires keys prints them when it starts."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    return Credentials(key, secret) if key and secret else None


def _tick(args: argparse.Namespace) -> int:
    _print_clock(_ask(args, "POST", "tick", {"seconds": args.seconds}))
    return 0


def _clock(args: argparse.Namespace) -> int:
    if args.mode is None:
        _print_clock(_ask(args, "GET", "status", None)["clock"])
    else:
        _print_clock(_ask(args, "POST", "clock", {"mode": args.mode, "factor": args.factor}))
    return 0


def _print_clock(clock: dict[str, Any]) -> None:
    from datetime import UTC, datetime

    speed = f", {clock['factor']:g} times as fast as the wall clock" if clock["mode"] == "real" else ""
    when = datetime.fromtimestamp(clock["now"], UTC)
    print(f"It is {when:%Y-%m-%d %H:%M:%S} UTC for the server. Its clock is {clock['mode']}{speed}.")


def _inject(args: argparse.Namespace) -> int:
    when = "always" if args.always else "next"
    answer = _ask_about_action(
        args, "inject", when=when, failure=args.failure, message=args.message, times=args.times
    )
    print(answer["said"])
    return 0


def _clear_failures(args: argparse.Namespace) -> int:
    print(_ask_about_action(args, "heal")["said"])
    return 0


def _finish(args: argparse.Namespace) -> int:
    answer = _ask_about_action(args, "finish", failure=args.failure, message=args.message)
    print("\n".join(answer["events"]))
    return 0


def _ask_about_action(args: argparse.Namespace, verb: str, **more: object) -> dict[str, Any]:
    body = {"stage": args.stage, "action": args.action, **more}
    return _ask(args, "POST", f"{verb}/{quote(args.pipeline, safe='')}", body)


def _jobs(args: argparse.Namespace) -> int:
    print(json.dumps(_ask(args, "GET", "jobs", None)["jobs"], indent=1))
    return 0
