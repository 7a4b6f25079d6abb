"""`cp-teach classroom`: one pipeline at the front, followed live in the browsers of a class."""

import argparse
import signal
import threading
from typing import Any

from cp_teach.cli import number_arguments
from cp_teach.cli.commands.serve import allowed_hosts
from cp_teach.cli.user_error import Mistake, read_json


def add(commands: Any) -> None:
    """Tell the command line of `classroom`."""
    sub = commands.add_parser("classroom", help="show a pipeline to a class, live in their browsers")
    sub.add_argument(
        "pipeline", metavar="PIPELINE.json", nargs="?", help="AWS's JSON (default: the demo pipeline)"
    )
    sub.add_argument("--host", default="127.0.0.1", help="the address to bind; 0.0.0.0 lets the network in")
    sub.add_argument(
        "--port", type=number_arguments.port, default=8010, help="the port (8010); 0 takes a free one"
    )
    sub.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name of this server, such as that of a reverse proxy; *.NAME for all its subdomains",
    )
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until somebody stops it."""
    from cp_teach import InvalidPipeline, Pipeline, Run, Simulated, load_pipeline
    from cp_teach.classroom import open_room

    try:
        pipeline = Pipeline.from_aws(read_json(args.pipeline)) if args.pipeline else load_pipeline("demo")
    except InvalidPipeline as wrong:
        raise Mistake(f"{args.pipeline}: {wrong}") from None
    try:
        room = open_room(
            Run(pipeline, Simulated()),
            host=args.host,
            port=args.port,
            allow_hosts=allowed_hosts(args.allow_host),
        )
    except (OSError, ValueError) as error:  # ValueError: an invalid host
        reason = getattr(error, "strerror", None) or error
        raise Mistake(
            f"Port {args.port} of {args.host} cannot be used: {reason}. Choose another with --port or --host."
        ) from None
    over = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: over.set())
    print(f"Students:   {room.url}  code {room.code}", flush=True)
    print(f"Instructor: {room.teach_url}", flush=True)
    if args.host == "127.0.0.1":
        print("Only this machine can follow; --host 0.0.0.0 lets the network in.", flush=True)
    print("Ctrl-C ends the lesson.", flush=True)
    over.wait()
    room.close()
    return 0
