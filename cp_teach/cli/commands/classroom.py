"""`cp-teach classroom`: show one pipeline live in the browsers of a class."""

import argparse
import signal
import threading

from cp_teach.cli.common_options import Commands, add_listener, allowed_hosts
from cp_teach.cli.pipeline_argument import add_pipeline_file, read_valid_pipeline
from cp_teach.cli.user_error import UserError


def add(commands: Commands) -> None:
    """Add the command `classroom`."""
    command = commands.add_parser("classroom", help="show a pipeline to a class, live in their browsers")
    add_pipeline_file(command, name="pipeline", note=" (default: the demo pipeline)", optional=True)
    add_listener(command, 8010)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    from cp_teach.classroom import open_room
    from cp_teach.engine import Run
    from cp_teach.pipeline import load_pipeline
    from cp_teach.work import Simulated

    pipeline = read_valid_pipeline(args, args.pipeline).pipeline if args.pipeline else load_pipeline("demo")
    try:
        room = open_room(
            Run(pipeline, Simulated()),
            host=args.host,
            port=args.port,
            allow_hosts=allowed_hosts(args.allow_host),
        )
    except (OSError, ValueError) as error:  # ValueError: an invalid host
        reason = getattr(error, "strerror", None) or error
        raise UserError(
            f"Port {args.port} of {args.host} cannot be used: {reason}. Choose another with --port or --host."
        ) from None
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopped.set())
    print(f"Students:   {room.url}  code {room.code}", flush=True)
    print(f"Instructor: {room.teach_url}", flush=True)
    if args.host == "127.0.0.1":
        print("Only this machine can connect; --host 0.0.0.0 admits the network.", flush=True)
    print("Ctrl-C ends the lesson.", flush=True)
    stopped.wait()
    room.close()
    return 0
