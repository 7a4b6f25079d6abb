"""Find the pushes to a repository on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from cp_teach.pipeline import Push
from cp_teach.work.sources.git import NONE, GitFailed
from cp_teach.work.sources.repository import Repository


class RefUpdate(NamedTuple):
    """An update of a branch or tag from one commit to another by a push. ``old`` is ``NONE`` for a new one."""

    ref: str
    """The full name: ``refs/heads/main``, ``refs/tags/v1``."""
    old: str
    new: str

    @property
    def branch(self) -> str:
        """The branch; "" for a tag."""
        return self.ref.removeprefix("refs/heads/") if self.ref.startswith("refs/heads/") else ""

    @property
    def tag(self) -> str:
        """The tag; "" for a branch."""
        return self.ref.removeprefix("refs/tags/") if self.ref.startswith("refs/tags/") else ""

    @property
    def created(self) -> bool:
        """Whether the push creates the branch or tag."""
        return self.old == NONE


class PushWatcher:
    """Finds the pushes to a repository: an update for each branch and tag, in order. A deleted branch is not reported,
    because it starts nothing.

    git writes a line to a log in the repository for every update of a ref. Reading the logs needs no hook, which the
    student's git would run as code of the kit, and it finds both of two pushes in quick succession.
    """

    def __init__(self, repository: Repository) -> None:
        self.repository, self._logs = repository, repository.path / "logs"
        self._seen: dict[str, list[tuple[str, str]]] = {}
        self._stats: dict[Path, tuple[int, int, int]] = {}
        for file in self._changed():  # existing updates are not new
            self._seen[self._ref(file)] = _lines(file)

    def poll(self) -> list[RefUpdate]:
        """The pushes since the last poll."""
        try:
            return self._new_updates()
        except (OSError, GitFailed):  # a ref is being updated, or the repository was removed
            self._stats.clear()
            return []

    def push(self, update: RefUpdate) -> Push:
        """A push as the triggers of a pipeline see it: its branch or tag, and the files that it changes."""
        if update.tag:
            return Push(tag=update.tag)
        files = () if update.created else self.repository.changed_files(update.old, update.new)
        return Push(update.branch, files=files, new_branch=update.created)

    def _new_updates(self) -> list[RefUpdate]:
        changed, updates = self._changed(), []
        # git writes the line just before it updates the ref. Wait for the ref, because the listener reads it.
        refs = self.repository.refs() if changed else {}
        for file in changed:
            ref, lines = self._ref(file), _lines(file)
            if lines and refs.get(ref) != lines[-1][1]:
                self._stats.pop(file)
                continue
            seen = self._seen.get(ref, [])
            self._seen[ref] = lines
            # A branch that was deleted and created again has a new log.
            fresh = lines[len(seen) :] if lines[: len(seen)] == seen else lines
            updates += [RefUpdate(ref, old, new) for old, new in fresh]
        return updates

    def _changed(self) -> list[Path]:
        """The logs that have changed since the last poll."""
        stats = {}
        for kind in ("heads", "tags"):
            for file in sorted((self._logs / "refs" / kind).rglob("*")):
                if file.is_file():
                    stat = file.stat()
                    stats[file] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        before, self._stats = self._stats, stats
        for deleted in before.keys() - stats.keys():
            self._seen.pop(self._ref(deleted), None)
        return [file for file, stat in stats.items() if before.get(file) != stat]

    def _ref(self, file: Path) -> str:
        return file.relative_to(self._logs).as_posix()


def _lines(file: Path) -> list[tuple[str, str]]:
    """The updates in a log. Each line has the old ID, the new ID, the author, and the time. An incomplete line is
    omitted."""
    *whole, _ = file.read_bytes().split(b"\n")
    return [(line[:40].decode(), line[41:81].decode()) for line in whole]
