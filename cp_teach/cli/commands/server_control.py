"""`cp-teach tick`, `clock`, `inject`, `heal`, `finish`, `jobs`: what a server can be asked beside AWS's API."""

import argparse
import json
import os
from collections.abc import Callable
from functools import partial
from http.client import HTTPException, InvalidURL
from typing import Any
from urllib.parse import quote

from cp_teach.cli import number_arguments
from cp_teach.cli.user_error import Mistake
from cp_teach.security.network.endpoints import Credentials

FAILURES = "JobFailed, ConfigurationError, PermissionError, RevisionUnavailable, SystemUnavailable, TimedOut"


def add(commands: Any) -> None:
    """Tell the command line of all of them."""
    sub = _command(commands, "tick", "let time pass on the clock of a server", _tick)
    sub.add_argument("seconds", type=number_arguments.seconds, metavar="SECONDS")

    sub = _command(commands, "clock", "say or choose how time passes on a server", _clock)
    sub.add_argument("mode", nargs="?", choices=("real", "manual", "virtual"))
    sub.add_argument(
        "--factor",
        type=number_arguments.factor,
        default=1.0,
        help="how many times faster than the wall clock (1)",
    )

    sub = _command(commands, "inject", "make an action of a pipeline fail", _inject)
    _action(sub)
    sub.add_argument("--failure", default="JobFailed", help=f"the type of failure: {FAILURES}")
    sub.add_argument("--message", default="", help="what the learner will read")
    sub.add_argument(
        "--times", type=number_arguments.count, default=1, help="how many of its next runs fail (1)"
    )
    sub.add_argument("--always", action="store_true", help="every run fails, until it is healed")

    sub = _command(commands, "heal", "drop the failures planned for an action", _heal)
    _action(sub)

    sub = _command(commands, "finish", "end a running action by hand", _finish)
    _action(sub)
    sub.add_argument("--failure", default="", help=f"it fails, of this type: {FAILURES}")
    sub.add_argument("--message", default="", help="its summary, or what went wrong")

    _command(commands, "jobs", "the jobs that wait for a worker, with the event of a Lambda function", _jobs)


def _command(commands: Any, name: str, words: str, run: Any) -> Any:
    sub = commands.add_parser(name, help=words)
    sub.add_argument(
        "--endpoint",
        default=os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:5000"),
        help="where the server is ($AWS_ENDPOINT_URL, or http://127.0.0.1:5000)",
    )
    sub.add_argument("--region", default=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"), help="the region")
    sub.set_defaults(run=partial(_understood, run))
    return sub


def _understood(run: Callable[[argparse.Namespace], int], args: argparse.Namespace) -> int:
    """Run a command; an answer that does not come from a cp_teach server becomes a ``Mistake`` about the address."""
    try:
        return run(args)
    except InvalidURL:
        raise Mistake(f"{args.endpoint} with region {args.region} does not form a valid address.") from None
    except UnicodeEncodeError:
        raise  # an argument that is not valid text, which ``main`` reports
    except (ArithmeticError, HTTPException, LookupError, TypeError, ValueError) as error:
        raise Mistake(
            f"The server at {args.endpoint} is not a cp_teach server, or it has a different version."
        ) from error


def _action(sub: Any) -> None:
    for name in ("pipeline", "stage", "action"):
        sub.add_argument(name, metavar=name.upper())


def _ask(args: argparse.Namespace, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
    from cp_teach.aws.client.admin_client import over_http
    from cp_teach.aws.client.connection_errors import Unreachable, Wrong

    try:
        return over_http(args.endpoint, args.region, method, path, body, _keys())
    except (Unreachable, Wrong) as error:
        raise Mistake(str(error)) from error


def _keys() -> Credentials | None:
    """The keys in the environment; a server that does real work prints them when it starts."""
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID", ""), os.environ.get("AWS_SECRET_ACCESS_KEY", "")
    return Credentials(key, secret) if key and secret else None


def _tick(args: argparse.Namespace) -> int:
    _said_clock(_ask(args, "POST", "tick", {"seconds": args.seconds}))
    return 0


def _clock(args: argparse.Namespace) -> int:
    if args.mode is None:
        _said_clock(_ask(args, "GET", "status", None)["clock"])
    else:
        _said_clock(_ask(args, "POST", "clock", {"mode": args.mode, "factor": args.factor}))
    return 0


def _said_clock(told: dict[str, Any]) -> None:
    from datetime import UTC, datetime

    how = f", {told['factor']:g} times as fast as the wall clock" if told["mode"] == "real" else ""
    when = datetime.fromtimestamp(told["now"], UTC)
    print(f"It is {when:%Y-%m-%d %H:%M:%S} UTC for the server. Its clock is {told['mode']}{how}.")


def _inject(args: argparse.Namespace) -> int:
    body = {
        "stage": args.stage,
        "action": args.action,
        "when": "always" if args.always else "next",
        "failure": args.failure,
        "message": args.message,
        "times": args.times,
    }
    print(_ask(args, "POST", f"inject/{quote(args.pipeline, safe='')}", body)["said"])
    return 0


def _heal(args: argparse.Namespace) -> int:
    body = {"stage": args.stage, "action": args.action}
    print(_ask(args, "POST", f"heal/{quote(args.pipeline, safe='')}", body)["said"])
    return 0


def _finish(args: argparse.Namespace) -> int:
    body = {"stage": args.stage, "action": args.action, "failure": args.failure, "message": args.message}
    print("\n".join(_ask(args, "POST", f"finish/{quote(args.pipeline, safe='')}", body)["events"]))
    return 0


def _jobs(args: argparse.Namespace) -> int:
    print(json.dumps(_ask(args, "GET", "jobs", None)["jobs"], indent=1))
    return 0
