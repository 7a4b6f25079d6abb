"""A pytest plugin that records which tests call which functions, and how long each test takes.

    PYTHONPATH=tools CP_TEACH_RECORD_CALLS=folder pytest -p mutation.recording

Each function gets a first statement that sets a byte, which costs next to nothing, unlike a tracer. The calls of a
fixture with a wider scope count for every test that uses it. If CP_TEACH_MUTANT_PLAN names a plan, only its functions
are recorded. Each process writes its own file to the folder.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import copy
import importlib
import json
import os
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mutation.planting.code_patch import Functions, import_all
from mutation.planting.plan import read_plan
from mutation.planting.population import Place, sources

FLAGS = "__mutation_calls__"
"""The builtin name under which the instrumented functions find their bytes."""


def instrument(package: Any, places: set[Place] | None = None) -> list[Place]:
    """Make functions of the package set a byte when called; returns the places, of which number n sets byte n."""
    folder = Path(package.__file__).parent
    functions = Functions(folder)
    recorded: list[Place] = []
    for source in sources(folder):
        tree = copy.deepcopy(source.tree)
        source.__dict__["tree"] = tree
        chosen: list[Place] = []
        for place, function in source.functions():
            if places is not None and place not in places:
                continue
            line = ast.parse(f"{FLAGS}[{len(recorded)}] = 1").body[0]
            for node in ast.walk(line):
                ast.copy_location(node, function.body[0])
            at = int(ast.get_docstring(function) is not None)
            function.body.insert(at, line)
            recorded.append(place)
            chosen.append(place)
        if chosen:
            ast.fix_missing_locations(tree)
            names = [(place.qualified_name, place.line) for place in chosen]
            functions.patch(tree, source.file, names)
    setattr(builtins, FLAGS, bytearray(len(recorded)))
    return recorded


class Recorder:
    """Collects the calls of each test."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.places: list[Place] = []
        self.tests: dict[str, dict[str, Any]] = {}
        self._of_fixtures: defaultdict[str, set[int]] = defaultdict(set)
        self._failed = False

    def prepare(self, package: Any) -> None:
        """Instrument the package, after all of its modules have been imported."""
        plan = os.environ.get("CP_TEACH_MUTANT_PLAN")
        chosen = {mutant.place for mutant in read_plan(Path(plan))} if plan else None
        self.places = instrument(package, chosen)

    @property
    def flags(self) -> bytearray:
        """The bytes that the functions set."""
        flags: bytearray = getattr(builtins, FLAGS)
        return flags

    def _called(self) -> set[int]:
        flags = self.flags
        return {number for number in range(len(flags)) if flags[number]} if any(flags) else set()

    def pytest_collection_finish(self) -> None:
        """Instrument the package once the tests have been imported."""
        if not self.places:
            package = importlib.import_module("cp_teach")
            import_all(package)
            self.prepare(package)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        """Keep the calls of a shared fixture for all tests that use it."""
        if fixturedef.scope == "function":
            return (yield)
        before = self._called()
        self.flags[:] = bytes(len(self.flags))
        try:
            return (yield)
        finally:
            now = self._called()
            self._of_fixtures[fixturedef.argname] |= now
            for number in before | now:
                self.flags[number] = 1

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[Any]:
        """Record the calls of one test."""
        self.flags[:] = bytes(len(self.flags))
        self._failed = False
        began = time.monotonic()
        try:
            return (yield)
        finally:
            called = self._called()
            for name in getattr(item, "fixturenames", ()):
                called |= self._of_fixtures.get(name, set())
            self.tests[item.nodeid] = {
                "seconds": round(time.monotonic() - began, 3),
                "passed": not self._failed,
                "calls": sorted(called),
            }

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a failure or a skip: without a fault, the test must pass to detect one."""
        self._failed = self._failed or not report.passed

    def pytest_sessionfinish(self) -> None:
        """Write the recording of this process."""
        self.write(self.folder / f"{os.getpid()}.json")

    def write(self, file: Path) -> None:
        """Write the recording to a file."""
        if self.tests:
            file.write_text(json.dumps({"places": self.places, "tests": self.tests}), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Record if the environment names a folder."""
    folder = os.environ.get("CP_TEACH_RECORD_CALLS")
    if folder:
        with contextlib.suppress(FileExistsError):
            Path(folder).mkdir(parents=True)
        config.pluginmanager.register(Recorder(Path(folder)), "mutation-recorder")
