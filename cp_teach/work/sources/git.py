"""The git program, called so that nothing of its user gets in: no configuration, no identity, no hooks, no network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

CONFIGURATION = Path(__file__).with_name("git.conf")
KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
"""What it needs of the caller's environment in order to run at all."""
SECONDS = 120.0
"""How long one call may take. None here waits for a network or for a person."""
ID = re.compile(r"[0-9a-f]{40}")
NONE = "0" * 40
"""What git calls the commit of a branch that is not there: the old one of a branch that is just created."""
WHO, MAIL = "cp_teach", "course@example.com"
WHEN = "2026-01-01T00:00:00+0000"
"""Who makes our own commits, and when: always the same, so that the same files make the same commit everywhere."""


class NoGit(RuntimeError):
    """There is no git on this machine."""


class GitFailed(RuntimeError):
    """git has refused; the message is what it says."""


def git(
    *words: str, at: Path | None = None, data: bytes = b"", more: Mapping[str, str] | None = None
) -> bytes:
    """Call git and return what it prints. ``at`` is the bare repository, ``data`` what it reads.

    Raises ``NoGit`` and ``GitFailed``. Whoever calls sees to it that no word which comes from elsewhere begins with a
    hyphen: a full path, an id that ``ID`` has matched, or a name after ``refs/heads/`` cannot.
    """
    program = shutil.which("git")
    if program is None:
        raise NoGit(
            "git is not on the PATH, and a repository needs it. Install it: sudo apt-get install git, "
            "brew install git, or winget install Git.Git."
        )
    # Said once more here, because a repository's own configuration would win over that of the file.
    safe = ["-c", f"core.hooksPath={os.devnull}"]
    place = [f"--git-dir={at.resolve()}"] if at is not None else []
    try:
        done = subprocess.run(
            [program, *safe, *place, *words],
            input=data,
            capture_output=True,
            env=environment() | dict(more or {}),
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git {words[0]} took longer than {SECONDS:g} seconds and was ended.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip() or f"it ended with code {done.returncode}"
        raise GitFailed(f"git {words[0]}: {said}")
    return done.stdout


def environment() -> dict[str, str]:
    """The whole environment of git."""
    return {
        **{name: value for name, value in os.environ.items() if name.upper() in KEPT},
        "HOME": os.devnull,
        "LC_ALL": "C",
        "TZ": "UTC",  # git writes local times into zip files
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(CONFIGURATION),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file",
        # git 3 makes other repositories unless it is asked for these; older ones do not know the question.
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "GIT_AUTHOR_NAME": WHO,
        "GIT_AUTHOR_EMAIL": MAIL,
        "GIT_AUTHOR_DATE": WHEN,
        "GIT_COMMITTER_NAME": WHO,
        "GIT_COMMITTER_EMAIL": MAIL,
        "GIT_COMMITTER_DATE": WHEN,
    }


def text(data: bytes) -> str:
    """What git has printed. A name that is no UTF-8 comes out readable, with the odd bytes as question marks."""
    return data.decode("utf-8", errors="replace")
