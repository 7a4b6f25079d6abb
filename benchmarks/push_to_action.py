"""How long after ``git push`` the first action starts, and the first command of the build, beside the push alone.

A workplace looks for pushes every ``BEAT`` seconds; so half of that is waiting, whatever else is quick. The yard is the
same push to a repository that nobody watches, in the same run.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import cp_teach
from cp_teach import resources
from cp_teach.engine.model.events import ActionStarted
from cp_teach.work.polling_thread import INTERVAL
from cp_teach.work.runtime.local_pipeline import LocalPipeline

TIMES = 9
SPEC = """version: 0.2
env: {variables: {SHOP_VERSION: one}, exported-variables: [SHOP_VERSION]}
phases: {build: {commands: [echo built]}}
artifacts: {files: ['**/*']}
"""


def commit(clone: Path, number: int) -> None:
    (clone / "VERSION").write_text(f"{number}\n", encoding="utf-8")
    subprocess.run(["git", "-C", str(clone), "commit", "--quiet", "--all", "-m", f"{number}"], check=True)


def pushed(clone: Path) -> float:
    """Push, and return how long that took."""
    began = time.perf_counter()
    subprocess.run(["git", "-C", str(clone), "push", "--quiet"], check=True)
    return time.perf_counter() - began


def middle(spans: list[float]) -> float:
    return sorted(spans)[len(spans) // 2]


def main() -> dict[str, float]:
    """Print and return the spans in seconds."""
    action, command = threading.Event(), threading.Event()
    with tempfile.TemporaryDirectory() as name:
        app = Path(shutil.copytree(resources.pipelines().parent / "sample-app", Path(name) / "app"))
        (app / "buildspec.yml").write_text(SPEC, encoding="utf-8")

        def heard(row: object, line: str) -> None:
            if line.endswith("Running command echo built"):
                command.set()

        def opened(**more: object) -> LocalPipeline:
            return cp_teach.workplace("sample-app", app, yes=True, **more)  # type: ignore[arg-type]

        spans: dict[str, list[float]] = {
            "push alone": [],
            "push": [],
            "first action": [],
            "first command": [],
        }
        with opened() as quiet:
            clone = quiet.clone()
            for number in range(TIMES):
                commit(clone, number)
                spans["push alone"].append(pushed(clone))
        with opened(watching=True, log=heard) as place:
            place.run.listen(
                lambda change: (
                    action.set()
                    if change.entry and any(isinstance(event, ActionStarted) for event in change.entry.events)
                    else None
                )
            )
            clone = place.clone()
            for number in range(TIMES):
                commit(clone, number)
                action.clear()
                command.clear()
                spans["push"].append(pushed(clone))
                done = time.perf_counter()
                action.wait(60)
                spans["first action"].append(time.perf_counter() - done)
                command.wait(60)
                spans["first command"].append(time.perf_counter() - done)
                place.settle(60)
    found = {title: middle(all) for title, all in spans.items()}
    print(f"a look every {1000 * INTERVAL:.0f} ms")
    for title, span in found.items():
        ratio = span / found["push alone"]
        print(
            f"{title + (' after the push' if 'first' in title else '')}: {1000 * span:.0f} ms, {ratio:.1f} × push alone"
        )
    return found


if __name__ == "__main__":
    main()
