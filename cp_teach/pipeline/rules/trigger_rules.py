"""Rules for triggers and their filters (user guide: pipelines-filter)."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.globs import find_glob_error
from cp_teach.pipeline.location import Location
from cp_teach.pipeline.model.declaration import GitFilter, PipelineDeclaration
from cp_teach.pipeline.violation import Violation

CONNECTION = "CodeStarSourceConnection"
INVALID_FILTERS = (
    "The trigger configuration for the source action is not valid. Make sure to choose valid filter "
    "combinations."
)
"""The service's message for a filter with tags and branches (hashicorp/terraform-provider-aws issue 43105)."""
REFERENCE = f"Triggers for connections must reference a {CONNECTION} action."
"""The service's message; its second sentence is recorded in aws/aws-cdk issue 28694."""


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield a violation for each trigger without a connection source (probed against the service), and for filters that
    contradict each other (hashicorp/terraform-provider-aws issue 43105)."""
    sources = {action.name: action.provider for stage in pipeline.stages[:1] for action in stage.actions}
    seen: set[str] = set()
    for index, trigger in enumerate(pipeline.triggers or ()):
        name = trigger.source_action_name
        location = (
            Location().member("triggers").item(index).called("trigger", index + 1).member("gitConfiguration")
        )
        if name and sources.get(name) != CONNECTION:
            yield from _source(name, location.member("sourceActionName"), sources)
        if name in seen:
            yield location.member("sourceActionName").structure(
                f"{REFERENCE} Note that when you specify a trigger, you can't specify more than one trigger per source "
                "action.",
                f"Put all filters of {name} into one trigger.",
            )
        seen.add(name)
        for number, push in enumerate(trigger.push or ()):
            if push.tags and (push.branches or push.file_paths):
                yield (
                    location.member("push")
                    .item(number)
                    .structure(
                        INVALID_FILTERS,
                        "A filter has tags, or branches and file paths: split it into two filters.",
                    )
                )
        for word, filters in (("push", trigger.push), ("pullRequest", trigger.pull_request)):
            for number, git_filter in enumerate(filters or ()):
                place = location.member(word).item(number)
                if git_filter in (filters or ())[:number]:  # user guide: limits
                    # The service's own message for this is not known.
                    message = "Duplicates for filters in the same event type are not allowed."
                    yield place.structure(message, "Remove this filter.", warning=True)
                yield from _globs(git_filter, place)


def _globs(git_filter: GitFilter, location: Location) -> Iterator[Violation]:
    for member, patterns in (
        ("tags", git_filter.tags),
        ("branches", git_filter.branches),
        ("filePaths", git_filter.file_paths),
    ):
        for list_name in ("includes", "excludes"):
            for index, glob in enumerate(getattr(patterns, list_name, None) or ()):
                if problem := find_glob_error(glob):
                    # The service's own message for such a glob is not known.
                    yield (
                        location.member(member, list_name)
                        .item(index)
                        .structure(problem, "Correct it: it would match nothing.", warning=True)
                    )


def _source(name: str, location: Location, sources: dict[str, str]) -> Iterator[Violation]:
    names = ", ".join(n for n, provider in sources.items() if provider == CONNECTION)
    todo = f"Name one of: {names}." if names else f"Give the first stage a {CONNECTION} action."
    known = name in sources
    problem = f"{name} is a {sources[name]} action." if known else f"There is no source action {name}."
    yield location.structure(REFERENCE, f"{problem} {todo}")
