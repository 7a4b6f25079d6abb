"""Run the tests of a mutant from scratch, on a copy of the package that contains the fault.

Code that ran before a code object was replaced does not see the fault: at import, for a cache, or in a process that a
test starts. So survivors of a fork are retried here, with the complete test files that call the function.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mutation.planting.population import Mutant, Source
from mutation.running.confinement import confined, interpreter_folders


class CopiedTree:
    """A folder that looks like the root, with its own copy of the package."""

    def __init__(self, package: Path, root: Path, scratch: Path, seconds: float) -> None:
        self.package, self.root, self.scratch, self.seconds = package, root, scratch, seconds
        self.folder = scratch / "tree"

    def judge(self, mutant: Mutant, tests: Sequence[str]) -> tuple[str, str]:
        """The result of the mutant in these test files: caught or survived, and by what."""
        failed = self._failed(mutant, tests)
        if not failed:
            return "survived", f"{len(tests)} files of tests (from scratch)"
        if self._failed(None, [failed] if failed in tests else tests):
            return "survived", f"{failed} fails without the fault, too (from scratch)"
        return "caught", f"{failed} (from scratch)"

    def _failed(self, mutant: Mutant | None, tests: Sequence[str]) -> str:
        """The first of these files in which a test fails; "" if none fails."""
        self._make(mutant)
        command = [sys.executable, "-P", "-m", "pytest", "-x", "-q", "-rfE", "-p", "no:cacheprovider", *tests]
        environment = {"PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", "CI": "true"}
        line = confined(
            command,
            writable=self.scratch,
            readable=[self.root, self.package.parent, *interpreter_folders()],
            environment=environment,
        )
        try:
            done = subprocess.run(
                line,
                cwd=self.folder,  # also for a process that a test starts: its own folder is first on its path
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "time limit" if mutant else ""
        if done.returncode == 0:
            return ""
        failures = [line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
        return failures[0].split()[1].split("::")[0] if failures else f"pytest, with {done.returncode}"

    def _make(self, mutant: Mutant | None) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        for each in self.root.iterdir():
            if each.name not in (self.package.name, ".git", ".hypothesis"):
                (self.folder / each.name).symlink_to(each)
        copy = self.folder / self.package.name
        shutil.copytree(self.package, copy, ignore=shutil.ignore_patterns("__pycache__"))
        if mutant:
            changed = ast.unparse(Source(self.package, mutant.place.path).tree_with(mutant))
            (copy / mutant.place.path).write_text(changed, encoding="utf-8")
