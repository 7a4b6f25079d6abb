"""Pushes to a repository on this machine, heard as they come."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from cp_teach.work.runtime.polling_thread import tell
from cp_teach.work.sources.git import NONE, GitFailed


class Moved(NamedTuple):
    """A branch or a tag that a push has moved from one commit to another. ``old`` is ``NONE`` for a new one."""

    ref: str
    """Its full name: ``refs/heads/main``, ``refs/tags/v1``."""
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
        """True for the push that brings it."""
        return self.old == NONE


class Pushes:
    """Looks which pushes there have been since the last look, and tells ``heard`` of each.

    git writes a line for each move of a ref into a log in the repository, whoever pushes. Reading those needs no
    hook, which the student's git would run as code of ours, and of two pushes that follow at once misses none.
    """

    def __init__(
        self, path: Path, refs: Callable[[], dict[str, str]], heard: Callable[[Moved], None]
    ) -> None:
        self._logs, self._refs, self._heard = path / "logs", refs, heard
        self._seen: dict[str, list[tuple[str, str]]] = {}
        self._stats: dict[Path, tuple[int, int, int]] = {}
        for file in self._changed():  # what is there already is no news
            self._seen[self._ref(file)] = _lines(file)

    def look(self) -> None:
        """Take one look."""
        try:
            for moved in self._news():
                tell(self._heard, moved)
        except (OSError, GitFailed):  # something is being moved just now, or the repository is gone
            self._stats.clear()

    def _news(self) -> list[Moved]:
        changed, news = self._changed(), []
        # The line is written a moment before the ref moves. Who is told shall find the ref moved.
        refs = self._refs() if changed else {}
        for file in changed:
            ref, lines = self._ref(file), _lines(file)
            if lines and refs.get(ref) != lines[-1][1]:
                self._stats.pop(file)
                continue
            seen = self._seen.get(ref, [])
            self._seen[ref] = lines
            # A branch that was deleted and made anew has a new log.
            fresh = lines[len(seen) :] if lines[: len(seen)] == seen else lines
            news += [Moved(ref, old, new) for old, new in fresh]
        return news

    def _changed(self) -> list[Path]:
        """The logs that are not as they were at the last look."""
        found = {}
        for kind in ("heads", "tags"):
            for file in sorted((self._logs / "refs" / kind).rglob("*")):
                if file.is_file():
                    stat = file.stat()
                    found[file] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        before, self._stats = self._stats, found
        for gone in before.keys() - found.keys():
            self._seen.pop(self._ref(gone), None)
        return [file for file, stat in found.items() if before.get(file) != stat]

    def _ref(self, file: Path) -> str:
        return file.relative_to(self._logs).as_posix()


def _lines(file: Path) -> list[tuple[str, str]]:
    """The moves in a log: each line has the old id, the new one, and who and when. One half written is left out."""
    *whole, _ = file.read_bytes().split(b"\n")
    return [(line[:40].decode(), line[41:81].decode()) for line in whole]
