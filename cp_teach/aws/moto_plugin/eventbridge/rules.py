"""EventBridge rules with two more targets: pipelines, and SNS topics.

moto's own rules raise NotImplementedError for both. moto creates a rule, whose class is then changed to a subclass.
"""

from __future__ import annotations

import copy
import re
from functools import partial
from typing import Any

from moto.events.models import UNDEFINED, EventPattern, EventsBackend, Rule
from moto.utilities.arns import parse_arn

from cp_teach.aws.account.moto_account import MotoAccount
from cp_teach.aws.backend import service_registry
from cp_teach.aws.backend.store import StoreFailed
from cp_teach.aws.operations.executions.executions import event_started
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.patterns.wildcard import event_like


class TargetingRule(Rule):
    """A rule that can start a pipeline and publish to a topic."""

    def send_to_targets(self, original_event: Any, transform_input: bool = True) -> None:
        """Send an event that matches to every target."""
        if not self.event_pattern.matches_event(original_event):
            return
        ours = [each for each in self.targets if parse_arn(each["Arn"]).service in ("codepipeline", "sns")]
        if len(ours) < len(self.targets):
            rest = copy.copy(self)  # moto's method reads the targets from the rule
            rest.targets = [each for each in self.targets if each not in ours]
            Rule.send_to_targets(rest, original_event, transform_input)
        if self.state == "ENABLED":
            for target in ours:
                self._send(target, _input(target, original_event))

    def _send(self, target: dict[str, Any], data: Any) -> None:
        arn = parse_arn(target["Arn"])
        if arn.service == "sns":
            MotoAccount(arn.account, arn.region).publish(target["Arn"], "", data)
            return
        region = service_registry.active().region(arn.account, arn.region)
        try:
            event_started(region, arn.resource_id or arn.resource_type or "", self.arn, data)
        except StoreFailed:  # EventBridge retries for a day; this waits until the store is writable
            region.store.after_commit(partial(self._send, target, data))


def _input(target: dict[str, Any], event: Any) -> Any:
    """The input of a target: a constant, the result of its transformer, or the event."""
    if target.get("Input"):
        return parse_json(target["Input"])
    if target.get("InputTransformer"):
        from moto.events.utils import EventTemplateParser

        transformer = target["InputTransformer"]
        return EventTemplateParser.parse(
            input_template=transformer.get("InputTemplate"),
            input_paths_map=transformer.get("InputPathsMap", {}),
            event=event,
        )
    return event


class Events(EventsBackend):
    """moto's EventBridge with ``TargetingRule``."""

    @property
    def _url_module(self) -> Any:
        import moto.events.urls

        return moto.events.urls

    def put_rule(self, *args: Any, **kwargs: Any) -> Any:
        """Create or change a rule."""
        _check_pattern(kwargs.get("event_pattern"))
        rule: Any = super().put_rule(*args, **kwargs)
        rule.__class__ = TargetingRule
        rule.event_pattern.__class__ = BoundedPattern
        return rule

    def list_rules(self, *args: Any, **kwargs: Any) -> Any:
        """List rules. moto uses the name prefix as a regular expression, so it is escaped."""
        if kwargs.get("prefix") is not None:
            kwargs["prefix"] = re.escape(kwargs["prefix"])
        return super().list_rules(*args, **kwargs)


def _check_pattern(text: Any) -> None:
    if not isinstance(text, str):
        return
    from moto.events.exceptions import InvalidEventPatternException

    try:
        parse_json(text)
    except InvalidJson as error:
        raise InvalidEventPatternException(reason=str(error)) from None


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
