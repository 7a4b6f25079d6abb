"""The jobs of a workshop behind the API: which actions are left to workers that poll, and who has which job."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection

from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import Region
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.operations.pipelines.custom_actions import create_custom_action_type
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import ActionRow, Run
from cp_teach.pipeline.model.pipeline import Action, ActionType, Pipeline
from cp_teach.work.runtime.polled_actions import by_job

QUERYABLE = "ProjectName"
"""The property by which AWS's own tutorial lets a Jenkins worker ask for the jobs of its project."""
VALUE = re.compile(r"[A-Za-z0-9_-]{1,20}")
"""What the value of a queryable property looks like (model: ActionConfigurationQueryableValue)."""
COUNTS = {"minimumCount": 0, "maximumCount": 5}
MOST = 10
"""So many properties an action type may have (model)."""


class JobsOf:
    """Which actions of a run are left to workers (``Polls``): those at ``places``, as "Stage/Action", or else every
    action of which AWS makes a job. ``manned`` says whether workers of ours are there to take them. ``begun`` are
    positions in the journal of actions that the workshop has begun by itself."""

    def __init__(
        self,
        region: Region,
        run: Run,
        places: Collection[str] | None = None,
        *,
        manned: Callable[[], bool] = lambda: False,
        begun: Collection[int] = (),
    ) -> None:
        self._manned = manned
        self._region, self._run, self._begun = region, run, frozenset(begun)
        self._places = None if places is None else frozenset(places)

    def polled(self, row: ActionRow, action: Action) -> bool:
        """See ``Polls``."""
        if row.position in self._begun or not by_job(action):
            return False
        return self._places is None or f"{row.stage}/{row.action}" in self._places

    def busy(self, row: ActionRow, action: Action) -> bool:
        """See ``Polls``."""
        if self._manned():
            return True  # somebody of ours is about to come
        job = self._job(row)
        if (
            job is None
        ):  # it has begun just now, and its job comes in a moment; unless nobody makes one any more
            hosted = self._region.hosted.get(self._run.pipeline.name)
            return hosted is not None and hosted.run is self._run
        return job.status == "InProgress" or job.round > 1

    def waits(self, row: ActionRow, action: Action) -> str:
        """See ``Polls``."""
        job = self._job(row)
        kind = "/".join(job.type) if job is not None else str(action.type)
        if job is None or (job.status == "Queued" and job.round == 1):
            call = "PollForJobs" if action.type.owner == "Custom" else "PollForThirdPartyJobs"
            return f"Nobody has taken the job of {row.action}: start a worker that asks for jobs of {kind} ({call})."
        if job.status == "Dispatched":
            return (
                f"The job of {row.action} ({kind}) was given to a worker, which has not acknowledged it yet."
            )
        said = job.details.get("percentComplete")
        far = f"; it says {said} %" if said is not None else ""
        if job.status == "Queued":
            return f"The worker of {row.action} ({kind}) has said that it goes on later{far}."
        return f"A worker has taken the job of {row.action} ({kind}){far}: it has to tell the result."

    def _job(self, row: ActionRow) -> Job | None:
        with self._region.lock:
            return self._region.jobs.of(self._run.id, row)


def register(region: Region, pipeline: Pipeline) -> None:
    """Let there be the custom action types that a pipeline names; who has made one before keeps it. Nobody can ask for
    the jobs of a type that there is not."""
    found: dict[ActionType, list[Action]] = {}
    for stage in pipeline.stages:
        for action in stage.actions:
            if action.type.owner == "Custom":
                found.setdefault(action.type, []).append(action)
    caller = Caller(region.account, region.name, f"arn:aws:iam::{region.account}:root")
    for kind, actions in found.items():
        if (kind.category, kind.provider, kind.version) in region.custom:
            continue
        keys = list(dict.fromkeys(key for action in actions for key in action.settings))[:MOST]
        request = {
            "category": kind.category,
            "provider": kind.provider,
            "version": kind.version,
            "inputArtifactDetails": COUNTS,
            "outputArtifactDetails": COUNTS,
            "configurationProperties": [_property(key, actions) for key in keys],
        }
        with contextlib.suppress(
            AwsError
        ):  # fifty types are there already: then nobody can poll for this one
            create_custom_action_type(region, caller, request)


def _property(key: str, actions: list[Action]) -> dict[str, object]:
    everywhere = all(key in action.settings for action in actions)
    asked = key == QUERYABLE and all(VALUE.fullmatch(action.settings.get(key, "")) for action in actions)
    return {"name": key, "required": everywhere, "key": True, "secret": False, "queryable": asked}
