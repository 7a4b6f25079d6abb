"""Changes in a repository, and whether they start the pipeline.

>>> from cp_teach import load_pipeline
>>> pipeline = load_pipeline("trigger-by-branch")
>>> print(fires(pipeline, Push("include-this")))
The push to branch include-this starts PipelineC660917D: in push filter 1 of GitHub_Source, branch include-this matches include*.
>>> bool(fires(pipeline, Push("exclude1")))
False
"""  # noqa: E501 - the line is what is printed

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from cp_teach.pipeline.globs import matches
from cp_teach.pipeline.model.pipeline import Action, Pipeline
from cp_teach.pipeline.model.trigger import GitFilter, Patterns, Trigger

Event = Literal["OPEN", "UPDATED", "CLOSED"]
FILES_LOOKED_AT = 100
"""So many changed files are compared with a path filter, and no more (user guide: pipelines-filter)."""

BRANCH_KEYS = {"CodeStarSourceConnection": "BranchName", "CodeCommit": "BranchName", "GitHub": "Branch"}
"""Where each source that watches a repository has its branch; the other sources watch an object or an image."""


@dataclass(frozen=True)
class Push:
    """A push to one branch, or of one tag, with the paths of the files that it changes.

    ``new_branch`` is True for the push that creates the branch.
    """

    branch: str = ""
    tag: str = ""
    files: tuple[str, ...] = ()
    new_branch: bool = False

    def __post_init__(self) -> None:
        if bool(self.branch) == bool(self.tag):
            raise ValueError(
                "A push goes to one branch or brings one tag. "
                'Write Push("main") or Push(tag="v1"); for both, ask twice.'
            )
        _hold_files(self, self.files)

    @property
    def ref(self) -> str:
        """The branch or tag whose commit the execution takes."""
        return self.branch or self.tag

    def __str__(self) -> str:
        if self.tag:
            return f"push of tag {self.tag}"
        return f"push {'that creates' if self.new_branch else 'to'} branch {self.branch}"


@dataclass(frozen=True)
class PullRequest:
    """A pull request that is opened, updated or closed: from the branch ``source`` into ``destination``.

    A merge closes it. A pull request that is closed by hand without a merge is closed for GitHub and GitLab, but
    Bitbucket tells nobody (user guide: pipelines-triggers): it is no change at all there.
    """

    event: Event
    destination: str
    source: str
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.event not in get_args(Event):
            raise ValueError(f"A pull request is {', '.join(get_args(Event))}, not {self.event!r}.")
        if not (self.destination and self.source):
            raise ValueError(
                "A pull request has two branches: the destination, and the source it comes from."
            )
        _hold_files(self, self.files)

    @property
    def ref(self) -> str:
        """The branch whose commit the execution takes: the source, not the destination."""
        return self.source

    def __str__(self) -> str:
        return f"pull request from {self.source} into {self.destination} ({self.event})"


def _hold_files(change: Push | PullRequest, files: Iterable[str]) -> None:
    if isinstance(files, str):
        raise TypeError(f"files are several paths: write files=({files!r},).")
    object.__setattr__(change, "files", tuple(files))


@dataclass(frozen=True)
class Verdict:
    """Whether a change starts the pipeline; true or false as a whole, and printed it says why.

    ``source_action`` is the source whose repository changed, ``ref`` the branch or tag whose commit the execution
    takes.
    """

    starts: bool
    why: str
    source_action: str
    ref: str

    def __bool__(self) -> bool:
        return self.starts

    def __str__(self) -> str:
        return self.why


def fires(pipeline: Pipeline, change: Push | PullRequest, source_action: str | None = None) -> Verdict:
    """Whether this change starts the pipeline, by its triggers or by the change detection of its source.

    ``source_action`` names the source in whose repository the change is; it may be left out where only one source
    watches a repository. Raises ``ValueError`` where no such source is meant, and for a glob that cannot be read.
    Source of the rules: user guide, pipelines-filter and pipelines-triggers.
    """
    source = _source(pipeline, source_action)
    starts = False
    reasons: list[str] = []
    triggers = [t for t in pipeline.triggers or () if t.source_action_name == source.name]
    filtered = [t for t in triggers if t.push or t.pull_request]
    for trigger in filtered:
        starts, reasons = _trigger(trigger, change)
        if starts:
            break
    if not filtered:
        # A trigger that filters nothing is the change detection of the action itself.
        starts, reason = _detected(source, change)
        reasons = [reason]
    verb = "starts" if starts else "does not start"
    why = f"The {change} {verb} {pipeline.name}: {'; '.join(reasons)}."
    return Verdict(starts, why, source.name, change.ref)


def _source(pipeline: Pipeline, name: str | None) -> Action:
    watching = [action for action in pipeline.sources if action.provider in BRANCH_KEYS]
    if not watching:
        raise ValueError(
            f"No source of {pipeline.name} watches a repository: no push or pull request starts it."
        )
    names = ", ".join(action.name for action in watching)
    if name is None and len(watching) > 1:
        raise ValueError(f"Say in whose repository the change is. {pipeline.name} watches those of {names}.")
    found = next((action for action in watching if name in (None, action.name)), None)
    if found is None:
        raise ValueError(f"{name} watches no repository; sources of {pipeline.name} that do: {names}.")
    return found


def _detected(source: Action, change: Push | PullRequest) -> tuple[bool, str]:
    """The source's own change detection: pushes to the one branch that its configuration names."""
    settings = source.settings
    branch = settings.get(BRANCH_KEYS[source.provider], "")
    if isinstance(change, PullRequest):
        return False, f"{source.name} has no trigger for pull requests"
    if change.tag:
        return False, f"{source.name} has no trigger for tags, and watches branch {branch}"
    if source.provider == "CodeStarSourceConnection" and settings.get("DetectChanges", "").lower() == "false":
        return False, f"{source.name} has DetectChanges false and no trigger"
    if change.branch != branch:
        return False, f"{source.name} watches branch {branch} alone"
    return True, f"{source.name} watches branch {branch}{_by(source)}"


def _by(source: Action) -> str:
    if source.provider == "CodeStarSourceConnection":
        return ""
    # Omitted means yes, and only these two words mean yes (asked of the service).
    if source.settings.get("PollForSourceChanges", "true") in ("true", "True"):
        return " by polling"
    how = "a webhook" if source.provider == "GitHub" else "an EventBridge rule"
    return f" by {how}, which has to be there because it does not poll"


def _trigger(trigger: Trigger, change: Push | PullRequest) -> tuple[bool, list[str]]:
    """One filter that lets the change through is enough; otherwise why each one keeps it out."""
    name = trigger.source_action_name
    push = isinstance(change, Push)
    word, filters = ("push", trigger.push) if push else ("pull request", trigger.pull_request)
    reasons = []
    for number, one in enumerate(filters or (), start=1):
        passed, why = _push(one, change) if isinstance(change, Push) else _pull(one, change)
        if passed:
            return True, [f"in {word} filter {number} of {name}, {why}"]
        reasons.append(f"in {word} filter {number} of {name}, {why}")
    other = "pull requests" if push else "pushes"
    return False, reasons or [f"the trigger of {name} is for {other} alone"]


def _push(one: GitFilter, push: Push) -> tuple[bool, str]:
    if push.tag:
        if one.tags is None:
            return False, "only branches are looked at, not tags"
        return _name("tag", push.tag, one.tags)
    if one.tags is not None:
        return False, "only tags are looked at, not branches"
    if one.file_paths is not None and push.new_branch:
        return (
            False,
            "files are compared, but for a branch that is just created nobody knows which files changed",
        )
    return _both(one, push.branch, push.files, "branch")


def _pull(one: GitFilter, pull: PullRequest) -> tuple[bool, str]:
    if one.events is not None and pull.event not in one.events:
        return False, f"the events are {', '.join(one.events)}, not {pull.event}"
    return _both(one, pull.destination, pull.files, "destination branch")


def _both(one: GitFilter, branch: str, files: tuple[str, ...], noun: str) -> tuple[bool, str]:
    """Branches and file paths: both must let the change through."""
    reasons = []
    if one.branches is not None:
        passed, why = _name(noun, branch, one.branches)
        if not passed:
            return False, why
        reasons.append(why)
    if one.file_paths is not None:
        passed, why = _files(files, one.file_paths)
        if not passed:
            return False, why
        reasons.append(why)
    return True, " and ".join(reasons) or "nothing is asked of it"


def _name(noun: str, name: str, patterns: Patterns) -> tuple[bool, str]:
    """An exclude beats an include; where nothing is included by name, everything is that is not excluded."""
    out = next((glob for glob in patterns.excludes or () if matches(glob, name)), None)
    if out is not None:
        return False, f"{noun} {name} is kept out by {out}"
    if not patterns.includes:
        return True, f"{noun} {name} is not excluded"
    let_in = next((glob for glob in patterns.includes if matches(glob, name)), None)
    if let_in is not None:
        return True, f"{noun} {name} matches {let_in}"
    return False, f"{noun} {name} matches none of {', '.join(patterns.includes)}"


def _files(files: tuple[str, ...], patterns: Patterns) -> tuple[bool, str]:
    """Each file is judged for itself; one that is let in is enough."""
    verdicts = [_name("file", file, patterns) for file in files[:FILES_LOOKED_AT]]
    for passed, why in verdicts:
        if passed:
            return True, why
    if not verdicts:
        return False, "files are compared, and the change names none"
    late = next((f for f in files[FILES_LOOKED_AT:] if _name("file", f, patterns)[0]), None)
    if late is not None:
        return False, (
            f"{late} would be let in, but only the first {FILES_LOOKED_AT} changed files are looked at"
        )
    if len(verdicts) == 1:
        return verdicts[0]
    return False, f"none of the {len(files)} changed files is let in: {verdicts[0][1]}"
