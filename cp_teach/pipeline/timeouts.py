"""How long an action or a rule may take before it fails with a time-out, in minutes.

>>> from cp_teach.pipeline import Pipeline
>>> shop = Pipeline.of("shop", Source="S3", Build="CodeBuild", Prod="Manual then CodeDeploy")
>>> [(action.name, time_limit(action) / 60) for stage in shop.stages for action in stage.actions]
[('S3', 1.0), ('CodeBuild', 36.0), ('Approve', 168.0), ('CodeDeploy', 120.0)]
"""

from __future__ import annotations

from cp_teach.pipeline.model.pipeline import Action, Rule

HOUR = 60.0
DAY = 24 * HOUR

ELSE = 1 * HOUR
"""All actions that are not named below (user guide: limits)."""
CUSTOM = 24 * HOUR
"""Actions of a provider that somebody registered (user guide: limits)."""
TEST = 8 * HOUR
"""Test actions of the providers that AWS knows (user guide: limits)."""

OF_ACTIONS = {
    ("Approval", "Manual"): 7 * DAY,
    ("Build", "CodeBuild"): 36 * HOUR,
    ("Build", "Commands"): 55.0,
    ("Compute", "Commands"): 55.0,
    ("Deploy", "CloudFormation"): 3 * DAY,
    ("Deploy", "CodeDeploy"): 5 * DAY,
    ("Deploy", "CodeDeployToECS"): 5 * DAY,
    ("Deploy", "S3"): 90.0,
    ("Invoke", "Lambda"): 24 * HOUR,
    ("Invoke", "StepFunctions"): 7 * DAY,
    ("Test", "Commands"): 55.0,
}
"""Minutes by (category, provider), from the two tables of time-outs in the user guide: limits."""

OF_RULES = {
    "CodeBuild": OF_ACTIONS["Build", "CodeBuild"],
    "Commands": OF_ACTIONS["Compute", "Commands"],
    "LambdaInvoke": OF_ACTIONS["Invoke", "Lambda"],
}
"""Minutes by provider of a rule. No page names limits of rules; the service model calls a rule's limit "the action
timeout for the rule", so a rule has here what the action of the same provider has, and otherwise the hour of all
other actions."""


def time_limit(what: Action | Rule) -> float:
    """Minutes that this action or rule may take: its own ``timeoutInMinutes``, or the default of its provider.

    A Lambda function that has not answered for 20 minutes fails sooner; that is its worker's affair.
    """
    if what.timeout_in_minutes is not None:
        return float(what.timeout_in_minutes)
    if isinstance(what, Rule):
        return OF_RULES.get(what.type.provider, ELSE)
    if what.type.owner == "Custom":
        return CUSTOM
    return OF_ACTIONS.get((what.category, what.provider), TEST if what.category == "Test" else ELSE)
