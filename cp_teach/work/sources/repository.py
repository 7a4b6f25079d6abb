"""A git repository on this machine, to which a student pushes with the real git.

It is bare, as the one on a server is: it has branches and commits and no working copy.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cp_teach.work.artifacts.symlinks import without_links
from cp_teach.work.runtime.polling_thread import Looking
from cp_teach.work.sources.git import ID, NONE, GitFailed, git, text
from cp_teach.work.sources.push_watcher import Moved, Pushes

SETTINGS = {
    "core.bare": "true",
    # The log is where each push is seen, also of two that follow at once. What removes lines of it is off.
    "core.logAllRefUpdates": "always",
    "receive.autogc": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree without a file; git knows it in every repository."""
COMMIT = "%H%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00%x01"
"""How git is asked to write a commit. Its message cannot hold a zero byte."""


class Commit(NamedTuple):
    """One commit. Its dates are in UTC."""

    id: str
    author: str
    email: str
    date: datetime
    committer: str
    committer_email: str
    committed: datetime
    message: str

    @property
    def summary(self) -> str:
        """The first line of the message."""
        return self.message.partition("\n")[0]


class Changes(NamedTuple):
    """Paths of the files that differ between two commits, in git's order: by their names."""

    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """All of them. A file that was given another name is removed and added."""
        return tuple(sorted({*self.added, *self.modified, *self.removed}))


class NoSuch(LookupError):
    """A branch or commit that the repository does not have. The message is a sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


class Repository:
    """A bare repository that is there already; ``create`` makes one. Raises ``ValueError`` where there is none."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).resolve()
        if not _is_bare(self.path):
            raise ValueError(
                f"{self.path} is no bare git repository. Make one with Repository.create({str(path)!r})."
            )

    @classmethod
    def create(cls, path: Path | str, branch: str = "main", content: Path | str | None = None) -> Repository:
        """Make a repository at ``path``, where nothing may lie yet.

        ``content`` is a folder, whose files become the first commit of ``branch`` (those that its ``.gitignore``
        names are left out); or a git repository, whose HEAD with its history becomes that branch. Without it the
        repository is empty, and the first push brings the branch.

        Raises ``ValueError`` for a branch or content that cannot be used, ``NoGit`` on a machine without git.
        """
        place = Path(path).resolve()
        source = None if content is None else Path(content).resolve()
        if place.exists() and (not place.is_dir() or any(place.iterdir())):
            raise ValueError(f"{place} is there already. Name a place where nothing is, or remove it.")
        if source is not None and not source.is_dir():
            raise ValueError(f"{source} is no folder. Give a folder of files, or a git repository.")
        if source is not None and place.is_relative_to(source):
            raise ValueError(f"The repository {place} must not lie inside its own content, {source}.")
        _check_branch(branch)
        there = place.exists()
        try:
            place.mkdir(parents=True, exist_ok=True)
            git("init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", "--", str(place))
            for key, value in SETTINGS.items():
                git("config", key, value, at=place)
            if source is not None:
                (_clone if _is_repository(source) else _import)(place, branch, source)
        except BaseException:
            for left in [*place.iterdir()] if there else [place]:
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            raise
        return cls(place)

    @property
    def url(self) -> str:
        """What to give to ``git clone``."""
        return str(self.path)

    def branches(self) -> dict[str, str]:
        """Each branch with the id of its newest commit."""
        return {name.removeprefix("refs/heads/"): id for name, id in self.refs("refs/heads/").items()}

    def refs(self, under: str = "refs/") -> dict[str, str]:
        """Each ref by its full name, with the id that it stands for."""
        lines = text(git("for-each-ref", "--format=%(objectname) %(refname)", under, at=self.path))
        return {name: id for id, _, name in (line.partition(" ") for line in lines.splitlines())}

    def head(self, branch: str) -> Commit:
        """The newest commit of a branch. Raises ``NoSuch``."""
        known = self.branches()
        if branch not in known:
            names = ", ".join(sorted(known))
            there = f"Its branches: {names}." if known else "Nothing has been pushed to it yet."
            raise NoSuch(f"There is no branch {branch} in {self.path.name}. {there}")
        return self.commit(known[branch])

    def knows(self, id: str) -> bool:
        """True if there is a commit with this full id."""
        if not ID.fullmatch(id):
            return False
        try:
            git("cat-file", "-e", f"{id}^{{commit}}", at=self.path)
        except GitFailed:
            return False
        return True

    def commit(self, id: str) -> Commit:
        """The commit with this full id (40 digits), or the one that a tag's id stands for. Raises ``NoSuch``."""
        return self._commits("--max-count=1", self._known(id))[0]

    def commits(self, moved: Moved, most: int = 2048) -> list[Commit]:
        """The commits that a push has brought, oldest first; of more than ``most`` the newest. A ref that it has
        created brings those that no other branch has."""
        if moved.created:
            begin = ["--not", *([f"--exclude={moved.branch}"] if moved.branch else []), "--branches"]
        else:
            begin = [f"^{self._known(moved.old)}"]
        return self._commits("--reverse", "--topo-order", self._known(moved.new), *begin)[-most:]

    def _commits(self, *words: str) -> list[Commit]:
        plain = ("--no-show-signature", "--no-notes", "--no-mailmap", "--encoding=UTF-8")
        told = git("log", *plain, f"--format={COMMIT}", *words, "--", at=self.path)
        return [_commit(each.lstrip("\n")) for each in text(told).split("\0\1")[:-1]]

    def leads(self, old: str, new: str) -> bool:
        """True if ``new`` is ``old``, or has been built on it."""
        try:
            git("merge-base", "--is-ancestor", self._known(old), self._known(new), at=self.path)
        except GitFailed:
            return False
        return True

    def changed_files(self, old: str, new: str) -> Changes:
        """What differs between two commits; ``NONE`` stands for one without files. Raises ``NoSuch``."""
        words = ("--name-status", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
        trees = [EMPTY_TREE if id == NONE else self._known(id) for id in (old, new)]
        return _changes(text(git("diff", *words, *trees, "--", at=self.path)).split("\0")[:-1])

    def changes_of(self, commits: Iterable[str]) -> dict[str, Changes]:
        """What each of these commits of this repository has changed. A merge has no changes of its own."""
        wanted = [id for id in dict.fromkeys(commits) if ID.fullmatch(id)]
        told = git(
            *("diff-tree", "--stdin", "-r", "-z", "--root", "--name-status", "--no-renames"),
            at=self.path,
            data="".join(f"{id}\n" for id in wanted).encode(),
        )
        found: dict[str, list[str]] = {id: [] for id in wanted}
        words = iter(text(told).split("\0")[:-1])
        current = ""
        for word in words:
            if ID.fullmatch(word):
                current = word
            else:  # a letter, and after it a path, which may look like anything
                found[current] += [word, next(words)]
        return {id: _changes(parts) for id, parts in found.items()}

    def zip(self, commit: str, to: Path, *, follow: bool = False) -> str:
        """Write the files of a commit into the zip ``to``; what became of its symbolic links, in a sentence, "" where
        it has none. Files that may be run keep that. ``follow`` and links: see ``cp_teach.work.artifacts.symlinks``.

        Raises ``NoSuch``, and ``BadArtifact`` where following links makes too much of it."""
        git("archive", "--format=zip", f"--output={to.resolve()}", self._known(commit), at=self.path)
        return without_links(to, follow=follow)

    def watch(self, heard: Callable[[Moved], None]) -> Looking:
        """Tell of each push from now on: of each branch and each tag that it moves, and of two moves of one
        branch in their order.

        ``heard`` is called in a thread of its own, within half a second or so. End with ``stop()``, or use it in a
        ``with``. A branch that is deleted is not told: it starts nothing.
        """
        return Looking(Pushes(self.path, self.refs, heard).look, f"pushes to {self.path.name}")

    def _known(self, id: str) -> str:
        if not self.knows(id):
            raise NoSuch(f"There is no commit {id} in {self.path.name}. Has it been pushed?")
        return id

    def __repr__(self) -> str:
        return f"Repository({self.url!r})"


def _commit(told: str) -> Commit:
    id, author, email, date, committer, mail, committed, message = told.split("\0", 7)
    when, then = (datetime.fromtimestamp(int(each), UTC) for each in (date, committed))
    return Commit(id, author, email, when, committer, mail, then, message.rstrip("\n"))


def _changes(parts: list[str]) -> Changes:
    pairs = list(zip(parts[::2], parts[1::2], strict=True))
    kinds = [tuple(path for kind, path in pairs if kind in letters) for letters in ("A", "MT", "D")]
    return Changes(*kinds)


def _is_bare(path: Path) -> bool:
    return (path / "HEAD").is_file() and (path / "objects").is_dir() and (path / "refs").is_dir()


def _is_repository(path: Path) -> bool:
    return (path / ".git").exists() or _is_bare(path)


def _check_branch(name: str) -> None:
    try:
        if name.startswith("-"):
            raise GitFailed
        git("check-ref-format", f"refs/heads/{name}")
    except (GitFailed, ValueError):  # the latter for a zero byte
        raise ValueError(f"{name!r} is no name of a branch. Write main, or feature/login.") from None


def _clone(place: Path, branch: str, source: Path) -> None:
    words = ("--quiet", "--no-tags", "--update-shallow", "--no-write-fetch-head")
    try:
        git("fetch", *words, "--", str(source), f"+HEAD:refs/heads/{branch}", at=place)
    except GitFailed as no:
        raise ValueError(
            f"{source} has no commit that could be cloned: {no}. Commit something first."
        ) from no


def _import(place: Path, branch: str, source: Path) -> None:
    """Make the first commit, by the commands below ``git commit``: these run no hook, sign nothing, ask nobody."""
    with tempfile.TemporaryDirectory() as folder:
        more = {"GIT_WORK_TREE": str(source), "GIT_INDEX_FILE": str(Path(folder) / "index")}
        git("add", "--all", "--", str(source), at=place, more=more)
        tree = text(git("write-tree", at=place, more=more)).strip()
    if tree == EMPTY_TREE:
        raise ValueError(f"There are no files in {source} that could be committed.")
    first = text(git("commit-tree", tree, "-m", "First commit", at=place)).strip()
    git("update-ref", f"refs/heads/{branch}", first, at=place)
