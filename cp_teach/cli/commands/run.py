"""`cp-teach run`: release a pipeline once, and do its work on this machine."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from cp_teach.atomic_write import write_atomically
from cp_teach.cli import number_arguments
from cp_teach.cli.common_options import Commands, add_repeatable, key_and_value
from cp_teach.cli.pipeline_argument import add_pipeline_file, read_valid_pipeline
from cp_teach.cli.user_error import UserError, output_folder
from cp_teach.security.output.terminal import escape_controls
from cp_teach.work.folder_trees import remove

if TYPE_CHECKING:
    from cp_teach.aws.local.publish_work import PublishedWork
    from cp_teach.engine import ActionRow, Change
    from cp_teach.pipeline import Pipeline
    from cp_teach.work.runtime.action_executor import ActionExecutor
    from cp_teach.work.runtime.cloud_actions import FunctionCode
    from cp_teach.work.runtime.local_resources import LocalProviders


class RunReporter:
    """Prints the progress of a run."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.ended = threading.Event()
        """Set when the end of the execution has been reported, or when the output can no longer be written."""
        self.output_error: OSError | None = None
        """Why the output cannot be written: the reader is gone (``| head``), or the disk is full."""
        self._lock = threading.Lock()

    def line(self, row: ActionRow, text: str) -> None:
        """Print a line of an action's output."""
        if not self.quiet:
            self._print(f"  {row.action} | {text}")

    def on_change(self, change: Change) -> None:
        """Print a sentence for a change; a listener of the run."""
        from cp_teach.engine.model import events as e
        from cp_teach.show.view.tables import announcement

        if change.kind != "did" or change.entry is None:
            return
        sentence, is_error = announcement(change.entry)
        self._print(f"{'✗' if is_error else '·'} {sentence}")
        ends = e.ExecutionSucceeded | e.ExecutionFailed | e.ExecutionStopped | e.ExecutionCancelled
        if any(isinstance(event, ends) for event in change.entry.events):
            self.ended.set()

    def _print(self, text: str) -> None:
        # The caller is a worker thread, so the main thread reports an error.
        with self._lock:
            try:
                if self.output_error is None:
                    print(_indented(text), flush=True)
            except OSError as fault:
                self.output_error = fault
                self.ended.set()


def _indented(text: str) -> str:
    """Indent all lines after the first, so that they cannot imitate lines of the command."""
    return text.replace("\n", "\n      ")


def add(commands: Commands) -> None:
    """Add the command `run`."""
    command = commands.add_parser("run", help="release a pipeline for real: build, test, approve, deploy")
    add_pipeline_file(command, name="pipeline")
    add_repeatable(
        command,
        "--repo",
        "[SOURCE=]DIR",
        "a folder of files, or a git repository, behind the source action SOURCE (or behind all sources)",
    )
    command.add_argument(
        "--yes",
        action="store_true",
        help="let the pipeline's scripts run on this machine, and approve every approval. The command prints how the "
        "scripts are confined; without --yes it asks first",
    )
    command.add_argument(
        "--work",
        metavar="DIR",
        help="keep artifacts and fleets in this folder for the next release (default: a temporary folder)",
    )
    add_repeatable(
        command,
        "--function",
        "NAME=PATH[:module.handler]",
        "the code of the Lambda function NAME: a Python file or a folder, here or in the --repo folder",
    )
    command.add_argument(
        "--silence",
        metavar="SECONDS",
        type=number_arguments.waiting_seconds,
        default=60,
        help="seconds after which a function without an answer has failed (default: 60; AWS: 1200)",
    )
    add_repeatable(
        command,
        "--jenkins",
        "PROJECT=COMMAND",
        "run this command for custom actions with this ProjectName, such as shop='make test'",
    )
    command.add_argument(
        "--quiet", action="store_true", help="print only the results of actions, not their output"
    )
    command.add_argument(
        "--minutes",
        type=number_arguments.waiting_minutes,
        default=30,
        help="stop after this many minutes (default: 30)",
    )
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Release once, report what happens, and return 0 if the execution succeeds."""
    from cp_teach.work.sandbox.run_command import jail

    pipeline = read_valid_pipeline(args, args.pipeline).pipeline
    contents = _contents(args.repo)
    if not args.yes and not _confirm(f"This runs {_scripts(pipeline, args.repo)} here. {jail()}\nContinue?"):
        raise UserError(f"Nothing was run. {jail()} Add --yes to let the scripts run on this machine.")
    functions = _functions(args.function, contents)
    from cp_teach.work.runtime.action_executor import ActionExecutor
    from cp_teach.work.runtime.local_resources import LocalProviders

    with _folder(args.work) as folder:
        number = _prepare_folder(folder)
        try:
            local = LocalProviders(pipeline, contents, folder, yes=True)
        except (ValueError, LookupError, OSError) as error:
            raise UserError(f"{error} (--repo DIR, or --repo SOURCE=DIR)") from None
        if args.yes:  # otherwise the question has already said so
            print(jail(), flush=True)
        # Print this first, because loading AWS's services takes seconds.
        print(f"{pipeline.name}: {' → '.join(stage.name for stage in pipeline.stages)}", flush=True)
        reporter = RunReporter(args.quiet)
        with (
            ActionExecutor(
                pipeline, local.providers, folder=folder, newest=local.newest, seed=number, log=reporter.line
            ) as workshop,
            _cloud_services(workshop, local, functions, args.silence) as services,
        ):
            _start_job_workers(workshop, local, args.jenkins)
            return _release(workshop, local, reporter, args, services)


def _scripts(pipeline: Pipeline, repositories: Sequence[str]) -> str:
    """Whose scripts run: those of the sources and, in Commands actions, those of the pipeline itself."""
    actions = [action for stage in pipeline.stages for action in stage.actions]
    commands = "the pipeline's own commands and " if any(action.commands for action in actions) else ""
    return f"{commands}the scripts of {', '.join(repositories) or 'the pipeline'}"


def _release(
    workshop: ActionExecutor,
    local: LocalProviders,
    reporter: RunReporter,
    args: argparse.Namespace,
    services: PublishedWork | None,
) -> int:
    for text in local.simulated:
        print(f"Simulated: {text}", flush=True)
    if services is not None:
        print(f"moto simulates AWS at {services.url} until this command ends.", flush=True)
        print(services.exports, flush=True)
    workshop.tick()  # the time before is not part of the first action
    workshop.run.listen(reporter.on_change)
    workshop.run.release("Released on the command line")
    deadline = time.monotonic() + 60 * args.minutes
    try:
        while not reporter.ended.is_set():
            if time.monotonic() > deadline:
                print(f"More than {args.minutes:g} minutes have passed.", flush=True)
                _stop(workshop)
                break
            settled = workshop.settle(0.5)
            if _approve(workshop, args.yes) or not settled:
                continue
            if reporter.ended.wait(0.5) or workshop.busy or not workshop.settle(0):
                continue
            print(workshop.run.why(execution=1), flush=True)  # nothing can continue it
            _stop(workshop)
            break
    except KeyboardInterrupt:
        print("Stopping …", flush=True)
        _stop(workshop)
        workshop.close()  # first, because nothing may follow the summary
        _summary(workshop)
        return 130
    if reporter.output_error is not None:
        raise reporter.output_error
    workshop.wait(lambda run: not workshop.busy, 60)  # a function can continue after its answer
    return _summary(workshop)


def _stop(workshop: ActionExecutor) -> None:
    from cp_teach.engine import Refused

    try:
        workshop.run.stop(1, abandon=True)
    except Refused as refusal:
        print(refusal, flush=True)


def _approve(workshop: ActionExecutor, yes: bool) -> bool:
    """Answer all pending approvals, with --yes or by asking the user; return whether there were any."""
    from cp_teach.engine.history.records import action_of

    history, has_approvals = workshop.run.history, False
    for row in list(history.running.values()):
        action = action_of(history.executions, row)
        if not action.is_approval:
            continue
        has_approvals = True
        question = workshop.run.resolved(row.stage, row.action).get("CustomData", f"Continue to {row.stage}?")
        if yes:
            workshop.run.approve(row.stage, row.action, "Approved on the command line.")
        elif not sys.stdin.isatty():
            print(
                f"{row.stage} / {row.action} needs an approval ({question}), and there is no terminal. Use --yes."
            )
            _stop(workshop)
        elif _confirm(f"{row.stage} / {row.action}: {question} Approve?"):
            workshop.run.approve(row.stage, row.action)
        else:
            workshop.run.reject(row.stage, row.action)
    return has_approvals


def _summary(workshop: ActionExecutor) -> int:
    from cp_teach.style import status_style

    history = workshop.run.history
    print()
    for row in history.actions:
        took = f"{row.ended - row.started:7.1f} s" if row.ended is not None else "        –"
        services = status_style(row.status)
        message = f"  {row.failure}: {_indented(row.message)}" if row.failure else ""
        print(f"{services.glyph} {services.word:12} {took}  {row.stage} / {row.action}{message}")
    execution = history.executions[1]
    if execution.reason:
        print(_indented(execution.reason))
    print(execution.status, flush=True)
    return 0 if execution.status == "Succeeded" else 1


@contextmanager
def _cloud_services(
    workshop: ActionExecutor, local: LocalProviders, functions: dict[str, FunctionCode], silence: float
) -> Iterator[PublishedWork | None]:
    """Start AWS's services for the workshop if the pipeline needs them; this takes a second."""
    from cp_teach.work.runtime.cloud_actions import cloud_actions

    try:
        needs_cloud = cloud_actions(workshop.run.pipeline, functions)
        if needs_cloud:
            from cp_teach.aws.local.cloud_workplace import connect_services

            services = connect_services(workshop, local, functions, yes=True, silence=silence)
    except ValueError as error:
        raise UserError(str(error)) from None
    if not needs_cloud:
        yield None
        return
    with services:
        yield services


def _start_job_workers(workshop: ActionExecutor, local: LocalProviders, options: list[str]) -> None:
    """Start the job workers that the pipeline needs, until the workshop closes: for partners' test actions and for
    custom actions with a command. AWS's API is loaded only for them."""
    from cp_teach.work.workers.worker_matching import match_workers

    projects = dict(
        key_and_value("--jenkins", option, "PROJECT=COMMAND, such as shop='make test'") for option in options
    )
    try:
        if not match_workers(workshop.run.pipeline, projects) and workshop.worker.job_workers is None:
            return
        from cp_teach.aws.local.job_workers import hire as hire_workers

        job_workers = hire_workers(workshop, local, projects, yes=True)
    except ValueError as error:
        raise UserError(str(error)) from None
    if job_workers is not None:
        types = ", ".join(sorted(f"{kind}/{kind.version}" for kind in job_workers.action_types))
        print(f"Job workers poll at {job_workers.published_work.url} for: {types}", flush=True)
        print(job_workers.published_work.exports, flush=True)


def _functions(given: list[str], contents: dict[str, Path]) -> dict[str, FunctionCode]:
    from cp_teach.work.runtime.cloud_actions import parse_function_code

    result: dict[str, FunctionCode] = {}
    for option in given:
        name, path = key_and_value("--function", option, "NAME=PATH or NAME=PATH:module.handler")
        try:
            result[name] = parse_function_code(path, contents.values())
        except ValueError as error:
            raise UserError(f"--function {name}: {error}") from None
    return result


def _contents(given: list[str]) -> dict[str, Path]:
    result: dict[str, Path] = {}
    for option in given:
        source, equals, folder = option.partition("=")
        path = Path(folder if equals else option)
        if not path.is_dir():
            raise UserError(
                f"There is no folder {path}. Give a folder of files, or a git repository, with --repo."
            )
        result[source if equals else ""] = path
    return result


def _confirm(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    try:
        # Escape the question, because on a terminal readline prints it and bypasses our streams.
        return input(f"{escape_controls(question)} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _prepare_folder(folder: Path) -> int:
    """Remove old sources, but not fleets, and return the number of this release in the folder."""
    for name in ("repositories", "buckets"):
        shutil.rmtree(folder / name, ignore_errors=True)
    counter = folder / "releases"
    text = counter.read_text(encoding="utf-8").strip() if counter.is_file() else ""
    number = int(text) + 1 if text.isdecimal() else 1
    write_atomically(counter, f"{number}\n")
    return number


@contextmanager
def _folder(work_folder: str | None) -> Iterator[Path]:
    if work_folder is not None:
        path = output_folder(work_folder, "--work")
        path.mkdir(parents=True, exist_ok=True)
        yield path.resolve()
        return
    path = Path(tempfile.mkdtemp(prefix="cp-teach-run-")).resolve()
    try:
        yield path
    finally:
        with suppress(OSError):  # a script decides how deep its folders are
            remove(path)
