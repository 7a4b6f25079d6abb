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

from mutation.planting.plan import read_plan, write_plan
from mutation.planting.population import Mutant, candidates
from mutation.planting.sampling import sample, subsample
from mutation.report import Report, Result
from mutation.running import confinement
from mutation.running.calls import Calls
from mutation.running.copied_tree import CopiedTree
from mutation.running.fork_server import Order
from mutation.running.kept_recording import KeptRecording
from mutation.survivors import FILE, read_survivors

LEFT_OUT = (
    "tests/browser",  # takes minutes; the tests of show check the data that a browser gets
    "tests/test_notebooks_run.py",  # runs notebooks in other processes, which have no fault
    "tests/test_image.py",  # checks files of the repository
    "tests/test_packaging.py",
    "tests/test_warm_kernels.py",
    "tests/tools",  # the tests of this runner
)
"""Tests that mutants do not run."""
FROM_SCRATCH = 240.0
"""The time limit for the retry of a survivor from scratch, in seconds."""


class CannotRun(Exception):
    """The run is not possible; the message says why."""


class Campaign:
    """A run that chooses mutants, records calls, plants the mutants, retries survivors, and reports."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options, self.root = options, options.root.resolve()
        self.until = time.time() + options.seconds
        spec = importlib.util.find_spec(options.package)
        if spec is None or spec.origin is None:
            raise CannotRun(
                f"{sys.executable} cannot import {options.package}; run `make mutants`, which uses a Python that can"
            )
        self.package = Path(spec.origin).parent
        self.known = read_survivors(options.survivors or FILE)

    def run(self) -> int:
        """Perform the run; returns the exit code."""
        chosen = self._chosen()
        if self.options.write_plan:
            write_plan(self.options.write_plan, chosen)
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
        if self.options.plan:
            return read_plan(self.options.plan)
        population = candidates(self.package)
        rooms = {each.place.room for each in population}
        if unknown := set(self.options.room or ()) - rooms:
            raise CannotRun(
                f"{', '.join(sorted(unknown))} is not a room; the rooms are {', '.join(sorted(rooms))}"
            )
        if self.options.room:
            population = [each for each in population if each.place.room in self.options.room]
        chosen = sample(population, self.options.count, self.options.seed)
        if self.options.sample:
            chosen = subsample(chosen, self.options.sample, self.options.sample_seed)
        return chosen

    # -- the recording ---------------------------------------------------------------------------------------------
    def _recording(self, scratch: Path) -> Path:
        if self.options.recording:
            folder: Path = self.options.recording.resolve()
            if not len(Calls(folder)):
                raise CannotRun(f"{folder} holds no recording of a test that passed")
            return folder
        kept = KeptRecording(self.root, self.package)
        wanted = kept.tests if kept.is_stale() and not self.options.reuse_recording else kept.changed_tests()
        wanted = [path for path in wanted if not path.startswith(LEFT_OUT)]
        if wanted:
            print(
                f"recording what {len(wanted)} files of tests call; not again until something changes",
                flush=True,
            )
            new = scratch / "recording"
            new.mkdir()
            self._server(
                Order(self.options.package, "", str(new), "", self.options.jobs, 0, 0), scratch, wanted
            )
            kept.replace(wanted, new)
        if not len(Calls(kept.folder)):
            raise CannotRun("no test passed while the calls were recorded; does `make test` pass?")
        return kept.folder

    # -- the mutants -----------------------------------------------------------------------------------------------
    def _planted(self, chosen: list[Mutant], recording: Path, scratch: Path) -> list[Result]:
        plan, lines = scratch / "plan.json", scratch / "results.jsonl"
        write_plan(plan, chosen)
        lines.touch()
        order = Order(
            self.options.package,
            str(plan),
            str(recording),
            str(lines),
            self.options.jobs,
            self.options.budget,
            self.until,
        )
        self._server(order, scratch, ["tests"], recording)
        outcomes = {}
        for line in lines.read_text(encoding="utf-8").splitlines():
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
        command += ["-p", "no:cacheprovider", "-p", "mutation.running.fork_server"]
        environment = {
            "PYTHONPATH": os.pathsep.join(
                [str(Path(__file__).resolve().parents[1]), str(self.package.parent)]
            ),
            "PYTHONDONTWRITEBYTECODE": "1",
            "CP_TEACH_MUTATION_ORDER": str(file),
            # Unset, because a run of the tests that records calls can start this one.
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
        if self.options.forks_only:
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
        if not tests:  # a test of its room may call it in another process
            own = sorted((self.root / "tests" / mutant.place.room).rglob("test_*.py"))
            tests = [path.relative_to(self.root).as_posix() for path in own]
        if not tests:
            return Result(mutant, "survived", "no test calls the function")
        return Result(mutant, *tree.judge(mutant, tests))
