"""Triggers: which pushes and pull requests start the pipeline (user guide: pipelines-filter)."""

from __future__ import annotations

from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.globs import fault
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import GitFilter, Pipeline
from cp_teach.pipeline.violation import Breach

CONNECTION = "CodeStarSourceConnection"


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """A trigger belongs to one connection source (asked of the service); its filters must fit together."""
    sources = {action.name: action.provider for stage in pipeline.stages[:1] for action in stage.actions}
    seen: set[str] = set()
    for index, trigger in enumerate(pipeline.triggers or ()):
        name = trigger.source_action_name
        here = Place().member("triggers").item(index).called("trigger", index + 1).member("gitConfiguration")
        if name and sources.get(name) != CONNECTION:
            yield from _source(name, here.member("sourceActionName"), sources)
        if name in seen:
            yield here.member("sourceActionName").warning(
                "InvalidStructureException",
                f"More than one trigger names the source action {name}",
                "Put all filters of one source action into one trigger.",
            )
        seen.add(name)
        for number, push in enumerate(trigger.push or ()):
            if push.tags and (push.branches or push.file_paths):
                yield (
                    here.member("push")
                    .item(number)
                    .structure(
                        "A push filter cannot have tags together with branches or file paths",
                        "Make two filters of it: one for the tags, one for the branches.",
                    )
                )
        for word, filters in (("push", trigger.push), ("pullRequest", trigger.pull_request)):
            for number, one in enumerate(filters or ()):
                yield from _globs(one, here.member(word).item(number))


def _globs(one: GitFilter, here: Place) -> Iterator[Breach]:
    for member, patterns in (("tags", one.tags), ("branches", one.branches), ("filePaths", one.file_paths)):
        for way in ("includes", "excludes"):
            for index, glob in enumerate(getattr(patterns, way, None) or ()):
                if wrong := fault(glob):
                    # What the service says to such a glob is not known.
                    yield (
                        here.member(member)
                        .member(way)
                        .item(index)
                        .warning("InvalidStructureException", wrong, "Mend it: it would match nothing.")
                    )


def _source(name: str, here: Place, sources: dict[str, str]) -> Iterator[Breach]:
    message = f"Triggers for connections must reference a {CONNECTION} action."
    names = ", ".join(n for n, provider in sources.items() if provider == CONNECTION)
    todo = f"Name one of: {names}." if names else f"Give the first stage a {CONNECTION} action."
    if name in sources:
        yield here.structure(message, f"{name} is a {sources[name]} action. {todo}")
    else:
        # Published structures name an action that their fragment leaves out: say it, but let them pass.
        yield here.warning("InvalidStructureException", message, f"There is no source action {name}. {todo}")
