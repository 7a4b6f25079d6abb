"""A student with the real git, in a home of their own, and a task as an action gets it."""

import os
import subprocess
from pathlib import Path

from cp_teach.work.task import Task


class Student:
    """A working copy, and the git that its owner types."""

    def __init__(self, home: Path, url: str, name: str = "Ada") -> None:
        self.home, self.folder = home, home / "shop"
        home.mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "GIT_CONFIG_NOSYSTEM": "1",
            "LC_ALL": "C",
        }
        user = f"[user]\nname = {name}\nemail = {name.lower()}@example.org\n"
        (home / ".gitconfig").write_text(f"{user}[init]\ndefaultBranch = main\n", encoding="utf-8")
        self.git("clone", "--quiet", url, "shop", cwd=home)

    def git(self, *words: str, cwd: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words], cwd=cwd or self.folder, env=self.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, message: str, **files: str | None) -> str:
        """Write files (None removes one), commit; the id. A double underscore in a name is a slash."""
        for name, text in files.items():
            place = self.folder / (name.replace("__", "/") + ".txt")
            if text is None:
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def push(self, *words: str) -> None:
        self.git("push", "--quiet", *(words or ("origin", "HEAD")))


def task(folder: Path, outputs: tuple[str, ...] = ("SourceArtifact",), **more: object) -> Task:
    """One run of an action called Fetch."""
    folder.mkdir(parents=True, exist_ok=True)
    given = {
        "pipeline": "shop",
        "execution": 1,
        "execution_id": "11111111-2222-4333-a444-555555555555",
        "stage": "Source",
        "action": "Fetch",
        "attempt": 1,
        "id": "66666666-7777-4888-a999-000000000000",
        "configuration": {},
        "inputs": {},
        "outputs": outputs,
        "revisions": {},
        "folder": folder,
    }
    return Task(**{**given, **more})  # type: ignore[arg-type]  # a test names what it needs
