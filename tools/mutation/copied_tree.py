"""Runs the tests of a mutant from scratch, on a copy of the package that holds it.

An exchanged code object is not seen by what ran before: at import, into a cache, or in a process that a test starts.
So what survived in a fork is tried again here, with the whole files of tests that call the function.
"""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from mutation.confinement import confined, interpreter_folders
from mutation.population import Mutant, Source


def copy_with(mutant: Mutant, package: Path, folder: Path) -> Path:
    """A copy of the package that holds the mutant, with the data beside it: ``folder``, to be put on the path."""
    shutil.copytree(package, folder / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    source = Source(package, mutant.place.path)
    (folder / package.name / mutant.place.path).write_text(
        ast.unparse(source.tree_with(mutant)), encoding="utf-8"
    )
    for name in ("data", "notebooks"):
        if (package.parent / name).is_dir():
            (folder / name).symlink_to(package.parent / name)
    return folder


def passes(
    mutant: Mutant, package: Path, root: Path, tests: Sequence[str], scratch: Path, seconds: float
) -> tuple[bool, str]:
    """Whether these tests pass with the mutant, and what was seen."""
    folder = scratch / f"copy-{mutant.digest}"
    try:
        path = copy_with(mutant, package, folder)
        command = [sys.executable, "-P", "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
        environment = {"PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1", "CI": "true"}
        line = confined(
            command,
            writable=scratch,
            readable=[root, package.parent, *interpreter_folders()],
            environment=environment,
        )
        done = subprocess.run(
            line,
            cwd=root,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False, f"time limit, {seconds:.0f} s"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    failed = [
        text.split(" - ")[0] for text in done.stdout.splitlines() if text.startswith(("FAILED", "ERROR"))
    ]
    return done.returncode == 0, failed[0] if failed else f"pytest ended with {done.returncode}"
