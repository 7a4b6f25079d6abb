"""Delivery of inputs to the targets of rules and schedules.

moto's own rules know few targets, and raise an exception for the rest. EventBridge never does that to the sender of an
event. Here each failure is a warning of the logger ``cp_teach.eventbridge``, and the input goes to the target's
dead-letter queue if it has one.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any

from moto.events.models import events_backends
from moto.moto_api._internal import mock_random
from moto.utilities.arns import parse_arn

from cp_teach.aws.account.moto_account import MotoAccount
from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.region_backend import RegionBackend
from cp_teach.aws.backend.service import Service
from cp_teach.aws.backend.store import StoreFailed
from cp_teach.aws.iam.authorization import access_denied_message, policies_of_role
from cp_teach.aws.iam.policy_evaluation import decide
from cp_teach.aws.moto_plugin.eventbridge.input_transformer import TargetInput
from cp_teach.aws.operations.executions.executions import event_started
from cp_teach.aws.protocol.errors import AwsError

LOG = logging.getLogger("cp_teach.eventbridge")
START = "codepipeline:StartPipelineExecution"
MAX_STARTS = 50
"""Maximum executions that the events of one execution start in the end. Without it, a rule that starts the pipeline
that it listens to would never end; on AWS, it does not."""

MAX_HOPS = 5
"""Maximum event buses that forward an event to each other."""
_hops: ContextVar[int] = ContextVar("_hops", default=0)
MAX_REMEMBERED = 10_000
"""Maximum executions whose cause is remembered."""


class NotDelivered(Exception):
    """A target did not get its input; ``code`` is EventBridge's error code, and the message says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def deliver(
    target: Mapping[str, Any], given: TargetInput, event: Mapping[str, Any], source: str, service: str
) -> None:
    """Send an input to its target. ``source`` is the ARN of the rule or schedule, and ``service`` the principal that
    assumes the target's role, such as events.amazonaws.com. A failure is reported, not raised."""
    try:
        _send(target, given, event, source, service)
    except StoreFailed:  # EventBridge retries for a day; this waits until the store is writable
        arn = parse_arn(target["Arn"])
        store = service_registry.active().region(arn.account, arn.region).store
        store.after_commit(partial(deliver, target, given, event, source, service))
    except NotDelivered as failure:
        report(target, given.text, source, failure)
    except Exception as error:  # moto's backends raise exceptions of many types
        report(
            target, given.text, source, NotDelivered("SDK_CLIENT_ERROR", f"{type(error).__name__}: {error}")
        )


def report(target: Mapping[str, Any], text: str, source: str, failure: NotDelivered) -> None:
    """Log why a target did not get its input, and send the input to the target's dead-letter queue."""
    LOG.warning("%s could not be delivered to %s: %s", source, target.get("Arn"), failure.message)
    queue = (target.get("DeadLetterConfig") or {}).get("Arn")
    if not queue:
        return
    attributes = {"RULE_ARN": source, "TARGET_ARN": target.get("Arn"), "ERROR_CODE": failure.code}
    attributes["ERROR_MESSAGE"] = failure.message
    try:
        _send_to_queue(
            queue,
            text,
            attributes={
                name: {"DataType": "String", "StringValue": str(value)} for name, value in attributes.items()
            },
        )
    except Exception as error:
        LOG.warning("The dead-letter queue %s cannot be used: %s: %s", queue, type(error).__name__, error)


def role_problem(region: RegionBackend, target: Mapping[str, Any], service: str) -> str:
    """Why the role of a target cannot start the pipeline; "" if it can, or if permissions are not enforced."""
    role = target.get("RoleArn")
    if not role:
        return "The target has no RoleArn."
    if not region.settings.enforce:
        return ""
    trusted = region.account_services.trusts(role, service)
    if trusted is None:
        return f"The role {role} does not exist."
    if not trusted:
        return f"The role {role} does not trust {service}."
    decision = decide(policies_of_role(role), START, target["Arn"])
    return "" if decision else access_denied_message(role, decision)


def _send(
    target: Mapping[str, Any], given: TargetInput, event: Mapping[str, Any], source: str, service: str
) -> None:
    arn = parse_arn(target["Arn"])
    match arn.service, arn.resource_type:
        case "codepipeline", _:
            _start_pipeline(target, given, event, source, service)
        case "sns", _:
            if not MotoAccount(arn.account, arn.region).publish(target["Arn"], "", given.text):
                raise NotDelivered("NOT_FOUND", f"The topic {target['Arn']} does not exist.")
        case "sqs", _:
            group = (target.get("SqsParameters") or {}).get("MessageGroupId")
            _send_to_queue(target["Arn"], given.text, group=group)
        case "logs", "log-group":
            _write_log(arn.account, arn.region, arn.resource_id, given.text)
        case "events", "event-bus":
            _forward(arn, event)
        case _:
            raise NotDelivered(
                "UNSUPPORTED_TARGET",
                "moto, which simulates EventBridge here, cannot deliver to this target; AWS does.",
            )


def _start_pipeline(
    target: Mapping[str, Any], given: TargetInput, event: Mapping[str, Any], source: str, service: str
) -> None:
    arn, active = parse_arn(target["Arn"]), service_registry.active()
    region = active.region(arn.account, arn.region)
    if problem := role_problem(region, target, service):
        raise NotDelivered("NO_PERMISSIONS", f"The pipeline was not started. {problem}")
    caused = _count(active, event)
    if caused[0] > MAX_STARTS + 1:
        return  # reported before
    try:
        started = event_started(region, arn.resource_id or arn.resource_type or "", source, given.value)
        active.caused_starts[started] = caused
        if len(active.caused_starts) > MAX_REMEMBERED:
            del active.caused_starts[next(iter(active.caused_starts))]
    except StoreFailed:
        raise
    except AwsError as error:
        raise NotDelivered(error.code, f"The pipeline was not started. {error.message}") from error


def _count(service: Service, event: Mapping[str, Any]) -> list[int]:
    """Count a start among those that the same execution has caused. Raises ``NotDelivered`` for one too many."""
    detail = event.get("detail")
    cause = detail.get("execution-id") if event.get("source") == "aws.codepipeline" and detail else None
    caused = service.caused_starts.setdefault(str(cause), [0]) if cause else [0]
    caused[0] += 1
    if caused[0] == MAX_STARTS + 1:
        raise NotDelivered(
            "TOO_MANY_STARTS",
            "The pipeline was not started, because its own events start it again and again. On AWS, this does not end. "
            "Let the rule match fewer events.",
        )
    return caused


def _send_to_queue(
    arn_of_queue: str, text: str, *, group: str | None = None, attributes: dict[str, Any] | None = None
) -> None:
    from moto.sqs.models import sqs_backends

    arn = parse_arn(arn_of_queue)
    backend = sqs_backends[arn.account][arn.region]
    if group:
        queue = backend.get_queue_attributes(arn.resource_id, ["ContentBasedDeduplication"])
        if queue["ContentBasedDeduplication"] == "false":
            raise NotDelivered(
                "SDK_CLIENT_ERROR", f"The queue {arn_of_queue} does not have ContentBasedDeduplication."
            )
    backend.send_message(arn.resource_id, text, message_attributes=attributes, group_id=group)


def _write_log(account: str, region: str, group: str, text: str) -> None:
    from moto.logs.models import logs_backends

    backend, stream = logs_backends[account][region], str(mock_random.uuid4())
    name = group.removesuffix(":*")
    backend.create_log_stream(name, stream)
    backend.put_log_events(name, stream, [{"timestamp": int(time.time() * 1000), "message": text}])


def _forward(arn: Any, event: Mapping[str, Any]) -> None:
    """Send an event to another event bus."""
    entry = {
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event["detail"]),
        "Resources": event["resources"],
        "EventBusName": arn.resource_id,
    }
    if _hops.get() >= MAX_HOPS:
        raise NotDelivered("TOO_MANY_HOPS", "Event buses forward this event to each other again and again.")
    token = _hops.set(_hops.get() + 1)
    try:
        events_backends[arn.account][arn.region].put_events([entry])
    finally:
        _hops.reset(token)
