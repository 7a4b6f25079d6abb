"""EventBridge with two more targets: a pipeline that a rule starts, and an SNS topic.

moto's own rules raise NotImplementedError for both. A rule is made by moto and given our class, which only adds.
"""

from __future__ import annotations

import copy
import re
from functools import partial
from typing import Any

from moto.events.models import UNDEFINED, EventPattern, EventsBackend, Rule
from moto.utilities.arns import parse_arn

from cp_teach.aws.backend.store import StoreFailed
from cp_teach.security.input.json_input import BadJson, parse_json
from cp_teach.security.patterns.wildcard import event_like


class TargetingRule(Rule):
    """A rule that can start a pipeline and publish to a topic."""

    def send_to_targets(self, original_event: Any, transform_input: bool = True) -> None:
        """Send an event to every target, if it matches."""
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

    def _send(self, target: dict[str, Any], told: Any) -> None:
        arn = parse_arn(target["Arn"])
        if arn.service == "sns":
            from cp_teach.aws.account.moto_account import World

            World(arn.account, arn.region).publish(target["Arn"], "", told)
            return
        from moto.codepipeline.models import codepipeline_backends

        from cp_teach.aws.moto_plugin.eventbridge_trigger import event_started

        backend: Any = codepipeline_backends[arn.account][arn.region]
        try:
            event_started(backend.service, arn.resource_id or arn.resource_type or "", self.arn, told)
        except StoreFailed:  # EventBridge retries for a day; this waits until the store is writable
            backend.service.store.after_commit(partial(self._send, target, told))


def _input(target: dict[str, Any], event: Any) -> Any:
    """What the target is given: its constant input, what its transformer makes, or the event itself."""
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
    """moto's EventBridge, whose rules have more targets."""

    @property
    def _url_module(self) -> Any:
        import moto.events.urls

        return moto.events.urls

    def put_rule(self, *args: Any, **kwargs: Any) -> Any:
        """Make or change a rule."""
        _check_pattern(kwargs.get("event_pattern"))
        rule: Any = super().put_rule(*args, **kwargs)
        rule.__class__ = TargetingRule
        rule.event_pattern.__class__ = BoundedPattern
        return rule

    def list_rules(self, *args: Any, **kwargs: Any) -> Any:
        """The rules whose names begin with a prefix, which moto takes for a regular expression."""
        if kwargs.get("prefix") is not None:
            kwargs["prefix"] = re.escape(kwargs["prefix"])
        return super().list_rules(*args, **kwargs)


def _check_pattern(text: Any) -> None:
    if not isinstance(text, str):
        return
    from moto.events.exceptions import InvalidEventPatternException

    try:
        parse_json(text)
    except BadJson as error:
        raise InvalidEventPatternException(reason=str(error)) from None


class BoundedPattern(EventPattern):
    """An event pattern whose wildcards are matched without backtracking."""

    @staticmethod
    def _does_item_match_named_filter(item: Any, pattern: Any) -> bool:
        if item is UNDEFINED or not pattern:
            found: bool = bool(pattern) and EventPattern._does_item_match_named_filter(item, pattern)
            return found
        name, wanted = next(iter(pattern.items()))
        items = item if isinstance(item, list) else [item]
        if name == "anything-but" and isinstance(wanted, dict):
            return any(not BoundedPattern._does_item_match_named_filter(each, wanted) for each in items)
        if name != "wildcard":
            matched: bool = EventPattern._does_item_match_named_filter(item, pattern)
            return matched
        globs = wanted if isinstance(wanted, list) else [wanted]
        return any(
            isinstance(each, str) and isinstance(glob, str) and event_like(glob, each)
            for each in items
            for glob in globs
        )
