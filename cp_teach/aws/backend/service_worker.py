"""The worker of the runs behind the API: it simulates each action that neither a job worker nor a person runs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from cp_teach.aws.account.artifact_buckets import artifact_bucket_of
from cp_teach.aws.account.moto_account import MotoAccount, Unreadable
from cp_teach.aws.backend.provider_metadata import Place, external_id, summary
from cp_teach.aws.config.settings import Settings
from cp_teach.aws.iam.authorization import access_denied_message, policies_of_role
from cp_teach.aws.iam.policy_evaluation import decide
from cp_teach.aws.iam.service_role_permissions import action_needs
from cp_teach.engine import ActionRow, Due, FinishAction, FinishRule, RuleRow, TimeOut
from cp_teach.engine.history.projections import History
from cp_teach.engine.model.commands import Revision
from cp_teach.engine.model.failure_plan import TIMED_OUT
from cp_teach.engine.model.ids import execution_id
from cp_teach.engine.model.state import ROLLBACK
from cp_teach.engine.queries.variable_resolution import CLOCK_EPOCH, Unresolved, resolve
from cp_teach.pipeline import Action, Rule
from cp_teach.pipeline.rules.configuration_rules import start_error
from cp_teach.pipeline.timeouts import time_limit
from cp_teach.work import Simulated
from cp_teach.work.provider_checks.artifact_reader import CheckFailed
from cp_teach.work.provider_checks.check_data import provider_checks
from cp_teach.work.provider_checks.simulated_action import check_action
from cp_teach.work.simulation.rule_evaluation import evaluate_rule
from cp_teach.work.simulation.simulated_worker import MESSAGES
from cp_teach.work.task import ArtifactLocation, Task

NO_PUBLISH = (
    "The Pipeline or Action role does not have permission to publish to topics in Amazon SNS. Add the sns:Publish "
    "permission to the role’s policy, and then try again."
)
"""The message of an approval whose role may not publish to its topic (recorded on AWS, 2026)."""


class SimulatedProviders:
    """Simulates the actions of one run.

    ``history`` returns the history of the run, ``taken`` whether a job worker has acknowledged, or ended, the job of an
    action execution, ``now`` the time on the run's clock, and ``newest`` the newest revision of a source.
    """

    follows_plans = True

    def __init__(
        self,
        settings: Settings,
        world: MotoAccount,
        run: str,
        history: Callable[[], History],
        taken: Callable[[ActionRow], bool],
        now: Callable[[], float],
        newest: Callable[[Action], Revision | None],
    ) -> None:
        self.settings, self.world = settings, world
        self._run, self._history, self._taken = run, history, taken
        self._now, self._newest = now, newest
        self._chance = Simulated(seed=settings.seed)
        self._faults: dict[tuple[int, str, str], CheckFailed | None] = {}
        """Position, stage, and action of an action execution -> what is wrong with it."""

    def due(self, row: ActionRow, action: Action) -> Due | None:
        """When and how an action execution ends; None if a job worker or a person decides."""
        target = (row.execution, row.stage, row.action)
        if action.is_approval:
            refused = self._approval_problem(row, action)
            return None if refused is None else Due(row.started, FinishAction(*target, *refused))
        if self._taken(row):
            return None
        if forbidden := self.forbidden(row, action):
            return Due(row.started, FinishAction(*target, "PermissionError", forbidden))
        if self.settings.driver(action.type) != "simulated":
            return None
        plan = self._chance.failure_plan(row)
        if plan is not None and plan.failure == TIMED_OUT:
            return Due(row.started + 60 * time_limit(action), TimeOut(*target))
        at = row.started + self.settings.duration(action.type)
        settings, revision = self._settings(row, action), self._revision(row, action)
        place = Place(
            self.world.partition,
            self.world.account,
            action.region or self.world.region,
            self._history().executions[row.execution].pipeline.name,
            self._run,
        )
        external = external_id(place, row, action, settings, revision)
        if plan is not None:
            message = plan.message or MESSAGES[plan.failure]
            return Due(at, FinishAction(*target, plan.failure, message, external))
        if action.category == "Source" and (missing := self._missing(row, action)):
            return Due(at, FinishAction(*target, missing.failure, missing.message))
        if problem := (
            self._absent(row, action)
            or start_error(action)
            or self._misconfigured(action, settings, place.region)
        ):
            return Due(at, FinishAction(*target, "ConfigurationError", problem))
        if fault := self._fault(row, action):
            return Due(at, FinishAction(*target, fault.failure, str(fault)))
        return Due(at, FinishAction(*target, message=summary(action, revision), external_id=external))

    def simulates(self, row: ActionRow, action: Action) -> bool:
        """Whether no job worker decides about this action execution, so that its output variables are made up."""
        return not self._taken(row)

    def rule_due(self, row: RuleRow, rule: Rule, settings: dict[str, str]) -> Due | None:
        """When and how a rule of a stage condition ends. Variable checks and deployment windows are evaluated; every
        other rule succeeds."""
        at = row.started + self.settings.seconds.get("Rule", 1.0)
        judgement = evaluate_rule(rule, settings, CLOCK_EPOCH + timedelta(seconds=at))
        met, message = (True, "") if judgement is None else (judgement.met, judgement.message)
        if judgement is not None and judgement.later is not None:
            met, at = True, (judgement.later - CLOCK_EPOCH).total_seconds()
        return Due(at, FinishRule(row.execution, row.stage, row.rule, met, message))

    def forbidden(self, row: ActionRow, action: Action) -> str:
        """AWS's message about a permission that the role of this action lacks; "" if it lacks none, or if the settings
        do not enforce permissions."""
        if not self.settings.enforce:
            return ""
        pipeline = self._history().executions[row.execution].pipeline
        for need in action_needs(pipeline, row.stage, action, self.world.region):
            decision = decide(policies_of_role(need.role), need.action, need.resource)
            if not decision:
                _, partition, _, _, account, name = need.role.split(":", 5)
                name = name.rpartition("/")[2]
                session = f"arn:{partition}:sts::{account}:assumed-role/{name}/{self._run}"
                return (
                    "The service role or action role does not have the permissions that this action needs. Update "
                    f"the IAM role permissions, and then try again. {access_denied_message(session, decision)}"
                )
        return ""

    def _settings(self, row: ActionRow, action: Action) -> dict[str, str]:
        """The configuration with its variables filled in, as far as they have values."""
        try:
            return resolve(self._history(), row, self._run)
        except Unresolved:
            return action.settings

    def _approval_problem(self, row: ActionRow, action: Action) -> tuple[str, str] | None:
        """Why an approval that starts now cannot send its message: the failure type and the message."""
        topic = self._settings(row, action).get("NotificationArn", "")
        if not topic or self._now() > row.started:
            return None
        if self.forbidden(row, action):
            return "PermissionError", NO_PUBLISH
        return self.world.topic_problem(topic)

    def _revision(self, row: ActionRow, action: Action) -> Revision | None:
        if action.category != "Source":
            return None
        history = self._history()
        if history.executions[row.execution].kind == ROLLBACK:  # it fetches the newest revision (as recorded)
            return self._newest(action)
        return history.revision(row)

    def _absent(self, row: ActionRow, action: Action) -> str:
        """The message about a missing input artifact; "" if none is missing, or if the artifact bucket does not exist.
        As recorded, the consumer of the artifact fails, not its producer."""
        pipeline = self._history().executions[row.execution].pipeline
        bucket = artifact_bucket_of(pipeline, action.region or self.world.region)
        if not bucket or not self.world.has_bucket(bucket):
            return ""
        for artifact in row.inputs:
            key = artifact.key(self._run, pipeline.name)
            if not self.world.has_object(bucket, key):
                producer = f"{artifact.action} in {artifact.stage}"
                place = f"s3://{bucket}/{key}"
                return (
                    f"The input artifact {artifact.name} is not in {place}: {producer} has not uploaded it."
                )
        return ""

    def _fault(self, row: ActionRow, action: Action) -> CheckFailed | None:
        """What is wrong with the configuration of a simulated action, or with the files that it reads; None if nothing
        is. Each run of an action reads its artifacts once."""
        if (action.category, action.provider) not in provider_checks():
            return None
        key = row.position, row.stage, row.action
        if key not in self._faults:
            self._faults[key] = self._check(row, action)
        return self._faults[key]

    def _check(self, row: ActionRow, action: Action) -> CheckFailed | None:
        history = self._history()
        pipeline = history.executions[row.execution].pipeline
        bucket = artifact_bucket_of(pipeline, action.region or self.world.region)
        keys = {artifact.name: artifact.key(self._run, pipeline.name) for artifact in row.inputs}
        contents = {name: self.world.read(bucket, key) for name, key in keys.items()} if bucket else {}
        artifacts = {name: data for name, data in contents.items() if data is not None}
        task = Task(
            pipeline=pipeline.name,
            execution=row.execution,
            execution_id=execution_id(self._run, row.execution),
            stage=row.stage,
            action=row.action,
            attempt=row.attempt,
            id="",
            configuration=resolve(history, row, self._run),
            inputs=dict.fromkeys(action.input_names, Path()),
            outputs=action.output_names,
            revisions={},
            folder=Path(),
            locations={name: ArtifactLocation(bucket, key) for name, key in keys.items()},
        )
        try:
            check_action(task, action, artifacts if len(artifacts) == len(action.input_names) else None)
        except CheckFailed as error:
            return error
        return None

    def _misconfigured(self, action: Action, settings: dict[str, str], region: str) -> str:
        """Why an action with this configuration, which the service accepts, fails when it runs; "" if it does not
        (recorded on AWS, 2026). Unless the settings are strict, a function that does not exist is simulated."""
        match action.category, action.provider:
            case "Invoke", "Lambda":
                name = settings.get("FunctionName", "")
                missing = self.settings.strict and not self.world.has_function(name, region)
                return f"The AWS Lambda function {name} does not exist." if missing else ""
            case "Deploy", "S3":
                return _wrong_extract(settings)
            case _:
                return ""

    def _missing(self, row: ActionRow, action: Action) -> Unreadable | None:
        """Why the object of an S3 source cannot be read; None if it can. Unless the settings are strict, a bucket that
        does not exist is simulated."""
        bucket = action.settings.get("S3Bucket", "")
        if action.provider != "S3" or not (self.settings.strict or self.world.has_bucket(bucket)):
            return None
        execution = self._history().executions[row.execution]
        key = next(
            (o.value for o in execution.overrides if o.action == action.name and o.type == "S3_OBJECT_KEY"),
            action.settings.get("S3ObjectKey", ""),
        )
        revision = self._revision(row, action)
        try:
            self.world.fetch(bucket, key, revision.id if revision is not None else "")
        except Unreadable as missing:
            return missing
        return None

    def spec(self) -> dict[str, Any]:
        """See ``Worker.spec``: outside the API, the run continues with a simulation."""
        return self._chance.spec()

    def __repr__(self) -> str:
        return "Staff()"


def _wrong_extract(settings: dict[str, str]) -> str:
    """AWS's message about ``Extract`` of an S3 deploy action; "" if it is right."""
    extract = settings.get("Extract", "")
    if extract not in ("true", "false"):
        return (
            f"Invalid value for configuration property '{extract}': 'Extract'. Edit your pipeline and set 'Extract' to "
            "either 'true' or 'false'."
        )
    if extract == "false" and not settings.get("ObjectKey"):
        return (
            "When the extract feature is disabled, you must provide an object. Edit your pipeline to fix the "
            "configuration."
        )
    return ""
