"""Regions and artifact stores (S14, S15; user guide: reference-pipeline-structure)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Action, Pipeline
from cp_teach.pipeline.violation import Breach

BUCKET = re.compile(r"codepipeline-([a-z]{2}(?:-[a-z]+)+-\d)-.*")


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """One store for one region, or a map with one for each region where an action runs."""
    single, several = pipeline.artifact_store is not None, pipeline.artifact_stores is not None
    if single == several:
        yield (
            Place()
            .member("artifactStore")
            .called("pipeline")
            .structure(
                "Pipeline must have exactly one of 'pipeline.artifactStore' and 'pipeline.artifactStores'",
                "Keep artifactStore for one region, artifactStores for several."
                if single
                else 'Say where artifacts lie: "artifactStore": {"type": "S3", "location": "your-bucket"}.',
            )
        )
    home = home_of(pipeline, book)
    placed = [
        (action, Place().stage(index, stage.name).action(position, action.name))
        for index, stage in enumerate(pipeline.stages)
        for position, action in enumerate(stage.actions)
        if action.region
    ]
    for action, here in placed:
        yield from _region(action, here.member("region"), home, book)
    away = sorted({action.region for action, _ in placed if action.region and action.region != home})
    if single and not several and home and away:
        where = next(here for action, here in placed if action.region == away[0])
        yield where.member("region").structure(
            "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead "
            "of 'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each "
            "region where you have an action.",
            f"Give artifactStores with a bucket in {', '.join([home, *away])}, or take out the region.",
        )
    if several:
        stores = dict(pipeline.artifact_stores or ())
        needed = {a.region for a, _ in placed if a.region} | ({book.here} if book.here else set())
        for region in sorted(needed - set(stores)):
            yield (
                Place()
                .member("artifactStores")
                .called("pipeline")
                .structure(
                    "Your pipeline must have an artifact store, such as an artifact bucket, "
                    "for each region where you have an action. "
                    f"The following region is missing in 'pipeline.artifactStores': {region}.",
                    f"Add a bucket in {region} to artifactStores.",
                )
            )


def home_of(pipeline: Pipeline, book: Catalog) -> str:
    """The pipeline's own region, as far as the structure tells; empty where it does not.

    AWS knows it from the address that was called. Here it is read off the bucket that the console names
    after it, or off the only region in the map of stores that no action asks for, or off the source actions,
    which may run nowhere else. Otherwise it is the catalog's home.
    """
    if book.here:
        return book.here
    named = BUCKET.fullmatch(pipeline.artifact_store.location) if pipeline.artifact_store else None
    if named:
        return named[1]
    fixed = {action.region for action in pipeline.sources if action.region}
    if pipeline.artifact_stores is None:
        return fixed.pop() if len(fixed) == 1 else book.home
    stores = dict(pipeline.artifact_stores)
    # An approval belongs to the pipeline, wherever that is.
    working = [a for stage in pipeline.stages for a in stage.actions if not a.is_approval]
    rest = stores.keys() - {action.region for action in working}
    for only in (rest, fixed & stores.keys()):
        if len(only) == 1:
            return only.pop()
    return book.home if book.home in stores else ""


def _region(action: Action, here: Place, home: str, book: Catalog) -> Iterator[Breach]:
    region = action.region or ""
    if region not in book.regions:
        message = f"CodePipeline is not known to be in region '{region}'"
        todo = f"Regions: {', '.join(book.regions)}."
        # New regions open every year; the course has three and no more.
        if book.name == "today":
            yield here.warning("InvalidActionDeclarationException", message, todo)
        else:
            yield here.in_action(message, todo)
    far = action.category == "Source" or action.type.owner != "AWS"
    if far and home and region != home:
        what = "Source actions" if action.category == "Source" else f"{action.type.owner} actions"
        yield here.in_action(
            f"Action '{action.name}' cannot run in region '{region}': {what} cannot be cross-region actions",
            f"Take the region out, so that it runs in the pipeline's own region, {home}.",
        )
