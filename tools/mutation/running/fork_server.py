"""A pytest plugin that collects the tests once and then runs some of them on each mutant, in a fork for each.

Everything is imported before the first fork, so a mutant costs a fork, the exchange of a code object, and its tests.
CP_TEACH_MUTATION_ORDER names the JSON file with the `Order`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mutation.planting.code_patch import Functions, import_all
from mutation.planting.plan import read_plan
from mutation.planting.population import Mutant, Source
from mutation.recording import Recorder
from mutation.running.calls import Calls, TestFile
from mutation.running.processes import TimeLimit, adopt_orphans, end_children, fork_for

MAX_SECONDS = 240.0
"""The time limit of a test file while the calls are recorded."""

NOT_PATCHED = "not patched: "


class Order(NamedTuple):
    """The task of a server: record the calls, or run the mutants of a plan."""

    package: str
    plan: str
    """The mutants; "" to record the calls."""
    recording: str
    """The folder of the recording."""
    results: str
    """The file to which the server appends a JSON line for each mutant."""
    jobs: int
    budget: float
    """The seconds of tests of its own room that are run on a mutant."""
    until: float
    """The time (of ``time.time``) after which the server begins no mutant."""


class Server:
    """Replaces the loop of a pytest session that runs the tests."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.items: dict[str, pytest.Item] = {}
        self.recorder: Recorder | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run the collected tests in forks."""
        package = importlib.import_module(self.order.package)
        import_all(package)
        self.items = {item.nodeid: item for item in session.items}
        adopt_orphans()
        if self.order.plan:
            functions = Functions(Path(str(package.__file__)).parent)
            _settle()
            self._run_mutants(Path(str(package.__file__)).parent, functions)
        else:
            self.recorder = Recorder(Path(self.order.recording))
            self.recorder.prepare(package)
            session.config.pluginmanager.register(self.recorder)
            _settle()
            self._record(self.recorder)
        return True

    # -- recording -------------------------------------------------------------------------------------------------
    def _record(self, recorder: Recorder) -> None:
        by_file: defaultdict[str, list[str]] = defaultdict(list)
        for name in self.items:
            by_file[name.split("::")[0]].append(name)

        def record(number: int, names: list[str]) -> str:
            self._run(names, after_failures=True)
            recorder.write(Path(self.order.recording) / f"{number:04}.json")
            return "recorded"

        def begin(number: int) -> str:
            path = files[number]
            began = time.monotonic()
            try:
                word = fork_for(lambda: record(number, by_file[path]), MAX_SECONDS, MAX_SECONDS)
            except (TimeLimit, ChildProcessError) as error:
                word = f"left out: {error}"
            return f"{path}: {word} after {time.monotonic() - began:.1f} s"

        files = sorted(by_file, key=lambda path: -len(by_file[path]))
        self._in_parallel(len(files), begin, lambda number, line: print(line, flush=True))

    # -- mutants ---------------------------------------------------------------------------------------------------
    def _run_mutants(self, folder: Path, functions: Functions) -> None:
        chosen = read_plan(Path(self.order.plan))
        calls = Calls(Path(self.order.recording))

        def begin(number: int) -> str:
            if time.time() > self.order.until:
                return json.dumps({"outcome": "not run"})
            began = time.monotonic()
            outcome, by = self._judge(chosen[number], folder, functions, calls)
            return json.dumps({"outcome": outcome, "by": by, "seconds": round(time.monotonic() - began, 2)})

        def note(number: int, line: str) -> None:
            result = {"digest": chosen[number].digest, **json.loads(line)}
            with Path(self.order.results).open("a", encoding="utf-8") as file:
                file.write(json.dumps(result) + "\n")

        self._in_parallel(len(chosen), begin, note)

    def _judge(self, mutant: Mutant, folder: Path, functions: Functions, calls: Calls) -> tuple[str, str]:
        files = calls.files_for(mutant, self.order.budget)
        if not files:
            return "not called", "no test calls the function in its own process"
        source = Source(folder, mutant.place.path)
        name = (mutant.place.qualified_name, mutant.place.line)
        tree = source.tree_with(mutant)
        unreliable = []
        for file in files:
            names = [each for each in self.items if each in file.tests]  # in the order of the file

            def with_fault(names: list[str] = names) -> str:
                try:
                    if not functions.patch(tree, source.file, [name]):
                        return f"{NOT_PATCHED}no function with that code exists"
                except (SyntaxError, ValueError) as error:
                    return f"{NOT_PATCHED}{error}"
                return self._run(names)

            try:
                failed = _limited(with_fault, file)
            except (TimeLimit, ChildProcessError) as end:
                return "caught", f"{file.path}: {type(end).__name__}, {end}"
            if failed.startswith(NOT_PATCHED):
                return "not patched", failed.removeprefix(NOT_PATCHED)
            if failed and self._passes_without(names, failed, file):
                return "caught", failed
            if failed:
                unreliable.append(failed)
        return "survived", f"{len(files)} files of tests" + "".join(
            f"; unreliable: {each}" for each in unreliable
        )

    def _passes_without(self, names: list[str], failed: str, file: TestFile) -> bool:
        """Whether the same tests pass without the fault; otherwise their failure proves nothing."""
        same = names[: names.index(failed) + 1] if failed in names else names
        try:
            return not _limited(lambda: self._run(same), file)
        except (TimeLimit, ChildProcessError):
            return False

    # -- both ------------------------------------------------------------------------------------------------------
    def _run(self, names: list[str], *, after_failures: bool = False) -> str:
        """Run these tests in this process up to the first failure; returns that test, or ""."""
        watch = _Failures()
        items = [self.items[name] for name in names]
        manager = items[0].config.pluginmanager
        manager.register(watch)
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if watch.failed and not after_failures:
                break
        return watch.failed

    def _in_parallel(self, count: int, begin: Callable[[int], str], note: Callable[[int, str], None]) -> None:
        """Call ``begin`` for each number in a fork, ``jobs`` at a time, and ``note`` with what it returns."""
        running: dict[int, tuple[int, int]] = {}
        numbers = iter(range(count))
        while True:
            while len(running) < self.order.jobs and (number := next(numbers, None)) is not None:
                reading, writing = os.pipe()
                child = os.fork()
                if child == 0:
                    os.close(reading)
                    _answer(begin, number, writing)
                os.close(writing)
                running[child] = number, reading
            if not running:
                return
            child, _ = os.wait()
            if child in running:
                number, reading = running.pop(child)
                with os.fdopen(reading, encoding="utf-8") as answer:
                    line = answer.read()
                note(number, line or json.dumps({"outcome": "not run", "by": "the process ended"}))


def _limited(work: Callable[[], str], file: TestFile) -> str:
    return fork_for(work, 30 + 8 * file.seconds, 2 + 4 * file.seconds)


def _answer(begin: Callable[[int], str], number: int, writing: int) -> None:
    try:
        adopt_orphans()
        line = begin(number)
        end_children()
        os.write(writing, line.encode())
    except BaseException as error:
        os.write(writing, json.dumps({"outcome": "not run", "by": repr(error)}).encode())
    finally:
        os._exit(0)


def _settle() -> None:
    """Exempt everything that exists from garbage collection, so that the forks share its memory."""
    gc.collect()
    gc.freeze()


class _Failures:
    """The first test that did not pass."""

    def __init__(self) -> None:
        self.failed = ""

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Remember the first failure. A skip is not one: a fault that makes a test skip is not detected by it."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


def pytest_configure(config: pytest.Config) -> None:
    """Register the server if the environment names an order."""
    file = os.environ.get("CP_TEACH_MUTATION_ORDER")
    if file:
        order = Order(*json.loads(Path(file).read_text(encoding="utf-8")))
        config.pluginmanager.register(Server(order), "mutation-server")
