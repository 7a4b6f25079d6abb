"""Which actions of a local pipeline wait for a polling job worker, and the state of each job."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection

from cp_teach.aws.backend.job_records import Job
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.operations.pipelines.action_types import create_custom_action_type
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.engine import ActionRow, Run
from cp_teach.pipeline import Action, ActionType, Pipeline
from cp_teach.work.runtime.provider_worker import NoJobWorkers, needs_job_worker

QUERYABLE = "ProjectName"
"""The property by which AWS's own tutorial lets a Jenkins worker poll for the jobs of its project."""
VALUE = re.compile(r"[A-Za-z0-9_-]{1,20}")
"""The value of a queryable property (model: ActionConfigurationQueryableValue)."""
ARTIFACT_COUNTS = {"minimumCount": 0, "maximumCount": 5}
MAX_PROPERTIES = 10
"""Maximum number of properties of an action type (model)."""


class PolledJobs(NoJobWorkers):
    """The job workers of a run behind the API.

    ``places`` names the actions that wait for workers, as "Stage/Action"; None means every action for which AWS
    creates a job. ``has_workers`` returns True while this kit's workers poll for them. ``begun`` holds the journal
    positions of actions that the workshop itself has started.
    """

    def __init__(
        self,
        region: RegionBackend,
        run: Run,
        places: Collection[str] | None = None,
        *,
        has_workers: Callable[[], bool] = lambda: False,
        begun: Collection[int] = (),
    ) -> None:
        self._region, self._run = region, run
        self._has_workers, self._begun = has_workers, frozenset(begun)
        self._places = None if places is None else frozenset(places)

    def is_left_to_job_worker(self, row: ActionRow, action: Action) -> bool:
        """See ``NoJobWorkers``."""
        if row.position in self._begun or not needs_job_worker(action):
            return False
        return self._places is None or f"{row.stage}/{row.action}" in self._places

    def is_working(self, row: ActionRow, action: Action) -> bool:
        """See ``NoJobWorkers``."""
        if self._has_workers():
            return True
        job = self._job(row)
        if job is None:  # a served run's job is created a moment after its action starts
            hosted = self._region.pipelines.get(self._run.pipeline.name)
            return hosted is not None and hosted.run is self._run
        return job.status == "InProgress" or job.round > 1

    def waiting_message(self, row: ActionRow, action: Action) -> str:
        """See ``NoJobWorkers``."""
        job = self._job(row)
        kind = "/".join(job.type) if job is not None else str(action.type)
        if job is None or (job.status == "Queued" and job.round == 1):
            call = "PollForJobs" if action.type.owner == "Custom" else "PollForThirdPartyJobs"
            advice = f"start a worker that polls for jobs of {kind} ({call})"
            return f"No worker has taken the job of {row.action}: {advice}."
        if job.status == "Dispatched":
            return (
                f"The job of {row.action} ({kind}) was given to a worker, which has not acknowledged it yet."
            )
        percent = job.details.get("percentComplete")
        progress = f"; it has reported {percent} %" if percent is not None else ""
        if job.status == "Queued":
            return f"The worker of {row.action} ({kind}) will continue later{progress}."
        return f"A worker has taken the job of {row.action} ({kind}){progress}: it still has to report the result."

    def _job(self, row: ActionRow) -> Job | None:
        with self._region.lock:
            return self._region.jobs.of(self._run.id, row)


def register_custom_types(region: RegionBackend, pipeline: Pipeline) -> None:
    """Create the custom action types that a pipeline uses, because a worker cannot poll for a type that does not exist.

    An existing type stays as it is.
    """
    actions_by_type: dict[ActionType, list[Action]] = {}
    for stage in pipeline.stages:
        for action in stage.actions:
            if action.type.owner == "Custom":
                actions_by_type.setdefault(action.type, []).append(action)
    caller = Principal(region.account, region.name, f"arn:aws:iam::{region.account}:root")
    for kind, actions in actions_by_type.items():
        if (kind.category, kind.provider, kind.version) in region.custom_action_types:
            continue
        keys = list(dict.fromkeys(key for action in actions for key in action.settings))[:MAX_PROPERTIES]
        request = {
            "category": kind.category,
            "provider": kind.provider,
            "version": kind.version,
            "inputArtifactDetails": ARTIFACT_COUNTS,
            "outputArtifactDetails": ARTIFACT_COUNTS,
            "configurationProperties": [_property(key, actions) for key in keys],
        }
        # With fifty custom types, the account can have no more; workers then cannot poll for this one.
        with contextlib.suppress(AwsError):
            create_custom_action_type(region, caller, request)


def _property(key: str, actions: list[Action]) -> dict[str, object]:
    required = all(key in action.settings for action in actions)
    queryable = key == QUERYABLE and all(VALUE.fullmatch(action.settings.get(key, "")) for action in actions)
    return {"name": key, "required": required, "key": True, "secret": False, "queryable": queryable}
