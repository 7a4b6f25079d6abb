"""Rules for Regions and artifact stores (S14, S15; user guide: reference-pipeline-structure)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.formats.unresolved_value import Unresolved
from cp_teach.pipeline.location import Location, placed_actions
from cp_teach.pipeline.model.action import Action
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.violation import Violation

BUCKET = re.compile(r"codepipeline-([a-z]{2}(?:-[a-z]+)+-\d)-.*")


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield a violation unless each Region with an action has an artifact store."""
    whole = Location().called("pipeline")
    single, several = pipeline.artifact_store is not None, pipeline.artifact_stores is not None
    if single == several:
        yield whole.member("artifactStore").structure(
            "Pipeline must have exactly one of 'pipeline.artifactStore' and 'pipeline.artifactStores'",
            "Keep artifactStore for one region, artifactStores for several."
            if single
            else 'Add a bucket for the artifacts: "artifactStore": {"type": "S3", "location": "your-bucket"}.',
        )
    home = home_region(pipeline, catalog)
    first: dict[str, Location] = {}
    """Region -> the location of the first action that names it."""
    for action, _, location, *_ in placed_actions(pipeline):
        if action.region and not isinstance(action.region, Unresolved):
            first.setdefault(action.region, location.member("region"))
            yield from _region(action, location.member("region"), home, catalog)
    away = sorted(first.keys() - {home})
    if single and not several and home and away:
        yield first[away[0]].structure(
            "Your pipeline contains actions in more than one region. Use 'pipeline.artifactStores' instead "
            "of 'pipeline.artifactStore' to declare an artifact store, such as an artifact bucket, for each "
            "region where you have an action.",
            f"Use artifactStores with a bucket in {', '.join([home, *away])}, or remove the region.",
        )
    stores = dict(pipeline.artifact_stores or ())
    if several and not any(isinstance(region, Unresolved) for region in stores):
        needed = {*first, catalog.region} - {"", *stores}
        for region in sorted(needed):
            yield whole.member("artifactStores").structure(
                "Your pipeline must have an artifact store, such as an artifact bucket, "
                "for each region where you have an action. "
                f"The following region is missing in 'pipeline.artifactStores': {region}.",
                f"Add a bucket in {region} to artifactStores.",
            )


def home_region(pipeline: PipelineDeclaration, catalog: Catalog) -> str:
    """Return the pipeline's own Region, inferred from the structure; "" if it cannot be inferred.

    AWS knows it from the endpoint that was called. Without one, it is the Region in the name of a bucket that the
    console created. With a single store, all actions are in the pipeline's own Region, so it is the only Region that
    they name. With several stores, it is the only one in which no action runs, or the Region of the source actions,
    which cannot be cross-Region. Otherwise it is the catalog's home Region.
    """
    if catalog.region:
        return catalog.region
    named = BUCKET.fullmatch(pipeline.artifact_store.location) if pipeline.artifact_store else None
    if named:
        return named[1]
    fixed = _named_regions(pipeline.sources)
    if pipeline.artifact_stores is None:
        for only in (_named_regions(a for stage in pipeline.stages for a in stage.actions), fixed):
            if len(only) == 1:
                return only.pop()
        return catalog.home
    stores = dict(pipeline.artifact_stores)
    if any(isinstance(region, Unresolved) for region in stores):
        return ""
    # An approval always runs in the pipeline's own Region.
    working = [a for stage in pipeline.stages for a in stage.actions if not a.is_approval]
    rest = stores.keys() - {action.region for action in working}
    for only in (rest, fixed & stores.keys()):
        if len(only) == 1:
            return only.pop()
    return catalog.home if catalog.home in stores else ""


def _named_regions(actions: Iterable[Action]) -> set[str]:
    return {a.region for a in actions if a.region and not isinstance(a.region, Unresolved)}


def _region(action: Action, location: Location, home: str, catalog: Catalog) -> Iterator[Violation]:
    region = action.region or ""
    if region not in catalog.regions:
        message = f"CodePipeline is not known to be in region '{region}'"
        todo = f"Regions: {', '.join(catalog.regions)}."
        # AWS opens new Regions every year; the course has exactly three.
        yield location.in_action(message, todo, warning=catalog.name == "today")
    home_only = action.category == "Source" or action.type.owner != "AWS"
    if home_only and home and region != home:
        what = "Source actions" if action.category == "Source" else f"{action.type.owner} actions"
        yield location.in_action(
            f"Action '{action.name}' cannot run in region '{region}': {what} cannot be cross-region actions",
            f"Remove the region; the action then runs in the pipeline's own region, {home}.",
        )
