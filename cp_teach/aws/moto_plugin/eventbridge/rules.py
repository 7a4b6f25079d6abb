"""EventBridge's rules and buses on moto, with schedules, AWS's input transformers, and more targets.

moto creates a rule, whose class is then changed to a subclass.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from moto.core.utils import unix_time
from moto.events.exceptions import InvalidEventPatternException, ValidationException
from moto.events.models import UNDEFINED, EventPattern, EventsBackend, Rule
from moto.moto_api._internal import mock_random
from moto.utilities.arns import parse_arn

from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.service_context import ServiceContext
from cp_teach.aws.moto_plugin.eventbridge import delivery
from cp_teach.aws.moto_plugin.eventbridge.input_transformer import (
    InvalidInput,
    RuleContext,
    make_input,
    problem_of,
)
from cp_teach.aws.moto_plugin.eventbridge.schedule_expressions import read_schedule
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.patterns.wildcard import event_like

SERVICE = "events.amazonaws.com"
KEYS = ("version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail")


class TargetingRule(Rule):
    """A rule with a schedule or a pattern, and targets of more services than moto's."""

    service: ServiceContext | None = None
    """The service whose clock the schedule follows."""

    def send_to_targets(self, original_event: Any, transform_input: bool = True) -> None:
        """Send an event that matches the pattern to every target. No failure is raised."""
        has_pattern = bool(self.event_pattern.get_pattern()) or not self.scheduled_expression
        if self.state != "ENABLED" or not has_pattern:
            return
        event: Any = as_delivered(original_event)
        if self.event_pattern.matches_event(event):
            self.send(event, original_event)

    def send(self, event: dict[str, Any], original_event: Any) -> None:
        """Send an event to every target."""
        context = RuleContext(self.arn, self.name, _iso(original_event.get("ingestion-time", event["time"])))
        for target in list(self.targets):
            arn = parse_arn(target["Arn"])
            if arn.service == "events" and arn.resource_type in ("", "api-destination"):
                self._send_by_moto(target, original_event, to_archive=not arn.resource_type)
                continue
            try:
                given = make_input(target, event, context)
            except InvalidInput as error:
                failure = delivery.NotDelivered("INVALID_JSON", str(error))
                delivery.report(target, "", self.arn, failure)
                continue
            if given is not None:
                delivery.deliver(target, given, event, self.arn, SERVICE)

    def _send_by_moto(self, target: dict[str, Any], event: Any, *, to_archive: bool) -> None:
        """Let moto's method send an event to an archive or an API destination. It reads the targets from the rule."""
        alone = copy.copy(self)
        alone.targets, alone.event_pattern = [target], EventPattern.load(None)
        with_time: Any = {"ingestion-time": unix_time(), **event}
        try:
            Rule.send_to_targets(alone, with_time, transform_input=to_archive)
        except Exception as error:  # moto raises exceptions of many types
            failure = delivery.NotDelivered("SDK_CLIENT_ERROR", f"{type(error).__name__}: {error}")
            delivery.report(target, "", self.arn, failure)

    # -- schedules ---------------------------------------------------------------------------------
    def schedule(self) -> None:
        """Set the timer of the schedule, if the rule has one and is enabled; otherwise remove it."""
        if not self.scheduled_expression:
            return
        self.service = self.service or service_registry.active()
        after = read_schedule(self.scheduled_expression).after
        with self.service.lock:
            at = after(self.service.settings.clock.now()) if self.state == "ENABLED" else None
            self.service.timers.put(self._key, at, after, self._fire)

    def unschedule(self) -> None:
        """Remove the timer."""
        if self.service is not None:
            with self.service.lock:
                self.service.timers.drop(lambda key: key == self._key)

    @property
    def _key(self) -> tuple[str, str]:
        return "rule", self.arn

    def _fire(self, at: float) -> None:
        event = {
            "version": "0",
            "id": str(mock_random.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self.account_id,
            "time": _iso(at),
            "region": self.region_name,
            "resources": [self.arn],
            "detail": {},
        }
        self.send(event, {**event, "time": at, "ingestion-time": at})

    def enable(self) -> None:
        """Enable the rule; a rate starts again."""
        super().enable()
        self.schedule()

    def disable(self) -> None:
        """Disable the rule."""
        super().disable()
        self.schedule()


class Events(EventsBackend):
    """moto's EventBridge with ``TargetingRule``."""

    @property
    def _url_module(self) -> Any:
        import moto.events.urls

        return moto.events.urls

    def reset(self) -> None:
        """Forget the data, and remove the timers of the schedules."""
        for bus in self.event_buses.values():
            rules: list[Any] = list(bus.rules.values())
            for rule in rules:
                rule.unschedule()
        super().reset()

    def put_rule(self, *args: Any, **kwargs: Any) -> Any:
        """Create or change a rule."""
        _check_pattern(kwargs.get("event_pattern"))
        _check_schedule(kwargs.get("scheduled_expression"))
        before: list[Any] = [rule for bus in self.event_buses.values() for rule in bus.rules.values()]
        rule: Any = super().put_rule(*args, **kwargs)
        for replaced in before:
            if replaced.arn == rule.arn:
                replaced.unschedule()
        rule.__class__ = TargetingRule
        rule.event_pattern.__class__ = BoundedPattern
        rule.schedule()
        return rule

    def delete_rule(self, name: str, event_bus_arn: str | None) -> None:
        """Delete a rule that has no targets."""
        bus = self.event_buses.get(self._normalize_event_bus_arn(event_bus_arn))
        rule: Any = bus.rules.get(name) if bus is not None else None
        super().delete_rule(name, event_bus_arn)
        if rule is not None:
            rule.unschedule()

    def put_targets(self, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]) -> None:
        """Add or change targets, with the checks that AWS makes of a pipeline's role and of inputs."""
        for target in targets:
            if problem := problem_of(target):
                raise ValidationException(problem)
            arn = str(target.get("Arn", ""))
            if arn.split(":")[2:3] == ["codepipeline"] and not target.get("RoleArn"):
                raise ValidationException(f"RoleArn is required for target {arn}.")
        super().put_targets(name, event_bus_arn, targets)

    def list_rules(self, *args: Any, **kwargs: Any) -> Any:
        """List rules. moto uses the name prefix as a regular expression, so it is escaped."""
        if kwargs.get("prefix") is not None:
            kwargs["prefix"] = re.escape(kwargs["prefix"])
        return super().list_rules(*args, **kwargs)


def as_delivered(event: Mapping[str, Any]) -> dict[str, Any]:
    """moto's event in the form in which EventBridge delivers it: with an ISO time, and S3's own names."""
    delivered = {key: event[key] for key in (*KEYS, "replay-name") if key in event}
    delivered["time"] = _iso(event.get("time", ""))
    item = delivered["detail"].get("object") if isinstance(delivered.get("detail"), dict) else None
    if event.get("source") == "aws.s3" and isinstance(item, dict) and "eTag" in item:
        delivered["id"] = str(mock_random.uuid4())  # moto's is always the same
        delivered["detail"] = _s3_detail(delivered["detail"], item)
    return delivered


def _s3_detail(detail: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    """moto's detail of an object with the names and the reason that S3 writes (S3 user guide: "EventBridge event
    message structure")."""
    etag = item["eTag"]
    item = {("etag" if key == "eTag" else key): value for key, value in item.items()}
    if item.get("version-id") in (None, "null"):  # the bucket has no versions
        item.pop("version-id", None)
    item["sequencer"] = mock_random.get_random_hex(18).upper()
    reasons = {"ObjectCreated": "CompleteMultipartUpload" if "-" in etag else "PutObject"}
    return {**detail, "object": item, "reason": reasons.get(detail.get("reason", ""), detail.get("reason"))}


def _iso(moment: Any) -> str:
    if isinstance(moment, int | float) and not isinstance(moment, bool):
        return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(moment)


def _check_pattern(text: Any) -> None:
    if not isinstance(text, str):
        return
    try:
        parse_json(text)
    except InvalidJson as error:
        raise InvalidEventPatternException(reason=str(error)) from None


def _check_schedule(text: Any) -> None:
    if not text:
        return
    try:
        read_schedule(str(text))
    except ValueError as error:
        raise ValidationException("Parameter ScheduleExpression is not valid.") from error


class BoundedPattern(EventPattern):
    """An event pattern whose wildcards are matched without backtracking."""

    @staticmethod
    def _does_item_match_named_filter(item: Any, pattern: Any) -> bool:
        if item is UNDEFINED or not pattern:
            return bool(pattern) and bool(EventPattern._does_item_match_named_filter(item, pattern))
        name, operand = next(iter(pattern.items()))
        items = item if isinstance(item, list) else [item]
        if name == "anything-but" and isinstance(operand, dict):
            return any(not BoundedPattern._does_item_match_named_filter(each, operand) for each in items)
        if name != "wildcard":
            return bool(EventPattern._does_item_match_named_filter(item, pattern))
        globs = operand if isinstance(operand, list) else [operand]
        return any(
            isinstance(each, str) and isinstance(glob, str) and event_like(glob, each)
            for each in items
            for glob in globs
        )
