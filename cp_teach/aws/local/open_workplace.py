"""Open a local pipeline whose sources, builds and deployments are real, with the services that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cp_teach import resources
from cp_teach.pipeline import Pipeline, load_pipeline
from cp_teach.work.runtime.cloud_actions import cloud_actions, parse_function_code
from cp_teach.work.runtime.local_pipeline import LocalPipeline
from cp_teach.work.sandbox.run_command import require_consent
from cp_teach.work.workers.worker_matching import Command, match_workers

SAMPLE = "sample-app"
SAMPLES = (SAMPLE, "sample-stack")
"""Pipelines whose sources are part of the kit, in a folder of the same name."""


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
) -> LocalPipeline:
    """A pipeline that does real work on this machine: git repositories as sources, builds, and a fleet of instances.

    ``content`` is the content of its sources: a folder of files or a git repository, or one for each source's name;
    "sample-app" and "sample-stack" have their own. Scripts of that content run on this machine, so ``yes=True`` is
    required. Everything is in ``folder``, or in a temporary one that ``close`` deletes. ``options`` are those of
    ``LocalPipeline``; ``watching=True`` starts an execution for each push.

    A pipeline with CloudFormation actions or with ``functions`` is a ``CloudWorkplace``, and
    ``place.client("cloudformation")`` shows what it creates. ``functions`` says where the code of a Lambda function is:
    "smoke.py" or "functions:smoke.handler", in the current folder or in a folder of ``content``. A polling job worker
    does the tests of partners (BlazeMeter), as with AWS. ``jenkins`` has the commands of custom actions, by their
    ProjectName: a worker runs them. With ``workers=False``, call ``cp_teach.aws.show_work(place, place.local)`` and
    start your own workers, which poll for the jobs.

    Raises ``NotAllowed`` without ``yes``; its message says how the scripts would be confined. Raises
    ``FileNotFoundError`` for a pipeline or folder that does not exist, and ``ValueError`` for unusable content.
    """
    require_consent(yes, "a stranger's")
    definition = pipeline if isinstance(pipeline, Pipeline) else load_pipeline(pipeline)
    if content is None:
        if pipeline not in SAMPLES:
            raise ValueError(
                f"The sources of {definition.name} have no content. Give a folder of files, or a git repository."
            )
        content = resources.data() / str(pipeline)
    contents = {
        name: Path(path)
        for name, path in (content if isinstance(content, Mapping) else {"": content}).items()
    }
    if missing := [str(path) for path in contents.values() if not path.is_dir()]:
        raise FileNotFoundError(
            f"There is no folder {missing[0]}. Give a folder of files, or a git repository."
        )
    where = None if folder is None else Path(folder)
    if where is not None:
        where.mkdir(parents=True, exist_ok=True)
    code_of = {name: parse_function_code(path, contents.values()) for name, path in (functions or {}).items()}
    place: LocalPipeline
    if cloud_actions(definition, code_of):
        from cp_teach.aws.local.cloud_workplace import CloudWorkplace  # loads moto

        place = CloudWorkplace(definition, contents, where, functions=code_of, yes=yes, **options)
    else:
        place = LocalPipeline(definition, contents, where, yes=yes, **options)
    if workers and (match_workers(definition, jenkins or {}) or place.worker.job_workers is not None):
        from cp_teach.aws.local.job_workers import hire  # loads moto

        hire(place, place.local, jenkins, yes=yes)
    return place
