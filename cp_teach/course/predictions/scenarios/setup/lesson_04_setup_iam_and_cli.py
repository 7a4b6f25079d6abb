"""The truths of the questions of notebook 04, each from a scenario that is played."""

from cp_teach.aws import spare_account
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


TRUTHS = {
    "04-wrong-role": _wrong_role,
    "04-no-permissions": _no_permissions,
    "04-regions-of-the-course": _elsewhere,
}
