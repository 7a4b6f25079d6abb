"""Timeouts of actions and rules, in minutes.

>>> from cp_teach.pipeline import Pipeline
>>> shop = Pipeline.of("shop", Source="S3", Build="CodeBuild", Prod="Manual then CodeDeploy")
>>> [(action.name, time_limit(action) / 60) for stage in shop.stages for action in stage.actions]
[('S3', 1.0), ('CodeBuild', 36.0), ('Approve', 168.0), ('CodeDeploy', 120.0)]
"""

from __future__ import annotations

from cp_teach.pipeline.model.action import Action
from cp_teach.pipeline.model.stage import Rule

HOUR = 60.0
DAY = 24 * HOUR

DEFAULT = 1 * HOUR
"""All actions that are not listed below (user guide: limits)."""
CUSTOM = 24 * HOUR
"""Custom actions (user guide: limits)."""
TEST = 8 * HOUR
"""Test actions of AWS and its partners (user guide: limits)."""

OF_ACTIONS = {
    ("Approval", "Manual"): 7 * DAY,
    ("Build", "CodeBuild"): 36 * HOUR,
    ("Compute", "Commands"): 55.0,
    ("Deploy", "CloudFormation"): 3 * DAY,
    ("Deploy", "CodeDeploy"): 5 * DAY,
    ("Deploy", "CodeDeployToECS"): 5 * DAY,
    ("Deploy", "S3"): 90.0,
    ("Invoke", "Lambda"): 24 * HOUR,
    ("Invoke", "StepFunctions"): 7 * DAY,
}
"""Minutes by (category, provider), from the two tables of timeouts in the user guide: limits."""

OF_RULES = {
    "CodeBuild": OF_ACTIONS["Build", "CodeBuild"],
    "Commands": OF_ACTIONS["Compute", "Commands"],
    "LambdaInvoke": OF_ACTIONS["Invoke", "Lambda"],
}
"""Minutes by provider of a rule. The documentation does not list them; the service model calls a rule's limit "the
action timeout for the rule", so a rule has the timeout of the action with the same provider, or the default."""


def time_limit(subject: Action | Rule) -> float:
    """Return the timeout in minutes: the ``timeoutInMinutes`` of the action or rule, or its provider's default.

    A Lambda function that does not answer for 20 minutes fails sooner; its worker applies that limit.
    """
    if subject.timeout_in_minutes is not None:
        return float(subject.timeout_in_minutes)
    if isinstance(subject, Rule):
        return OF_RULES.get(subject.type.provider, DEFAULT)
    if subject.type.owner == "Custom":
        return CUSTOM
    return OF_ACTIONS.get(
        (subject.category, subject.provider), TEST if subject.category == "Test" else DEFAULT
    )
