"""Open a workplace: a pipeline whose sources, builds and deployments are real, with the services that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach import resources
from cp_teach.pipeline import Pipeline, load_pipeline

if TYPE_CHECKING:
    from cp_teach.work.runtime.local_pipeline import Workplace
    from cp_teach.work.workers.worker_matching import Command

SAMPLE = "sample-app"
SAMPLES = (SAMPLE, "sample-stack")
"""Pipelines whose sources come with the kit, in a folder of that name."""


def workplace(
    pipeline: str | Path | Pipeline = SAMPLE,
    content: str | Path | Mapping[str, Path] | None = None,
    *,
    yes: bool = False,
    folder: str | Path | None = None,
    functions: Mapping[str, str | Path] | None = None,
    jenkins: Mapping[str, Command] | None = None,
    workers: bool = True,
    **options: Any,
) -> Workplace:
    """A pipeline that really works on this machine: sources are git repositories, builds run, a fleet is deployed to.

    ``content`` is what its sources hold: a folder of files or a git repository, or one by each source's name;
    "sample-app" and "sample-stack" bring their own. Scripts of that content run here, so ``yes=True`` has to be said.
    All is in ``folder``, or in one that goes when the workplace is closed. ``options`` are those of ``Workplace``;
    ``watching=True`` starts an execution for each push.

    A pipeline that makes stacks, or whose ``functions`` are given, is a ``CloudWorkplace``: AWS's services, on moto,
    are beside it, and ``place.client("cloudformation")`` looks at what it makes. ``functions`` says where the code of a
    Lambda function is: "smoke.py" or "functions:smoke.handler", here or in a folder of ``content``.
    Tests of partners (BlazeMeter) are done by a job worker that polls, as with AWS. ``jenkins`` gives the commands of
    custom actions, by their ProjectName: a worker runs them. ``workers=False`` for workers of your own: then say
    ``cp_teach.aws.show_work(place, place.local)``, and the jobs lie there.

    Raises ``NotAllowed`` without a yes, with what would hold; ``FileNotFoundError`` for a pipeline or a folder that is
    not there, ``ValueError`` for content that cannot be used.
    """
    from cp_teach.work.runtime.cloud_actions import cloud, code
    from cp_teach.work.runtime.local_pipeline import Workplace
    from cp_teach.work.sandbox.run_command import allow
    from cp_teach.work.workers.worker_matching import worked

    allow(yes, "a stranger's")
    blueprint = pipeline if isinstance(pipeline, Pipeline) else load_pipeline(pipeline)
    if content is None:
        if pipeline not in SAMPLES:
            raise ValueError(
                f"What do the sources of {blueprint.name} hold? Give a folder of files, or a git repository."
            )
        content = resources.data() / str(pipeline)
    found = {
        name: Path(each)
        for name, each in (content if isinstance(content, Mapping) else {"": content}).items()
    }
    if missing := [str(each) for each in found.values() if not each.is_dir()]:
        raise FileNotFoundError(
            f"There is no folder {missing[0]}. Give a folder of files, or a git repository."
        )
    where = None if folder is None else Path(folder)
    if where is not None:
        where.mkdir(parents=True, exist_ok=True)
    given = {name: code(each, found.values()) for name, each in (functions or {}).items()}
    place: Workplace
    if cloud(blueprint, given):
        from cp_teach.aws.local.cloud_workplace import CloudWorkplace

        place = CloudWorkplace(blueprint, found, where, functions=given, yes=yes, **options)
    else:
        place = Workplace(blueprint, found, where, yes=yes, **options)
    if workers and (worked(blueprint, jenkins or {}) or place.worker.polls is not None):
        from cp_teach.aws.local.workers.hired_workers import hire

        hire(place, place.local, jenkins, yes=yes)
    return place
