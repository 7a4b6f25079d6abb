"""`cp-teach run`: one release of a pipeline, really worked on, on this machine."""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach.atomic_write import write_atomically
from cp_teach.cli import number_arguments
from cp_teach.cli.user_error import Mistake, read_json
from cp_teach.security.output.terminal import escape_controls
from cp_teach.work.folder_trees import remove

if TYPE_CHECKING:
    from cp_teach.aws.local.publish_work import Shown
    from cp_teach.cli.run_reporter import Teller
    from cp_teach.work.runtime.action_executor import Workshop
    from cp_teach.work.runtime.cloud_actions import Code
    from cp_teach.work.runtime.local_resources import Local


def add(commands: Any) -> None:
    """Tell the command line of `run`."""
    sub = commands.add_parser("run", help="release a pipeline for real: build, test, approve, deploy")
    sub.add_argument("pipeline", metavar="PIPELINE.json", help="as `aws codepipeline get-pipeline` writes it")
    sub.add_argument(
        "--repo",
        metavar="[SOURCE=]DIR",
        action="append",
        default=[],
        help="a folder of files, or a git repository, behind the source action SOURCE (or behind all sources)",
    )
    sub.add_argument(
        "--yes",
        action="store_true",
        help="let the pipeline's scripts run on this machine, and approve every approval. The command prints how the "
        "scripts are confined; without --yes it asks first",
    )
    sub.add_argument(
        "--work",
        metavar="DIR",
        help="keep artifacts and fleets here, for the next release (default: a folder that goes)",
    )
    sub.add_argument(
        "--function",
        metavar="NAME=PATH[:module.handler]",
        action="append",
        default=[],
        help="the code of the Lambda function NAME: a Python file or a folder, here or in the --repo folder",
    )
    sub.add_argument(
        "--silence",
        metavar="SECONDS",
        type=number_arguments.waiting_seconds,
        default=60,
        help="a function that has not answered after so many seconds has failed (default: 60; AWS: 1200)",
    )
    sub.add_argument(
        "--jenkins",
        metavar="PROJECT=COMMAND",
        action="append",
        default=[],
        help="a job worker does the custom actions of this ProjectName with this command, such as shop='make test'",
    )
    sub.add_argument("--quiet", action="store_true", help="no output of the actions, only how they ended")
    sub.add_argument(
        "--minutes",
        type=number_arguments.waiting_minutes,
        default=30,
        help="stop after this many minutes (default: 30)",
    )
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Release once, tell what happens, and end with the status of the execution."""
    from cp_teach.pipeline import InvalidPipeline, Pipeline
    from cp_teach.work.sandbox.run_command import jail

    try:
        pipeline = Pipeline.from_aws(read_json(args.pipeline))
    except InvalidPipeline as wrong:
        raise Mistake(f"{args.pipeline}: {wrong}") from None
    contents = _contents(args.repo)
    if not args.yes and not _asked(
        f"This runs the scripts of {', '.join(args.repo) or 'the pipeline'} here. {jail()}\nGo on?"
    ):
        raise Mistake(f"Nothing was run. {jail()} Add --yes to let the scripts run on this machine.")
    functions = _functions(args.function, contents)
    from cp_teach.cli.job_workers import hire
    from cp_teach.cli.run_reporter import Teller
    from cp_teach.work.runtime.action_executor import Workshop
    from cp_teach.work.runtime.local_resources import Local

    with _folder(args.work) as folder:
        number = _again(folder)
        try:
            local = Local(pipeline, contents, folder, yes=True)
        except (ValueError, LookupError, OSError) as wrong:
            raise Mistake(f"{wrong} (--repo DIR, or --repo SOURCE=DIR)") from None
        if args.yes:  # otherwise the question has already shown it
            print(jail(), flush=True)
        # Before AWS's services are loaded, where they are needed: that takes seconds.
        print(f"{pipeline.name}: {' → '.join(stage.name for stage in pipeline.stages)}", flush=True)
        teller = Teller(args.quiet)
        with (
            Workshop(
                pipeline, local.providers, folder=folder, newest=local.newest, seed=number, log=teller.line
            ) as shop,
            _cloud(shop, local, functions, args.silence) as served,
        ):
            hire(shop, local, args.jenkins)
            return _release(shop, local, teller, args, served)


def _release(
    shop: "Workshop", local: "Local", teller: "Teller", args: argparse.Namespace, served: "Shown | None"
) -> int:
    for one in local.simulated:
        print(f"Simulated: {one}", flush=True)
    if served is not None:
        print(f"moto simulates AWS at {served.url} until this command ends.", flush=True)
        print(served.exports, flush=True)
    shop.tick()  # what has been started until now is no part of the first action
    shop.run.listen(teller.heard)
    shop.run.release("Released on the command line")
    deadline = time.monotonic() + 60 * args.minutes
    try:
        while not teller.over.is_set():
            if time.monotonic() > deadline:
                print(f"More than {args.minutes:g} minutes have passed.", flush=True)
                _stop(shop)
                break
            settled = shop.settle(0.5)
            if _approve(shop, args.yes) or not settled:
                continue
            if teller.over.wait(0.5) or shop.busy or not shop.settle(0):
                continue
            print(shop.run.why(execution=1), flush=True)  # nobody here will move it
            _stop(shop)
            break
    except KeyboardInterrupt:
        print("Stopping …", flush=True)
        _stop(shop)
        shop.close()  # first, so that nothing is told after the summary
        _summary(shop)
        return 130
    if teller.fault is not None:
        raise teller.fault
    shop.wait(lambda run: not shop.busy, 60)  # a function may go on after its answer
    return _summary(shop)


def _stop(shop: "Workshop") -> None:
    from cp_teach.engine import Refused

    try:
        shop.run.stop(1, abandon=True)
    except Refused as no:
        print(no, flush=True)


def _approve(shop: "Workshop", yes: bool) -> bool:
    """Give the approvals that are waited for, or ask whoever is at the keyboard. Whether there were any."""
    from cp_teach.engine.history.records import action_of

    history, waited = shop.run.history, False
    for row in list(history.running.values()):
        action = action_of(history.executions, row)
        if not action.is_approval:
            continue
        waited = True
        words = shop.run.resolved(row.stage, row.action).get("CustomData", f"Go on to {row.stage}?")
        if yes:
            shop.run.approve(row.stage, row.action, "Approved on the command line.")
        elif not sys.stdin.isatty():
            print(
                f"{row.stage} / {row.action} waits for a person ({words}); nobody is at the keyboard. Say --yes."
            )
            _stop(shop)
        elif _asked(f"{row.stage} / {row.action}: {words} Approve?"):
            shop.run.approve(row.stage, row.action)
        else:
            shop.run.reject(row.stage, row.action)
    return waited


def _summary(shop: "Workshop") -> int:
    from cp_teach.cli.run_reporter import indented
    from cp_teach.style import status

    history = shop.run.history
    print()
    for row in history.actions:
        took = f"{row.ended - row.started:7.1f} s" if row.ended is not None else "        –"
        shown = status(row.status)
        message = f"  {row.failure}: {indented(row.message)}" if row.failure else ""
        print(f"{shown.glyph} {shown.word:12} {took}  {row.stage} / {row.action}{message}")
    execution = history.executions[1]
    if execution.reason:
        print(indented(execution.reason))
    print(execution.status, flush=True)
    return 0 if execution.status == "Succeeded" else 1


@contextmanager
def _cloud(
    shop: "Workshop", local: "Local", functions: dict[str, "Code"], silence: float
) -> "Iterator[Shown | None]":
    """AWS's own services beside the workshop, where the pipeline needs them; they take a second to start."""
    from cp_teach.work.runtime.cloud_actions import cloud

    try:
        wanted = cloud(shop.run.pipeline, functions)
        if wanted:
            from cp_teach.aws.local.connect_services import wire

            shown = wire(shop, local, functions, yes=True, silence=silence)
    except ValueError as wrong:
        raise Mistake(str(wrong)) from None
    if not wanted:
        yield None
        return
    with shown:
        yield shown


def _functions(given: list[str], contents: dict[str, Path]) -> dict[str, "Code"]:
    from cp_teach.work.runtime.cloud_actions import code

    found: dict[str, Code] = {}
    for one in given:
        name, equals, said = one.partition("=")
        if not (name and equals and said):
            raise Mistake(f"--function {one}: write NAME=PATH or NAME=PATH:module.handler.")
        try:
            found[name] = code(said, contents.values())
        except ValueError as wrong:
            raise Mistake(f"--function {name}: {wrong}") from None
    return found


def _contents(given: list[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for one in given:
        name, equals, place = one.partition("=")
        path = Path(place if equals else one)
        if not path.is_dir():
            raise Mistake(
                f"There is no folder {path}. Give a folder of files, or a git repository, with --repo."
            )
        found[name if equals else ""] = path
    return found


def _asked(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    try:
        # Escape here, because on a terminal readline prints the prompt and bypasses our streams.
        return input(f"{escape_controls(question)} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _again(folder: Path) -> int:
    """The number of this release in the folder. Fleets stay as the last one left them; sources are as they are now."""
    for name in ("repositories", "buckets"):
        shutil.rmtree(folder / name, ignore_errors=True)
    counter = folder / "releases"
    told = counter.read_text(encoding="utf-8").strip() if counter.is_file() else ""
    number = int(told) + 1 if told.isdecimal() else 1
    write_atomically(counter, f"{number}\n")
    return number


@contextmanager
def _folder(kept: str | None) -> Iterator[Path]:
    if kept is not None:
        path = Path(kept)
        if path.exists() and not path.is_dir():
            raise Mistake(f"{kept} is a file; give a folder with --work.")
        path.mkdir(parents=True, exist_ok=True)
        yield path.resolve()
        return
    path = Path(tempfile.mkdtemp(prefix="cp-teach-run-")).resolve()
    try:
        yield path
    finally:
        with suppress(OSError):  # a script decides how deep the folders in it are
            remove(path)
