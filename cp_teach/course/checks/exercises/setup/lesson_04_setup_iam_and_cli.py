"""The exercises of notebook 04: a trust policy, and who is given which policy."""

from typing import Any

from cp_teach.course.checks.answers import kind_of
from cp_teach.course.checks.exercise import Exercise, Goal, WrongAnswer
from cp_teach.translation import N_, message


def _a_dict(name: str, answer: object) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise WrongAnswer(
            message("This check looks at a dict, and it was given {kind}.", kind=kind_of(answer)),
            message('Fill in the dict of the cell above, and hand it over: check("{name}", …).', name=name),
        )
    return answer


def _statements(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found = policy.get("Statement", [])
    return [each for each in ([found] if isinstance(found, dict) else found) if isinstance(each, dict)]


def _words(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [each for each in value or [] if isinstance(each, str)]


def _services(statement: dict[str, Any]) -> list[str]:
    principal = statement.get("Principal")
    return _words(principal.get("Service")) if isinstance(principal, dict) else []


def _ours(policy: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for each in _statements(policy) if "codepipeline.amazonaws.com" in _services(each)]


TRUST = Exercise(
    "04-trust",
    "Write the trust policy of a service role that CodePipeline may assume.",
    _a_dict,
    (
        Goal(
            "It names CodePipeline as the principal.",
            lambda policy: bool(_ours(policy)),
            'The principal is a service: {"Service": "codepipeline.amazonaws.com"}.',
        ),
        Goal(
            "It lets that service assume the role.",
            lambda policy: any("sts:AssumeRole" in _words(each.get("Action")) for each in _ours(policy)),
            'The action is "sts:AssumeRole".',
        ),
        Goal(
            "It allows it.",
            lambda policy: any(each.get("Effect") == "Allow" for each in _ours(policy)),
            'The effect is "Allow".',
        ),
    ),
)

PEOPLE = {
    "ada": ("AWSCodePipeline_FullAccess", N_("Ada creates and deletes pipelines: she needs full access.")),
    "grace": ("AWSCodePipelineApproverAccess", N_("Grace only approves: there is a policy for approvers.")),
    "jenkins": ("AWSCodePipelineCustomActionAccess", N_("A job worker needs the policy for custom actions.")),
    "alan": ("AWSCodePipeline_ReadOnlyAccess", N_("Alan only looks: read-only access is enough.")),
}

WHO = Exercise(
    "04-who-may-what",
    "Give each person the policy that lets them do their work, and no more.",
    _a_dict,
    tuple(
        Goal(
            message("{name} has what {name} needs.", name=name),
            lambda given, name=name, policy=policy: given.get(name) == policy,  # type: ignore[misc]  # bound here
            words,
        )
        for name, (policy, words) in PEOPLE.items()
    ),
)

EXERCISES = (TRUST, WHO)
