"""The questions of notebook 04: roles, policies and the words of errors."""

from cp_teach.aws import spare_account
from cp_teach.course.predictions.question import Question
from cp_teach.pipeline import Pipeline, catalog


def _shop(role: str) -> dict[str, object]:
    return {**Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy").to_aws(), "roleArn": role}


def _wrong_role() -> str:
    account = spare_account()
    code = account.error("CreatePipeline", pipeline=_shop(account.role("s3.amazonaws.com")))
    return {
        "InvalidStructureException": "InvalidStructureException: the structure is not right.",
        "AccessDenied": "AccessDenied: the role may not do this.",
    }[code]


def _no_permissions() -> str:
    account = spare_account()
    code = account.error("CreatePipeline", pipeline=_shop(account.role()))
    return {"": "It is created.", "InvalidStructureException": "It is refused: the role may do nothing."}[
        code
    ]


def _elsewhere() -> str:
    return {3: "In three regions.", 20: "In twenty."}[len(catalog("course").regions)]


QUESTIONS = (
    Question(
        "04-wrong-role",
        "The service role exists, but its trust policy names S3 in the place of CodePipeline. What does "
        "create-pipeline answer?",
        {
            "AccessDenied: the role may not do this.": "That would be about what the role may do, once it is assumed.",
            "InvalidStructureException: the structure is not right.": "A role that cannot be assumed is reported as "
            "a fault of the structure, not as one of IAM.",
            "Nothing: it fails when the first action runs.": "The role is looked at when the pipeline is created.",
        },
        _wrong_role,
    ),
    Question(
        "04-no-permissions",
        "The role can be assumed, but it has no permissions at all. What does create-pipeline answer?",
        {
            "It is created.": "Permissions are only looked at when an action runs; that action then fails with "
            "PermissionError.",
            "It is refused: the role may do nothing.": "Only the trust policy is looked at now.",
            "It is created with its transitions disabled.": "Transitions are enabled from the beginning.",
        },
        _no_permissions,
    ),
    Question(
        "04-regions-of-the-course",
        "In how many regions was CodePipeline when the course was made?",
        {
            "In one.": "It began in us-east-1, and two more had followed.",
            "In three regions.": 'us-east-1, us-west-2 and eu-west-1. The edition "course" knows no other.',
            "In twenty.": "Twenty was the number of pipelines in an account.",
        },
        _elsewhere,
    ),
)
