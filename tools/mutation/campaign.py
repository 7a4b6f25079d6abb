"""One complete run: choose the mutants, plant them, and report the results."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mutation import confinement
from mutation.calls import Calls
from mutation.copied_tree import CopiedTree
from mutation.fork_server import Order
from mutation.kept_recording import KeptRecording
from mutation.plan import read_plan, write_plan
from mutation.population import Mutant, candidates
from mutation.report import Report, Result
from mutation.sampling import sample, subsample
from mutation.survivors import FILE, read_survivors

LEFT_OUT = (
    "tests/browser",  # a browser runs the widgets, half an hour long; show's own tests look at what they are given
    "tests/test_notebooks_run.py",  # each notebook is a process of its own, in which no fault is planted
    "tests/test_image.py",  # about the files of the repository
    "tests/test_packaging.py",
    "tests/test_warm_kernels.py",
    "tests/tools",  # the tests of this runner
)
"""Tests that mutants do not run."""
FROM_SCRATCH = 240.0
"""Seconds for which a survivor is retried from scratch."""


class CannotRun(Exception):
    """The run is not possible; the message says why."""


class Campaign:
    """A run that chooses mutants, records calls, plants the mutants, retries survivors, and reports."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self.asked, self.root = asked, asked.root.resolve()
        self.until = time.time() + asked.seconds
        spec = importlib.util.find_spec(asked.package)
        if spec is None or spec.origin is None:
            raise CannotRun(
                f"{sys.executable} cannot import {asked.package}; run `make mutants`, which uses a Python that can"
            )
        self.package = Path(spec.origin).parent
        self.known = read_survivors(asked.survivors or FILE)

    def run(self) -> int:
        """Perform the run; returns the exit code."""
        chosen = self._chosen()
        if self.asked.write_plan:
            write_plan(self.asked.write_plan, chosen)
            return 0
        confinement.check()
        with tempfile.TemporaryDirectory(prefix="cp-mutants-") as name:
            scratch = Path(name)
            recording = self._recording(scratch)
            results = self._planted(chosen, recording, scratch)
            report = Report(self._tried_again(results, recording, scratch), self.known)
        print(report.text())
        return report.exit_code()

    def _chosen(self) -> list[Mutant]:
        if self.asked.plan:
            return read_plan(self.asked.plan)
        population = candidates(self.package)
        rooms = {each.place.room for each in population}
        if unknown := set(self.asked.room or ()) - rooms:
            raise CannotRun(
                f"{', '.join(sorted(unknown))} is not a room; the rooms are {', '.join(sorted(rooms))}"
            )
        if self.asked.room:
            population = [each for each in population if each.place.room in self.asked.room]
        chosen = sample(population, self.asked.count, self.asked.seed)
        if self.asked.sample:
            chosen = subsample(chosen, self.asked.sample, self.asked.sample_seed)
        return chosen

    # -- the recording ---------------------------------------------------------------------------------------------
    def _recording(self, scratch: Path) -> Path:
        if self.asked.recording:
            folder: Path = self.asked.recording.resolve()
            if not len(Calls(folder)):
                raise CannotRun(f"{folder} holds no recording of a test that passed")
            return folder
        kept = KeptRecording(self.root, self.package)
        wanted = kept.tests if kept.is_stale() and not self.asked.reuse_recording else kept.changed_tests()
        wanted = [path for path in wanted if not path.startswith(LEFT_OUT)]
        if wanted:
            print(
                f"recording what {len(wanted)} files of tests call; not again until something changes",
                flush=True,
            )
            new = scratch / "recording"
            new.mkdir()
            self._server(Order(self.asked.package, "", str(new), "", self.asked.jobs, 0, 0), scratch, wanted)
            kept.replace(wanted, new)
        if not len(Calls(kept.folder)):
            raise CannotRun("no test passed while the calls were recorded; does `make test` pass?")
        return kept.folder

    # -- the mutants -----------------------------------------------------------------------------------------------
    def _planted(self, chosen: list[Mutant], recording: Path, scratch: Path) -> list[Result]:
        plan, found = scratch / "plan.json", scratch / "results.jsonl"
        write_plan(plan, chosen)
        found.touch()
        order = Order(
            self.asked.package,
            str(plan),
            str(recording),
            str(found),
            self.asked.jobs,
            self.asked.budget,
            self.until,
        )
        self._server(order, scratch, ["tests"], recording)
        outcomes = {}
        for line in found.read_text(encoding="utf-8").splitlines():
            result = json.loads(line)
            outcomes[result["digest"]] = result
        return [
            Result(mutant, result["outcome"], result.get("by", ""))
            for mutant in chosen
            for result in [outcomes.get(mutant.digest, {"outcome": "not run"})]
        ]

    def _server(self, order: Order, scratch: Path, tests: list[str], *readable: Path) -> None:
        file = scratch / "order.json"
        file.write_text(json.dumps(order), encoding="utf-8")
        ignored = [f"--ignore={self.root / path}" for path in LEFT_OUT]
        command = [sys.executable, "-P", "-m", "pytest", "-q", "-s"]
        command += ["-p", "no:cacheprovider", "-p", "mutation.fork_server"]
        environment = {
            "PYTHONPATH": os.pathsep.join(
                [str(Path(__file__).resolve().parents[1]), str(self.package.parent)]
            ),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CP_TEACH_MUTATION_ORDER": str(file),
            # A run of the tests that records calls itself can start this one: its settings are not for here.
            "CP_TEACH_MUTANT_PLAN": "",
            "CP_TEACH_RECORD_CALLS": "",
            "CI": "true",  # hypothesis then tries the same examples each time
        }
        line = confinement.confined(
            [*command, *ignored, *(str(self.root / path) for path in tests)],
            writable=scratch,
            readable=[
                self.root,
                self.package.parent,
                Path(__file__).resolve().parents[1],
                *readable,
                *confinement.interpreter_folders(),
            ],
            environment=environment,
        )
        log = scratch / "server.log"
        with log.open("w", encoding="utf-8") as output:
            done = subprocess.run(
                line, cwd=self.root, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
            )
        text = log.read_text(encoding="utf-8", errors="replace")
        if left_out := [each for each in text.splitlines() if ": left out: " in each]:
            print("\n".join(left_out))
        if done.returncode not in (0, 5):  # 5: pytest itself has run no test, the forks have
            raise CannotRun(f"the tests cannot be run:\n{text[-3000:]}")

    def _tried_again(self, results: list[Result], recording: Path, scratch: Path) -> list[Result]:
        """Retry from scratch what no fork detected, except for listed survivors."""
        if self.asked.forks_only:
            ended = ("caught", "not run")
            return [each if each.outcome in ended else each._replace(outcome="survived") for each in results]
        calls = Calls(recording)
        tree = CopiedTree(self.package, self.root, scratch, FROM_SCRATCH)
        tried = ("survived", "not called", "not patched")
        return [self._again(each, calls, tree) if each.outcome in tried else each for each in results]

    def _again(self, result: Result, calls: Calls, tree: CopiedTree) -> Result:
        mutant = result.mutant
        if mutant.key in self.known:
            return Result(mutant, "survived", "listed")
        tests = [file.path for file in calls.files_for(mutant, FROM_SCRATCH / 8)]
        if not tests:  # perhaps a process that a test of its room starts
            own = sorted((self.root / "tests" / mutant.place.room).glob("test_*.py"))
            tests = [path.relative_to(self.root).as_posix() for path in own]
        if not tests:
            return Result(mutant, "survived", "no test calls the function")
        return Result(mutant, *tree.judge(mutant, tests))
