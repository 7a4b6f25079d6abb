"""The table of docs/work.md: for each provider, what a workplace checks, simulates, and really does."""

from __future__ import annotations

from cp_teach.pipeline.catalogs import Provider, catalog
from cp_teach.work.provider_checks.check_data import provider_checks

REAL = {
    ("Source", "CodeCommit"): "a bare git repository on this machine",
    ("Source", "CodeStarSourceConnection"): "a bare git repository on this machine",
    ("Source", "GitHub"): "a bare git repository on this machine",
    ("Source", "S3"): "a folder with the versions of the object",
    ("Build", "CodeBuild"): "the phases of the buildspec, in one shell and in the jail",
    ("Test", "CodeBuild"): "the phases of the buildspec, in one shell and in the jail",
    ("Compute", "Commands"): "the commands, in one shell and in the jail; `files`, and `outputVariables`",
    ("Build", "Commands"): "the commands, in one shell and in the jail; `files`, and `outputVariables`",
    ("Test", "Commands"): "the commands, in one shell and in the jail; `files`, and `outputVariables`",
    ("Deploy", "S3"): "files are copied to a folder",
    ("Deploy", "CodeDeploy"): "every lifecycle event on each instance of a fleet of folders",
    ("Deploy", "CloudFormation"): "stacks and change sets on moto",
    ("Approval", "Manual"): "a person answers",
}
"""(category, provider) -> what is really done."""
JOB_WORKERS = "with a job worker, its jobs are done; the reports of tests are made of the commit, and say so"
KEYS = "the keys of the configuration"
NOT_CALLED = "the provider is not called"
HEAD = ("Action", "Checked", "Really done", "Simulated")


def work_table() -> str:
    """The table in Markdown, one row for each provider of the catalog in each of its categories."""
    rows = [HEAD, ("---",) * len(HEAD)]
    for provider in catalog().providers:
        rows += [_row(category, provider) for category in provider.categories]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _row(category: str, provider: Provider) -> tuple[str, ...]:
    name = f"{category} / {provider.provider}"
    if done := REAL.get((category, provider.provider)):
        return name, "all that the work needs", done, ""
    check = provider_checks().get((category, provider.provider))
    if check is not None:
        return name, check.checked, check.done, check.simulated
    if provider.owner != "AWS":
        return name, KEYS, JOB_WORKERS if category != "Source" else "", f"otherwise, {NOT_CALLED}"
    return name, KEYS, "", NOT_CALLED
