"""How long an action or a rule may take: what it says itself, or the default of its provider."""

from dataclasses import replace

import pytest

from cp_teach.pipeline import Action, ActionType, Rule, RuleType
from cp_teach.pipeline.catalogs import catalog
from cp_teach.pipeline.timeouts import OF_ACTIONS, OF_RULES, time_limit

HOURS = {
    "Approval/AWS/Manual": 7 * 24,
    "Build/AWS/CodeBuild": 36,
    "Test/AWS/CodeBuild": 8,
    "Test/AWS/DeviceFarm": 8,
    "Compute/AWS/Commands": 55 / 60,
    "Deploy/AWS/CloudFormation": 3 * 24,
    "Deploy/AWS/CloudFormationStackSet": 1,
    "Deploy/AWS/CodeDeploy": 5 * 24,
    "Deploy/AWS/CodeDeployToECS": 5 * 24,
    "Deploy/AWS/ECS": 1,
    "Deploy/AWS/S3": 1.5,
    "Source/AWS/S3": 1,
    "Invoke/AWS/Lambda": 24,
    "Deploy/AWS/Lambda": 1,
    "Invoke/AWS/StepFunctions": 7 * 24,
    "Build/Custom/Jenkins": 24,
    "Test/Custom/Jenkins": 24,
    "Deploy/Custom/CodeDeploy": 24,
}


@pytest.mark.parametrize(("kind", "hours"), HOURS.items())
def test_each_provider_has_its_limit(kind: str, hours: float) -> None:
    category, owner, provider = kind.split("/")
    action = Action("a", ActionType(category, owner, provider))
    assert time_limit(action) == pytest.approx(hours * 60)
    assert time_limit(replace(action, timeout_in_minutes=5)) == 5


@pytest.mark.parametrize(
    ("provider", "minutes"),
    [("CodeBuild", 36 * 60), ("Commands", 55), ("LambdaInvoke", 24 * 60), ("CloudWatchAlarm", 60)],
)
def test_a_rule_has_what_the_action_of_its_provider_has(provider: str, minutes: float) -> None:
    rule = Rule("r", RuleType(provider))
    assert time_limit(rule) == minutes
    assert time_limit(replace(rule, timeout_in_minutes=86400)) == 86400


def test_every_limit_is_of_a_provider_that_there_is() -> None:
    book = catalog("today")
    for category, provider in OF_ACTIONS:
        assert book.find(ActionType(category, "AWS", provider)), (category, provider)
    assert OF_RULES.keys() <= book.rules.keys()
