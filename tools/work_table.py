"""Write the table of providers in docs/work.md from ``cp_teach/work/provider_checks/checks.toml``.

``python tools/work_table.py`` rewrites the part of the file between the two markers; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from cp_teach.pipeline.catalogs import Provider, catalog
from cp_teach.work.provider_checks.check_data import provider_checks
from cp_teach.work.simulation.simulated_tests import PROVIDERS

PAGE = Path(__file__).parents[1] / "docs" / "work.md"
BEGIN = "<!-- table: written by tools/work_table.py -->\n"
END = "<!-- end of the table -->\n"

WORK = "what the work itself needs"
REAL = {
    "Source / CodeCommit": "a bare git repository on this machine",
    "Source / CodeStarSourceConnection": "a bare git repository on this machine",
    "Source / GitHub": "a bare git repository on this machine",
    "Source / S3": "a folder with the versions of the object",
    "Build / CodeBuild": "the phases of the buildspec run in one shell, in the jail",
    "Test / CodeBuild": "the phases of the buildspec run in one shell, in the jail",
    "Compute / Commands": "the commands run in one shell, in the jail; `files` and `outputVariables` are kept",
    "Deploy / S3": "files are copied to a folder",
    "Deploy / CodeDeploy": "every lifecycle event runs on each instance, which is a folder",
    "Deploy / CloudFormation": "stacks and change sets are made on moto",
    "Approval / Manual": "a person answers",
}
"""Action -> what is really done."""
HEAD = ("Action", "Checked", "Really done", "Simulated")
PARTNER_TEST = (
    "the limits in the configuration",
    "a report is written; behind AWS's API, a job worker asks for the job and answers",
    "the numbers, which are made of the commit",
)
CUSTOM = (
    "nothing",
    "with a command (`--jenkins`), the command runs in the jail; behind AWS's API, your own worker does the job",
    "otherwise, the provider is not called",
)
PARTNER = (
    "nothing",
    "behind AWS's API, your own worker does the job",
    "otherwise, the provider is not called",
)


def work_table() -> str:
    """The table in Markdown. Actions of which the same is true share a row."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for provider in catalog().providers:
        for category in provider.categories:
            name = f"{category} / {provider.provider}"
            rows.setdefault(_columns(name, category, provider), []).append(name)
    lines = [HEAD, ("---",) * len(HEAD), *((", ".join(names), *columns) for columns, names in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _columns(name: str, category: str, provider: Provider) -> tuple[str, ...]:
    """What is checked, really done, and simulated."""
    if name in REAL:
        return WORK, REAL[name], ""
    check = provider_checks().get((category, provider.provider))
    if check is not None:
        return check.checked, check.done, check.simulated
    if provider.provider in PROVIDERS:
        return PARTNER_TEST
    if provider.owner == "Custom":
        return CUSTOM
    if provider.owner == "ThirdParty":
        return PARTNER
    return "that the required keys are there", "", "the provider is not called"


def written(page: str) -> str:
    """The page with the table of today between its markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{work_table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
