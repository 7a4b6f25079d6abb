"""EventBridge Scheduler on moto: schedules that send their input when they are due on the service's clock.

moto keeps schedules and never runs them. Source: EventBridge Scheduler user guide, "Schedule types" and "Managing
targets". A flexible time window is due at its beginning.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from moto.scheduler.exceptions import ValidationException
from moto.scheduler.models import EventBridgeSchedulerBackend, Schedule
from moto.utilities.arns import parse_arn

from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.service_context import ServiceContext
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.moto_plugin.eventbridge import delivery
from cp_teach.aws.moto_plugin.eventbridge.input_transformer import TargetInput
from cp_teach.aws.moto_plugin.eventbridge.schedule_expressions import read_schedule
from cp_teach.aws.operations import perform
from cp_teach.aws.protocol.errors import AwsError
from cp_teach.security.input.json_input import InvalidJson, parse_json

SERVICE = "scheduler.amazonaws.com"
UNIVERSAL = "aws-sdk:codepipeline:startPipelineExecution"
"""The resource in the ARN of the universal target that starts a pipeline."""


class Scheduler(EventBridgeSchedulerBackend):
    """moto's EventBridge Scheduler, whose schedules run."""

    @property
    def _url_module(self) -> Any:
        import moto.scheduler.urls

        return moto.scheduler.urls

    def reset(self) -> None:
        """Forget the data, and remove the timers."""
        for group in self.schedule_groups.values():
            _drop_timers(list(group.schedules.values()))
        super().reset()

    def create_schedule(self, **given: Any) -> Schedule:  # type: ignore[override]
        """Create a schedule, and set its timer."""
        _check(given)
        schedule = super().create_schedule(**given)
        self._set_timer(schedule)
        return schedule

    def update_schedule(self, **given: Any) -> Schedule:  # type: ignore[override]
        """Change a schedule, and set its timer anew."""
        _check(given)
        given["state"] = given.get("state") or "ENABLED"  # an update resets what it does not name
        schedule = super().update_schedule(**given)
        self._set_timer(schedule)
        return schedule

    def delete_schedule(self, group_name: str | None, name: str) -> None:
        """Delete a schedule and its timer."""
        schedule = self.get_schedule(group_name, name)
        super().delete_schedule(group_name, name)
        _drop_timers([schedule])

    def delete_schedule_group(self, name: str | None) -> None:
        """Delete a group with its schedules and their timers."""
        group = self.get_schedule_group(name)
        super().delete_schedule_group(name)
        _drop_timers(list(group.schedules.values()))

    def _set_timer(self, schedule: Schedule) -> None:
        service = getattr(schedule, "service", None) or service_registry.active()
        vars(schedule)["service"] = service  # moto does not answer with it
        with service.lock:
            now = service.settings.clock.now()
            begin, end = _epoch(schedule.start_date), _epoch(schedule.end_date)
            read = _read(schedule.schedule_expression, schedule.schedule_expression_timezone)

            def after(epoch: float) -> float | None:
                at = read.after(epoch)
                return at if at is not None and (end is None or at <= end) else None

            earliest = max(now, begin or now)
            if read.kind == "rate":  # it begins at once, or at its start date
                first = earliest if end is None or earliest <= end else None
            else:
                first = after(earliest if earliest == now else earliest - 1)
            if schedule.state != "ENABLED":
                first = None
            key = "schedule", schedule.arn
            service.timers.put(key, first, after, lambda at: self._fire(schedule, service, at, after))

    def _fire(
        self, schedule: Schedule, service: ServiceContext, at: float, after: Callable[[float], float | None]
    ) -> None:
        target = schedule.target
        text = target.get("Input") or "{}"
        try:
            value = parse_json(text)
        except InvalidJson:  # a queue or a topic can get any text
            value = text
        given = TargetInput(value, text)
        if parse_arn(target["Arn"]).resource_id == UNIVERSAL.partition(":")[2]:
            self._start(schedule, given)
        else:
            delivery.deliver(target, given, {}, schedule.arn, SERVICE)
        if schedule.action_after_completion == "DELETE" and after(at) is None:
            self.schedule_groups[schedule.group_name].schedules.pop(schedule.name, None)

    def _start(self, schedule: Schedule, given: TargetInput) -> None:
        """Call StartPipelineExecution as a universal target does: the request is the target's input."""
        target = schedule.target
        region = service_registry.active().region(self.account_id, self.region_name)
        request = _in_lower_camel_case(given.value)
        name = request.get("name") if isinstance(request, dict) else ""
        role = {"RoleArn": target.get("RoleArn"), "Arn": region.arn(str(name))}
        try:
            if problem := delivery.role_problem(region, role, SERVICE):
                raise AwsError("NO_PERMISSIONS", problem)
            caller = Principal(self.account_id, self.region_name, str(target.get("RoleArn")))
            perform(region, caller, "StartPipelineExecution", request)
        except AwsError as error:
            failure = delivery.NotDelivered(error.code, f"The pipeline was not started. {error.message}")
            delivery.report(target, given.text, schedule.arn, failure)


def _drop_timers(schedules: list[Any]) -> None:
    for schedule in schedules:
        service: ServiceContext | None = getattr(schedule, "service", None)
        if service is not None:
            with service.lock:
                service.timers.drop(lambda key, arn=schedule.arn: key == ("schedule", arn))  # type: ignore[misc]


def _check(given: dict[str, Any]) -> None:
    """Raise ValidationException for a schedule that AWS refuses."""
    expression, zone = given.get("schedule_expression"), given.get("schedule_expression_timezone")
    try:
        _read(expression, zone)
    except (KeyError, OSError):
        raise ValidationException(f"Invalid Schedule Expression Timezone {zone}.") from None
    except ValueError:
        raise ValidationException(f"Invalid Schedule Expression {expression}.") from None
    target = given.get("target") or {}
    if not target.get("RoleArn"):
        raise ValidationException("The execution role of the target is required: RoleArn.")


def _read(expression: Any, zone: Any) -> Any:
    return read_schedule(str(expression), ZoneInfo(zone or "UTC"), once=True)


def _epoch(moment: Any) -> float | None:
    """A date in the form in which moto keeps it: epoch seconds, or a text."""
    if moment in (None, ""):
        return None
    try:
        return float(moment)
    except ValueError:
        return datetime.fromisoformat(str(moment)).timestamp()


def _in_lower_camel_case(value: Any) -> Any:
    """A request of the universal target with the names of CodePipeline's API; the target's input may begin them with
    capitals."""
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _in_lower_camel_case(item) for key, item in value.items()}
    return [_in_lower_camel_case(item) for item in value] if isinstance(value, list) else value
