"""What a build costs beside the same commands in plain ``sh``, in one run, and how much of it is the jail.

A build unpacks its source, runs each phase in the jail, keeps the shell's state, and packs its artifact. Its commands
do nothing, so that the ratio shows all that is not theirs; the difference is what a real build pays once.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from cp_teach.work.artifacts.zip_artifacts import pack
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.sandbox import bubblewrap, run_command
from cp_teach.work.task import Task

PHASES = ("install", "pre_build", "build", "post_build")
COMMANDS = ("true", "export A=1", "cd .", "touch made", "sh -c 'exit 0'")
TIMES = 15


def spec() -> str:
    listed = "".join(f"\n      - {command}" for command in COMMANDS)
    phases = "".join(f"\n  {name}:\n    commands:{listed}" for name in PHASES)
    return f"version: 0.2\nphases:{phases}\nartifacts:\n  files: [made]\n"


def median(work: Callable[[Path], object]) -> float:
    spans = []
    for _ in range(TIMES):
        with tempfile.TemporaryDirectory() as name:
            began = time.perf_counter()
            work(Path(name))
            spans.append(time.perf_counter() - began)
    return sorted(spans)[TIMES // 2]


def main() -> dict[str, float]:
    """Print and return the ratios."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        (home / "buildspec.yml").write_text(spec())
        pack(home, ["buildspec.yml"], home / "source.zip")
        provider = CodeBuild(yes=True)
        script = "\n".join(COMMANDS * len(PHASES))

        def plain(folder: Path) -> None:
            subprocess.run(["sh", "-c", script], cwd=folder, check=True)

        def built(folder: Path) -> None:
            inputs = {"Source": home / "source.zip"}
            configuration = {"ProjectName": "bench"}
            done = provider(
                Task("p", 1, "e", "s", "a", 1, "i", configuration, inputs, ("Built",), {}, folder)
            )
            assert not done.failure, done.message

        print(bubblewrap.jail())
        yard = median(plain)
        print(f"plain sh: {1000 * yard:.1f} ms for {len(COMMANDS) * len(PHASES)} commands")
        ratios = {}
        ways = {"CodeBuild, jailed": bubblewrap.working_bwrap()} if bubblewrap.working_bwrap() else {}
        for title, path in {**ways, "CodeBuild, no jail": ""}.items():
            for module in (bubblewrap, run_command):
                module.working_bwrap = lambda path=path: path
            took = median(built)
            ratios[title] = took / yard
            print(f"{title}: {1000 * took:.1f} ms, {took / yard:.1f} × plain sh")
    return ratios


if __name__ == "__main__":
    main()
