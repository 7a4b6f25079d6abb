"""The exercises of notebook 12: quotas to keep, a second region, and two policies."""

from collections.abc import Callable
from typing import NamedTuple

from cp_teach.aws.iam import BadPolicy, Policy, decide, excess, lacking, may
from cp_teach.course.checks.answers import kind_of
from cp_teach.course.checks.exercise import Exercise, Goal, WrongAnswer
from cp_teach.pipeline import Action, InvalidPipeline, Pipeline, PipelineDeclaration, Violation, load_pipeline
from cp_teach.pipeline.violation import in_order
from cp_teach.translation import message

TESTS = 51
"""One more than a stage may have actions."""
FAR = "eu-west-1"


class Read(NamedTuple):
    """A structure as far as it can be read, and what AWS would say of it."""

    pipeline: PipelineDeclaration
    breaches: tuple[Violation, ...]

    @property
    def errors(self) -> tuple[Violation, ...]:
        """What AWS would refuse it for."""
        return tuple(breach for breach in self.breaches if breach.level == "error")

    def actions(self, category: str) -> list[Action]:
        """Its actions of that category."""
        return [a for stage in self.pipeline.stages for a in stage.actions if a.category == category]


def _a_structure(name: str, answer: object) -> Read:
    """A structure as a dict, or a pipeline; it may be one that AWS refuses."""
    if isinstance(answer, Pipeline):
        return Read(answer, tuple(answer.check()))
    if not isinstance(answer, dict) or not {"stages", "pipeline"} & set(answer):
        raise WrongAnswer(
            message(
                "This check looks at the structure of a pipeline, and it was given {kind}.",
                kind=kind_of(answer),
            ),
            message(
                'Run the cell above, which makes it, and hand it over: check("{name}", structure).', name=name
            ),
        )
    try:
        pipeline = Pipeline.from_aws(answer)
    except InvalidPipeline as error:
        if error.pipeline is None:
            raise WrongAnswer(
                message("This structure cannot be read: {aws_message}", aws_message=error.aws_message),
                message("Run the cell above, and begin anew."),
            ) from error
        return Read(error.pipeline, tuple(in_order(error.violations)))
    return Read(pipeline, tuple(pipeline.check()))


def _unbroken(words: str) -> Callable[[Read], bool]:
    """True if no error has this in its place: the end of AWS's member path, or the place in words."""
    return lambda read: not any(words in breach.path or words in breach.location for breach in read.errors)


def _tests(read: Read) -> set[str]:
    return {action.name for action in read.actions("Test")}


def _said(read: Read) -> str:
    first = read.errors[0]
    return message(
        "AWS says of {location}: {said}. {advice}",
        location=first.location,
        said=first.message.rstrip("."),
        advice=first.advice,
    )


def _short(read: Read) -> bool:
    return 1 <= len(read.pipeline.name) <= 100


def _narrow(read: Read) -> bool:
    return bool(read.pipeline.stages) and all(len(stage.actions) <= 50 for stage in read.pipeline.stages)


QUOTAS = Exercise(
    "12-five-quotas",
    "The pipeline breaks five quotas. Mend each, and lose none of its tests.",
    _a_structure,
    (
        Goal("Its name is short enough.", _short, "A name has at most 100 characters."),
        Goal(
            "No stage has too many actions.",
            _narrow,
            "A stage takes 50 actions: put some of the tests into a stage of their own.",
        ),
        Goal(
            "The run orders are small enough.",
            lambda read: bool(read.pipeline.stages) and _unbroken("runOrder")(read),
            "A run order goes from 1 to 999. Gaps mean nothing: write a small number.",
        ),
        Goal(
            "The approval ends in time.",
            lambda read: bool(read.actions("Approval")) and _unbroken("timeoutInMinutes")(read),
            "timeoutInMinutes goes from 5 to 86400, which is 60 days. Keep the approval.",
        ),
        Goal(
            "It has no more variables than it may.",
            lambda read: 1 <= len(read.pipeline.variables or ()) <= 50,
            "A pipeline takes 50 variables. Leave one of them out.",
        ),
        Goal(
            message("All {tests} tests are still there.", tests=TESTS),
            lambda read: len(_tests(read)) >= TESTS,
            lambda read: message(
                "{count} are left. Run the cell above, and move a test instead of dropping it.",
                count=len(_tests(read)),
            ),
        ),
        Goal("AWS accepts it.", lambda read: not read.errors, _said),
    ),
)


def _far_away(read: Read) -> bool:
    return any(action.region == FAR for action in read.actions("Deploy"))


def _stores(read: Read) -> dict[str, str]:
    return {region: store.location for region, store in read.pipeline.artifact_stores or ()}


REGIONS = Exercise(
    "12-two-regions",
    "Let the shop be deployed in Ireland as well, and give its artifacts a bucket there.",
    _a_structure,
    (
        Goal(
            message("A deployment runs in {far}.", far=FAR),
            _far_away,
            message('Give a Deploy action "region": "{far}".', far=FAR),
        ),
        Goal(
            "Another still runs at home.",
            lambda read: any(action.region in (None, "us-east-1") for action in read.actions("Deploy")),
            "Ireland comes besides: keep the deployment to Beta as it was.",
        ),
        Goal(
            "Each region has a store.",
            lambda read: {"us-east-1", FAR} <= set(_stores(read)),
            message('artifactStores is an object: "us-east-1": {{…}}, "{far}": {{…}}.', far=FAR),
        ),
        Goal(
            "The stores are different buckets.",
            lambda read: len(_stores(read)) > 1 and len(set(_stores(read).values())) == len(_stores(read)),
            "A bucket is in one region. Two regions need two buckets.",
        ),
        Goal(
            "The old artifactStore is gone.",
            lambda read: bool(read.pipeline.stages) and read.pipeline.artifact_store is None,
            'There is one or the other: structure.pop("artifactStore").',
        ),
        Goal("AWS accepts it.", lambda read: not read.errors, _said),
    ),
)


def _a_policy(name: str, answer: object) -> Policy:
    if not isinstance(answer, dict | str):
        raise WrongAnswer(
            message("This check looks at a policy, and it was given {kind}.", kind=kind_of(answer)),
            message('Write the policy as a dict, and hand it over: check("{name}", policy).', name=name),
        )
    try:
        return Policy.read(answer)
    except BadPolicy as wrong:
        raise WrongAnswer(
            message("IAM would not take this policy. {wrong}", wrong=wrong),
            message("Mend it, and check again."),
        ) from wrong


HERE = "arn:aws:codepipeline:us-east-1:123456789012:"
OTHERS = ("shop/Beta/Approve", "shop/Prod/AskAgain", "bank/Prod/Approve")
"""Approvals that are none of the reviewer's business."""


def _answers(policy: Policy, place: str) -> bool:
    return bool(decide(policy, "codepipeline:PutApprovalResult", HERE + place))


def _beyond(policy: Policy) -> list[str]:
    """Which of the other 43 operations it allows, here or on any other pipeline."""
    called = {
        operation
        for pipeline, stage, action in (("shop", "Prod", "Approve"), ("bank", "Beta", "Deploy"))
        for operation in may(policy, pipeline, stage, action)
    }
    return sorted(called - {"PutApprovalResult"})


REVIEWER = Exercise(
    "12-reviewer",
    "Write a policy that allows to answer the approval of Prod in shop, and nothing else.",
    _a_policy,
    (
        Goal(
            "It lets Grace answer the approval of Prod.",
            lambda policy: _answers(policy, "shop/Prod/Approve"),
            message('Allow "codepipeline:PutApprovalResult" on "{here}shop/Prod/Approve".', here=HERE),
        ),
        Goal(
            "Of the 44 operations it allows no other.",
            lambda policy: bool(policy.statements) and not _beyond(policy),
            lambda policy: message(
                "It allows {value}: name one operation only.",
                value=", ".join(_beyond(policy)[:5]) or message("nothing yet"),
            ),
        ),
        Goal(
            "It lets her answer no other approval.",
            lambda policy: bool(policy.statements) and not any(_answers(policy, other) for other in OTHERS),
            "The resource names one action: the pipeline, the stage and the action, and no *.",
        ),
        Goal(
            "It opens no other service.",
            lambda policy: (
                bool(policy.statements)
                and not any(decide(policy, action, "*") for action in ("iam:CreateUser", "s3:GetObject"))
            ),
            "Leave out what is not of codepipeline.",
        ),
    ),
)

LEAST = Exercise(
    "12-least-privilege",
    "Mend the policy of the service role of the demo pipeline: all that it needs, and nothing beyond.",
    _a_policy,
    (
        Goal(
            "Every action has what it needs.",
            lambda policy: not lacking(load_pipeline("demo"), policy),
            lambda policy: "{0.by} lacks {0.action} on {0.resource}.".format(
                lacking(load_pipeline("demo"), policy)[0]
            ),
        ),
        Goal(
            "It allows nothing beyond that.",
            lambda policy: bool(policy.statements) and not excess(load_pipeline("demo"), policy),
            lambda policy: (excess(load_pipeline("demo"), policy) or ["It allows nothing at all yet."])[0],
        ),
    ),
)

EXERCISES = (QUOTAS, REGIONS, REVIEWER, LEAST)
