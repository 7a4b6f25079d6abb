"""What "View details" shows of an action, an execution, and a stage, and what a page is answered that asks for it."""

from __future__ import annotations

import json

import pytest

from cp_teach import Console, Pipeline, Run, Simulated
from cp_teach.engine import ByHand, Refused, Revision, StartExecution
from cp_teach.show.view.details import Subject, details, span


def facts(run, *of):
    """The details as heading -> name -> value."""
    found = details(Subject(run.id, run.state, run.journal, run.history, run.now), list(of))
    return found, {group["title"]: dict(group["rows"]) for group in found["groups"]}


@pytest.fixture
def run():
    structure = Pipeline.of(
        "shop", Source="CodeCommit", Beta="CodeDeploy", Prod="Manual then CodeDeploy", type="V2"
    )
    declaration = structure.to_aws()
    declaration["stages"][0]["actions"][0]["namespace"] = "Commit"
    deploy = declaration["stages"][1]["actions"][0]
    deploy["configuration"]["ApplicationName"] = "shop-#{Commit.BranchName}"
    deploy["timeoutInMinutes"] = 90
    run = Run(Pipeline.from_aws(declaration), Simulated())
    run.release("Fix login")
    run.settle()
    return run


def test_an_action_shows_its_configuration_with_the_values_that_it_had(run):
    found, groups = facts(run, "action", "Beta", "CodeDeploy")
    assert found["title"] == "CodeDeploy in Beta"
    assert groups["Action"]["Time limit"] == "1 h 30 min"
    branch = run.pipeline["Source"]["CodeCommit"].settings["BranchName"]
    assert groups["Configuration"]["ApplicationName"] == f"shop-#{{Commit.BranchName}} = shop-{branch}"
    newest = groups["Newest run"]
    assert (newest["Status"], newest["Execution"], newest["Attempt"]) == ("Succeeded", "#1", "1")
    row = run.history.latest["Beta", "CodeDeploy"]
    assert newest["Duration"] == span(row.ended - row.started)
    (artifact,) = row.inputs
    assert artifact.key(run.id, "shop") in groups["Input artifacts"][artifact.name]
    assert [line.split("  ", 1)[1] for line in found["log"]] == [
        "Action CodeDeploy (stage Beta) started - #1.",
        f"Action CodeDeploy (stage Beta) succeeded - #1{f': “{row.message}”' if row.message else '.'}",
    ]


def test_a_source_shows_its_output_variables_and_its_artifacts(run):
    _, groups = facts(run, "action", "Source", "CodeCommit")
    assert groups["Output variables"]["CommitMessage"] == "Fix login"
    assert groups["Output artifacts"]
    assert "Input artifacts" not in groups


def test_an_action_that_has_not_run_shows_its_definition(run):
    _, groups = facts(run, "action", "Prod", "CodeDeploy")
    assert "Newest run" not in groups
    assert groups["Action"]["Run order"] == "2"
    _, waiting = facts(run, "action", "Prod", "Approve")
    assert waiting["Newest run"]["Duration"].endswith("so far")
    assert "Ended" not in waiting["Newest run"]


def test_an_execution_shows_its_trigger_revisions_and_where_it_has_been(run):
    run.do(StartExecution((Revision("CodeCommit", "abc1234", "Second"),), trigger="Webhook"))
    found, groups = facts(run, "execution", 2)
    assert found["title"] == "Execution #2"
    assert groups["Execution"]["Trigger"] == "Webhook"
    assert groups["Execution"]["Type"] == "Standard"
    assert groups["Source revisions"] == {"CodeCommit": "abc1234 Second"}
    _, first = facts(run, "execution", 1)
    assert first["Stages"] == {"Source": "Succeeded", "Beta": "Succeeded", "Prod": "In progress"}
    assert first["Action runs"]["CodeDeploy in Beta"].startswith("Succeeded, ")
    run.approve()
    run.settle()
    run.release("Third")
    run.settle()
    run.rollback("Beta", 1)
    _, rollback = facts(run, "execution", run.state.newest)
    assert rollback["Execution"]["Type"] == "Rollback to #1"


def test_a_stage_shows_its_transition_and_what_it_has(run):
    run.disable("Beta", reason="Freeze")
    _, groups = facts(run, "stage", "Beta")
    assert groups["Transition"]["Inbound transition"] == "Disabled"
    assert groups["Transition"]["Reason"] == "Freeze"
    assert groups["Stage"]["Last succeeded"].endswith("Fix login")
    assert groups["Actions"]["CodeDeploy"] == "Deploy/AWS/CodeDeploy, run order 1"
    _, prod = facts(run, "stage", "Prod")
    assert prod["Stage"]["Locked by"] == "#1"
    assert prod["Transition"] == {"Inbound transition": "Enabled"}


@pytest.mark.parametrize(
    "of",
    [
        ["execution", 9], ["execution", True], ["execution", "1"], ["stage", "Nowhere"], ["stage", 3],
        ["action", "Beta", "Nothing"], ["action", "Nowhere", "CodeDeploy"], ["action", "Beta"], ["planet", 1], [], None,
        "stage", [["stage"], 1],
    ],
    ids=repr,
)  # fmt: skip
def test_what_is_not_there_is_refused_in_words(run, of):
    with pytest.raises(Refused) as refused:
        details(Subject(run.id, run.state, run.journal, run.history, run.now), of)
    assert str(refused.value).endswith(".")


def asked(console, **message):
    """What the console answers to a page that asks."""
    sent = []
    console.send = lambda content, buffers=None: sent.append(content)
    console._on_message(None, {"id": "q1", **message}, None)
    (answer,) = sent
    assert answer["id"] == "q1"
    return json.loads(json.dumps(answer))


def test_a_question_is_answered_to_the_page_and_changes_nothing(run, tmp_path):
    console = Console(run)
    before = (run.journal.total, console.view.get("said", None))
    assert asked(console, act="details", of=["stage", "Beta"])["details"]["title"] == "Stage Beta"
    assert "no action" in asked(console, act="details", of=["action", "Beta", "X"])["refused"]
    file = asked(console, act="save")
    assert file["name"] == f"shop-step-{run.journal.position}.json"
    path = tmp_path / file["name"]
    path.write_text(file["text"], encoding="utf-8")
    assert Run.load(path).state == run.state
    assert (run.journal.total, console.view.get("said")) == before


def test_branches_are_switched_and_compared_from_the_console(run):
    console = Console(run)
    run.undo()
    run.disable("Prod", reason="Demo")
    compared = asked(console, act="compare", first=1, second=2)["details"]
    assert compared["title"] == "Branch 1 and branch 2"
    assert next(group["heads"] for group in compared["groups"]) == ["", "Branch 1", "Branch 2"]
    states = {row[0]: row[1:] for group in compared["groups"] for row in group["rows"]}
    assert states["Execution 1"] == ["In progress in Prod", "In progress in Beta"]
    assert "There is no branch 7" in asked(console, act="compare", first=1, second=7)["refused"]
    console.ask({"act": "branch", "to": 1})
    assert console.view["branches"]["current"] == 1
    assert run.journal.position == run.journal.total
    console.ask({"act": "branch", "to": "x"})
    assert "must be a whole number" in console.view["notice"]["text"]


def test_an_error_in_the_details_is_one_sentence(run, monkeypatch):
    console = Console(run)
    monkeypatch.setattr("cp_teach.show.console.questions.details", lambda *_: 1 / 0)
    assert asked(console, act="details", of=["stage", "Beta"])["refused"].startswith("The details could not")


def test_a_run_by_hand_without_a_past_has_details():
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"), ByHand())
    found, groups = facts(run, "stage", "Source")
    assert found["title"] == "Stage Source"
    assert groups["Actions"]
    assert span(0) == "0 s"
    assert span(90061) == "1 d 1 h"
