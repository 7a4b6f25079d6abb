"""Call the git program without the user's configuration, identity, hooks, or network."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

CONFIGURATION = Path(__file__).with_name("git.conf")
INHERITED = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR")
"""The variables of the caller's environment that git needs in order to run."""
TIMEOUT = 120.0
"""Maximum seconds of one call. No call waits for a network or a person."""
ID = re.compile(r"[0-9a-f]{40}")
NONE = "0" * 40
"""The ID that git uses for a missing commit: the old commit of a new branch."""
AUTHOR_NAME, AUTHOR_EMAIL = "cp_teach", "course@example.com"
AUTHOR_DATE = "2026-01-01T00:00:00+0000"
"""The author and date of the kit's own commits, always the same, so that the same files make the same commit on every
machine."""


class NoGit(RuntimeError):
    """git is not installed on this machine."""


class GitFailed(RuntimeError):
    """git has failed; the message is git's own."""


def git(
    *args: str, repository: Path | None = None, stdin: bytes = b"", variables: Mapping[str, str] | None = None
) -> bytes:
    """Call git and return its output. ``repository`` is a bare repository, and ``stdin`` is git's standard input.

    Raises ``NoGit`` and ``GitFailed``. The caller must ensure that no argument from outside begins with a hyphen; a
    full path, an ID that matches ``ID``, and a name after ``refs/heads/`` cannot.
    """
    program = shutil.which("git")
    if program is None:
        raise NoGit(
            "git is not on the PATH, and a repository needs it. Install it: sudo apt-get install git, "
            "brew install git, or winget install Git.Git."
        )
    # Also here, because a repository's own configuration would override the file.
    safe = ["-c", f"core.hooksPath={os.devnull}"]
    git_dir = [f"--git-dir={repository.resolve()}"] if repository is not None else []
    try:
        done = subprocess.run(
            [program, *safe, *git_dir, *args],
            input=stdin,
            capture_output=True,
            env=environment() | dict(variables or {}),
            timeout=TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise GitFailed(f"git {args[0]} took longer than {TIMEOUT:g} seconds and was ended.") from None
    if done.returncode:
        output = done.stderr.decode(errors="replace").strip() or f"it ended with code {done.returncode}"
        raise GitFailed(f"git {args[0]}: {output}")
    return done.stdout


def environment() -> dict[str, str]:
    """The complete environment of git."""
    return {
        **{name: value for name, value in os.environ.items() if name.upper() in INHERITED},
        "HOME": os.devnull,
        "LC_ALL": "C",
        "TZ": "UTC",  # git writes local times into zip files
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(CONFIGURATION),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "file",
        # git 3 has other defaults; older versions ignore these variables.
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "GIT_AUTHOR_NAME": AUTHOR_NAME,
        "GIT_AUTHOR_EMAIL": AUTHOR_EMAIL,
        "GIT_AUTHOR_DATE": AUTHOR_DATE,
        "GIT_COMMITTER_NAME": AUTHOR_NAME,
        "GIT_COMMITTER_EMAIL": AUTHOR_EMAIL,
        "GIT_COMMITTER_DATE": AUTHOR_DATE,
    }


def text(data: bytes) -> str:
    """The output of git as text. A name that is not UTF-8 stays readable, with replacement characters for the invalid
    bytes."""
    return data.decode("utf-8", errors="replace")
