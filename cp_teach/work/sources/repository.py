"""A bare git repository on this machine, which students push to with the real git."""

from __future__ import annotations

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cp_teach.work.artifacts.symlinks import without_links
from cp_teach.work.sources.git import ID, NONE, GitFailed, git, text

SETTINGS = {
    "core.bare": "true",
    # Pushes are found in the log, even two in quick succession. Everything that removes lines from it is off.
    "core.logAllRefUpdates": "always",
    "receive.autogc": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
}
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree without files, which git knows in every repository."""
COMMIT = "%H%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00"
"""The format of a commit in git's output. No part of a commit can contain a zero byte."""


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


class NoSuchRevision(LookupError):
    """A branch or commit that the repository does not have. The message is a sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


class Repository:
    """An existing bare repository; ``create`` makes a new one. Raises ``ValueError`` if there is none at ``path``."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).resolve()
        if not _is_bare(self.path):
            raise ValueError(
                f"{self.path} is not a bare git repository. Create one with Repository.create({str(path)!r})."
            )

    @classmethod
    def create(cls, path: Path | str, branch: str = "main", content: Path | str | None = None) -> Repository:
        """Create a repository at ``path``, which must be empty or not exist.

        ``content`` is a folder or a git repository. The files of a folder, without those in its ``.gitignore``,
        become the first commit of ``branch``; of a repository, the history of HEAD becomes that branch. Without
        ``content``, the repository is empty, and the first push creates the branch.

        Raises ``ValueError`` for an invalid branch or unusable content, and ``NoGit`` if git is not installed.
        """
        path = Path(path).resolve()
        source = None if content is None else Path(content).resolve()
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise ValueError(f"{path} already exists. Choose another path, or remove it.")
        if source is not None and not source.is_dir():
            raise ValueError(f"{source} is not a folder. Give a folder of files, or a git repository.")
        if source is not None and path.is_relative_to(source):
            raise ValueError(f"The repository {path} must not be inside its own content, {source}.")
        _check_branch(branch)
        existed = path.exists()
        try:
            path.mkdir(parents=True, exist_ok=True)
            git("init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", "--", str(path))
            for key, value in SETTINGS.items():
                git("config", key, value, repository=path)
            if source is not None:
                (_clone if _is_repository(source) else _import)(path, branch, source)
        except BaseException:
            for entry in [*path.iterdir()] if existed else [path]:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            raise
        return cls(path)

    @property
    def url(self) -> str:
        """The argument for ``git clone``."""
        return str(self.path)

    def branches(self) -> dict[str, str]:
        """Each branch with the ID of its newest commit."""
        return {name.removeprefix("refs/heads/"): id for name, id in self.refs("refs/heads/").items()}

    def refs(self, under: str = "refs/") -> dict[str, str]:
        """Each ref by its full name, with the ID that it points to."""
        lines = text(git("for-each-ref", "--format=%(objectname) %(refname)", under, repository=self.path))
        return {name: id for id, _, name in (line.partition(" ") for line in lines.splitlines())}

    def head(self, branch: str) -> Commit:
        """The newest commit of a branch. Raises ``NoSuchRevision``."""
        branches = self.branches()
        if branch not in branches:
            names = ", ".join(sorted(branches))
            hint = f"Its branches: {names}." if branches else "Nothing has been pushed to it yet."
            raise NoSuchRevision(f"The branch {branch} does not exist in {self.path.name}. {hint}")
        return self.commit(branches[branch])

    def has_commit(self, id: str) -> bool:
        """Whether there is a commit with this full ID."""
        if not ID.fullmatch(id):
            return False
        try:
            git("cat-file", "-e", f"{id}^{{commit}}", repository=self.path)
        except GitFailed:
            return False
        return True

    def commit(self, id: str) -> Commit:
        """The commit with this full ID (40 digits), or the one that a tag with this ID points to. Raises
        ``NoSuchRevision``."""
        options = ("--max-count=1", "--no-show-signature", "--no-notes", "--no-mailmap", "--encoding=UTF-8")
        output = git("log", *options, f"--format={COMMIT}", self._existing(id), "--", repository=self.path)
        return _commit(text(output))

    def changed_files(self, old: str, new: str) -> tuple[str, ...]:
        """The sorted paths of the files that differ between two commits. A renamed file has two paths. ``NONE`` stands
        for an empty commit. Raises ``NoSuchRevision``."""
        options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
        trees = [EMPTY_TREE if id == NONE else self._existing(id) for id in (old, new)]
        names = text(git("diff", *options, *trees, "--", repository=self.path)).split("\0")[:-1]
        return tuple(sorted(names))

    def zip(self, commit: str, to: Path, *, follow: bool = False) -> str:
        """Write the files of a commit to the zip file ``to``; returns a sentence about its symbolic links, or "" if it
        has none. Executable files stay executable. For ``follow``, see ``cp_teach.work.artifacts.symlinks``.

        Raises ``NoSuchRevision``, and ``InvalidArtifact`` if the result is too large.
        """
        git(
            "archive",
            "--format=zip",
            f"--output={to.resolve()}",
            self._existing(commit),
            repository=self.path,
        )
        return without_links(to, follow=follow)

    def _existing(self, id: str) -> str:
        if not self.has_commit(id):
            raise NoSuchRevision(f"The commit {id} does not exist in {self.path.name}. Was it pushed?")
        return id

    def __repr__(self) -> str:
        return f"Repository({self.url!r})"


def _commit(output: str) -> Commit:
    id, author, email, date, committer, committer_email, committed, message, _ = output.split("\0", 8)
    dates = [datetime.fromtimestamp(int(seconds), UTC) for seconds in (date, committed)]
    return Commit(id, author, email, dates[0], committer, committer_email, dates[1], message.rstrip("\n"))


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
        raise ValueError(f"{name!r} is not a valid branch name. Write main, or feature/login.") from None


def _clone(path: Path, branch: str, source: Path) -> None:
    options = ("--quiet", "--no-tags", "--update-shallow", "--no-write-fetch-head")
    try:
        git("fetch", *options, "--", str(source), f"+HEAD:refs/heads/{branch}", repository=path)
    except GitFailed as error:
        raise ValueError(f"{source} has no commit to clone: {error}. Commit something first.") from error


def _import(path: Path, branch: str, source: Path) -> None:
    """Create the first commit with low-level git commands: these run no hook, sign nothing, and ask no question."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {"GIT_WORK_TREE": str(source), "GIT_INDEX_FILE": str(Path(folder) / "index")}
        git("add", "--all", "--", str(source), repository=path, variables=variables)
        tree = text(git("write-tree", repository=path, variables=variables)).strip()
    if tree == EMPTY_TREE:
        raise ValueError(f"{source} has no files to commit.")
    first = text(git("commit-tree", tree, "-m", "First commit", repository=path)).strip()
    git("update-ref", f"refs/heads/{branch}", first, repository=path)
