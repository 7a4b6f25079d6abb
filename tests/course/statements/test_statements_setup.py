"""Statements of the course: the policy, and the AWS CLI. The cells of notebook 04 are run as a student runs them."""

import json
import re
import subprocess

import nbformat
import notebook_runs as runs
import pytest

from cp_teach import resources

NOTEBOOK = next(resources.notebooks().glob("04_*.ipynb"))


def cells():
    return {cell.id: cell for cell in nbformat.read(NOTEBOOK, as_version=4).cells}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the cells print, by their ids."""
    run = runs.execute(runs.both_editions(runs.read(NOTEBOOK)), tmp_path_factory)
    return {cell.id: runs.shown(cell) for cell in runs.code(run)}


def typed(cell, language):
    """What a cell says to type, line by line."""
    blocks = re.findall(rf"```{language}\n(.*?)```", cells()[cell].source, flags=re.DOTALL)
    return [block.splitlines() for block in blocks]


@pytest.mark.parametrize("who", ["ada (a user)", "builders (a role)"])
def test_the_policy_of_full_access_is_attached_to(told, who):
    assert f"{who} ['AWSCodePipeline_FullAccess']" in told["04-policies-who"].splitlines()


@pytest.mark.parametrize("who", ["user", "role"])
def test_in_the_course_the_policy_had_its_old_name_for_a(course, who):
    from cp_teach.aws.account.managed_policies import add_managed_policies

    add_managed_policies("123456789012", "course")
    iam = course.client("iam")
    iam.create_user(UserName="ada")
    assert course.role.endswith("role/service")
    name = {"user": "ada", "role": "service"}[who]
    arn = "arn:aws:iam::aws:policy/AWSCodePipelineFullAccess"
    getattr(iam, f"attach_{who}_policy")(**{f"{who.title()}Name": name, "PolicyArn": arn})
    (attached,) = getattr(iam, f"list_attached_{who}_policies")(**{f"{who.title()}Name": name})[
        "AttachedPolicies"
    ]
    assert attached["PolicyName"] == "AWSCodePipelineFullAccess"


def test_the_cli_is_installed(told):
    assert re.match(r"aws-cli/\d+\.\d+", told["04-cli-version"])


def test_the_cli_is_configured_and_reaches_the_service(told):
    """The four answers to `aws configure` are kept under a profile, and with it the real CLI is answered."""
    assert told["04-configure-profile"] == "0\n"
    region, pipelines = told["04-configure-who"].split("\n", 1)
    assert region == "us-west-2"
    assert json.loads(pipelines) == {"pipelines": []}


def test_who_has_the_cli_already_needs_no_lesson(told):
    """The commands of this notebook work without any of the lessons: no cell between installs anything."""
    between = [cell for cell in cells().values() if cell.cell_type == "code" and "install" in cell.source]
    assert between == []
    assert told["04-cli-version"].startswith("aws-cli/")
    assert "`aws --version` tells" in cells()["04-cli"].source


def test_who_skipped_ahead_finds_the_lesson_of_each_system_next():
    order = [name for name, cell in cells().items() if cell.cell_type == "markdown"]
    at = order.index("04-cli")
    assert order[at + 1 : at + 4] == ["04-cli-unix", "04-cli-windows", "04-configure"]
    headings = [
        re.search(r"^### (.*)$", cells()[name].source, re.MULTILINE) for name in order[at + 1 : at + 3]
    ]
    assert [found.group(1) for found in headings] == [
        "The lesson for Linux and OS X",
        "The lesson for Windows",
    ]


INSTALLED = {
    "Linux": ("awscli-exe-linux-x86_64.zip", "sudo ./aws/install"),
    "OS X": ("AWSCLIV2.pkg", "sudo installer -pkg AWSCLIV2.pkg -target /"),
}


@pytest.mark.parametrize("system", ["Linux", "OS X"])
def test_the_lesson_says_what_to_type_on(system):
    (lines,) = [block for block in typed("04-cli-unix", "bash") if INSTALLED[system][1] in block]
    fetched = re.fullmatch(r'curl "https://awscli\.amazonaws\.com/(\S+)" -o "(\S+)"', lines[0])
    assert fetched.group(1) == INSTALLED[system][0]
    assert any(fetched.group(2) in line for line in lines[1:]), "what was fetched is what is installed"
    assert lines[-1] == "aws --version"
    subprocess.run(["bash", "-n"], input="\n".join(lines), text=True, check=True)


WINDOWS = {
    "Git": ["winget install --id Git.Git -e --source winget", "git --version"],
    "the AWS CLI": ["msiexec.exe /i https://awscli.amazonaws.com/AWSCLIV2.msi", "aws --version"],
}


@pytest.mark.parametrize("tool", ["Git", "the AWS CLI"])
def test_on_windows_the_lesson_says_what_to_type_for(tool):
    blocks = typed("04-cli-windows", "powershell")
    assert WINDOWS[tool] in blocks
    assert blocks == list(WINDOWS.values()), "Git comes first, and nothing else is asked for"
