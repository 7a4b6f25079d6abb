"""Trigger evaluation: whether a push or a pull request starts the pipeline.

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
from cp_teach.pipeline.model.action import Action
from cp_teach.pipeline.model.declaration import GitFilter, Patterns, PipelineDeclaration, Trigger

Event = Literal["OPEN", "UPDATED", "CLOSED"]
MAX_FILES = 100
"""Maximum changed files that are compared with a path filter (user guide: pipelines-filter)."""

BRANCH_KEYS = {"CodeStarSourceConnection": "BranchName", "CodeCommit": "BranchName", "GitHub": "Branch"}
"""Provider of a source with a repository -> the configuration key of its branch. Other sources watch an object or an
image."""


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
                "A push is to one branch or of one tag. "
                'Write Push("main") or Push(tag="v1"); for both, make two pushes.'
            )
        _set_files(self, self.files)

    @property
    def ref(self) -> str:
        """The branch or tag whose commit the execution uses."""
        return self.branch or self.tag

    def __str__(self) -> str:
        if self.tag:
            return f"push of tag {self.tag}"
        return f"push {'that creates' if self.new_branch else 'to'} branch {self.branch}"


@dataclass(frozen=True)
class PullRequest:
    """A pull request that is opened, updated, or closed: from the branch ``source`` into ``destination``.

    A merge closes it. GitHub and GitLab also report a pull request that is closed without a merge; Bitbucket does not
    (user guide: pipelines-triggers).
    """

    event: Event
    destination: str
    source: str
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.event not in get_args(Event):
            raise ValueError(f"A pull request is {', '.join(get_args(Event))}, not {self.event!r}.")
        if not (self.destination and self.source):
            raise ValueError("A pull request has two branches. Give both destination and source.")
        _set_files(self, self.files)

    @property
    def ref(self) -> str:
        """The branch whose commit the execution uses: the source, not the destination."""
        return self.source

    def __str__(self) -> str:
        return f"pull request from {self.source} into {self.destination} ({self.event})"


def _set_files(change: Push | PullRequest, files: Iterable[str]) -> None:
    if isinstance(files, str):
        raise TypeError(f"files are several paths: write files=({files!r},).")
    object.__setattr__(change, "files", tuple(files))


@dataclass(frozen=True)
class Verdict:
    """Whether a change starts the pipeline. It is truthy if so, and its text is the reason.

    ``source_action`` is the source whose repository changed; ``ref`` is the branch or tag whose commit the execution
    uses.
    """

    starts: bool
    why: str
    source_action: str
    ref: str

    def __bool__(self) -> bool:
        return self.starts

    def __str__(self) -> str:
        return self.why


def fires(
    pipeline: PipelineDeclaration, change: Push | PullRequest, source_action: str | None = None
) -> Verdict:
    """Return whether this change starts the pipeline, by its triggers or by the change detection of its source.

    ``source_action`` is the source whose repository changed; it is optional if only one source watches a repository.
    Raises ``ValueError`` if there is no such source, and for an invalid glob. Source of the rules: user guide,
    pipelines-filter and pipelines-triggers.
    """
    source = _find_source(pipeline, source_action)
    triggers = [t for t in pipeline.triggers or () if t.source_action_name == source.name]
    starts, reasons = _detect_change(source, change)  # this applies unless a trigger has a filter
    for trigger in triggers:
        if trigger.push or trigger.pull_request:
            starts, reasons = _match_trigger(trigger, change)
            if starts:
                break
    verb = "starts" if starts else "does not start"
    why = f"The {change} {verb} {pipeline.name}: {'; '.join(reasons)}."
    return Verdict(starts, why, source.name, change.ref)


def _find_source(pipeline: PipelineDeclaration, name: str | None) -> Action:
    watching = [action for action in pipeline.sources if action.provider in BRANCH_KEYS]
    if not watching:
        raise ValueError(
            f"No source of {pipeline.name} watches a repository: no push or pull request starts it."
        )
    names = ", ".join(action.name for action in watching)
    if name is None and len(watching) > 1:
        raise ValueError(f"Give source_action: {pipeline.name} watches the repositories of {names}.")
    source = next((action for action in watching if name in (None, action.name)), None)
    if source is None:
        raise ValueError(f"{name} watches no repository; sources of {pipeline.name} that do: {names}.")
    return source


def _detect_change(source: Action, change: Push | PullRequest) -> tuple[bool, list[str]]:
    """The source's own change detection: pushes to its configured branch."""
    settings = source.settings
    branch = settings.get(BRANCH_KEYS[source.provider], "")
    if isinstance(change, PullRequest):
        return False, [f"{source.name} has no trigger for pull requests"]
    if change.tag:
        return False, [f"{source.name} has no trigger for tags, and watches branch {branch}"]
    if source.provider == "CodeStarSourceConnection" and settings.get("DetectChanges", "").lower() == "false":
        return False, [f"{source.name} has DetectChanges false and no trigger"]
    if change.branch != branch:
        return False, [f"{source.name} watches only branch {branch}"]
    return True, [f"{source.name} watches branch {branch}{_detection_method(source)}"]


def _detection_method(source: Action) -> str:
    if source.provider == "CodeStarSourceConnection":
        return ""
    # The default is true, and only these two spellings mean true (probed against the service).
    if source.settings.get("PollForSourceChanges", "true") in ("true", "True"):
        return " by polling"
    how = "a webhook" if source.provider == "GitHub" else "an EventBridge rule"
    return f" by {how}, which is required because it does not poll"


def _match_trigger(trigger: Trigger, change: Push | PullRequest) -> tuple[bool, list[str]]:
    """Return whether some filter matches, and the reasons."""
    name = trigger.source_action_name
    if isinstance(change, Push):
        word, other = "push", "pull requests"
        outcomes = [_match_push(git_filter, change) for git_filter in trigger.push or ()]
    else:
        word, other = "pull request", "pushes"
        outcomes = [_match_pull_request(git_filter, change) for git_filter in trigger.pull_request or ()]
    reasons = []
    for number, (passed, why) in enumerate(outcomes, start=1):
        reason = f"in {word} filter {number} of {name}, {why}"
        if passed:
            return True, [reason]
        reasons.append(reason)
    return False, reasons or [f"the trigger of {name} is only for {other}"]


def _match_push(git_filter: GitFilter, push: Push) -> tuple[bool, str]:
    if push.tag:
        if git_filter.tags is None:
            return False, "the filter is for branches, not tags"
        return _match_name("tag", push.tag, git_filter.tags)
    if git_filter.tags is not None:
        return False, "the filter is for tags, not branches"
    if git_filter.file_paths is not None and push.new_branch:
        return False, "the filter compares files, but a new branch has no list of changed files"
    return _match_branch_and_files(git_filter, push.branch, push.files, "branch")


def _match_pull_request(git_filter: GitFilter, pull_request: PullRequest) -> tuple[bool, str]:
    if git_filter.events is not None and pull_request.event not in git_filter.events:
        return False, f"the events are {', '.join(git_filter.events)}, not {pull_request.event}"
    return _match_branch_and_files(
        git_filter, pull_request.destination, pull_request.files, "destination branch"
    )


def _match_branch_and_files(
    git_filter: GitFilter, branch: str, files: tuple[str, ...], noun: str
) -> tuple[bool, str]:
    """Branches and file paths must both match."""
    outcomes = []
    if git_filter.branches is not None:
        outcomes.append(_match_name(noun, branch, git_filter.branches))
    if git_filter.file_paths is not None:
        outcomes.append(_match_files(files, git_filter.file_paths))
    for passed, why in outcomes:
        if not passed:
            return False, why
    return True, " and ".join(why for _, why in outcomes) or "the filter has no patterns"


def _match_name(noun: str, name: str, patterns: Patterns) -> tuple[bool, str]:
    """An exclude overrides an include; without includes, everything that is not excluded matches."""
    exclude = next((glob for glob in patterns.excludes or () if matches(glob, name)), None)
    if exclude is not None:
        return False, f"{noun} {name} is excluded by {exclude}"
    if not patterns.includes:
        return True, f"{noun} {name} is not excluded"
    include = next((glob for glob in patterns.includes if matches(glob, name)), None)
    if include is not None:
        return True, f"{noun} {name} matches {include}"
    return False, f"{noun} {name} matches none of {', '.join(patterns.includes)}"


def _match_files(files: tuple[str, ...], patterns: Patterns) -> tuple[bool, str]:
    """One matching file is enough."""
    verdicts = [_match_name("file", file, patterns) for file in files[:MAX_FILES]]
    for passed, why in verdicts:
        if passed:
            return True, why
    if not verdicts:
        return False, "the filter compares files, and the change has none"
    beyond_limit = next((f for f in files[MAX_FILES:] if _match_name("file", f, patterns)[0]), None)
    if beyond_limit is not None:
        return False, (
            f"{beyond_limit} would be included, but only the first {MAX_FILES} changed files are compared"
        )
    if len(verdicts) == 1:
        return verdicts[0]
    return False, f"none of the {len(files)} changed files is included: {verdicts[0][1]}"
