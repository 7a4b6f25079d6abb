"""The view model: what the widget shows, at the moments that people ask about."""

import json
import sys

import pytest

from cp_teach import ByHand, Pipeline, Refused, Run, Simulated, load_pipeline
from cp_teach.engine import Journal, StartExecution, initial_state, step
from cp_teach.show.view.moves import from_wire, to_wire
from cp_teach.show.view.tables import EXECUTIONS, LOG_LINES, clock
from cp_teach.show.view.view_model import view
from cp_teach.style.status import STATUSES


@pytest.fixture
def run():
    return Run(load_pipeline("course-source-build-beta-prod"), Simulated())


def stage(shown, name):
    return next(s for s in shown["stages"] if s["name"] == name)


def action(shown, place, name):
    return next(a for group in stage(shown, place)["groups"] for a in group if a["name"] == name)


def test_an_empty_pipeline_shows_all_its_stages_and_says_what_to_do(run):
    shown = view(run)
    assert [s["name"] for s in shown["stages"]] == ["Source", "Build", "Beta", "Prod"]
    assert {s["status"][1] for s in shown["stages"]} == {"Didn't Run"}
    assert "Release a change" in shown["sentence"]
    assert shown["step"]["no"] == "No execution is in progress. Release a change."
    assert "nothing to undo" in shown["undo"]["no"]
    assert "no" not in shown["release"]


def test_a_view_is_plain_json(run):
    run.release("Fix login")
    run.settle()
    assert json.loads(json.dumps(view(run))) == view(run)


def test_a_running_action_tells_its_progress_and_who_is_inside(run):
    run.release("Fix login")
    run.step()
    run.advance(minutes=1)
    shown = view(run)
    compile_ = action(shown, "Build", "Compile")
    assert compile_["status"][1] == "In progress"
    assert compile_["progress"] == pytest.approx(1 / 3, abs=0.001)
    assert stage(shown, "Build")["inside"] == {"n": 1, "message": "Fix login"}
    assert shown["step"] == {"next": "Action Compile (stage Build) succeeds - #1"}
    assert shown["clock"] == "0:01:12"


def test_run_order_groups_stand_together(run):
    names = [[a["name"] for a in group] for group in stage(view(run), "Build")["groups"]]
    assert names == [["Compile"], ["UnitTests", "Lint"]]


def test_a_disabled_transition_holds_the_revision_and_says_why_and_what_helps(run):
    run.disable("Beta", reason="demo at 10")
    run.release("Fix login")
    run.settle()
    shown = view(run)
    door = stage(shown, "Beta")["door"]
    assert (door["on"], door["reason"]) == (False, "demo at 10")
    assert door["waiting"] == [{"n": 1, "message": "Fix login"}]
    assert door["toggle"]["command"] == ["EnableTransition", "Beta"]
    (reason,) = shown["reasons"]
    assert "because the transition is disabled" in reason["text"]
    assert reason["moves"][0]["label"] == "Enable transition into Beta"


def test_what_was_superseded_stands_at_the_door_until_its_heir_enters(run):
    run.disable("Beta")
    for message in ("One", "Two", "Three", "Four"):
        run.release(message)
        run.settle()
    shown = view(run)
    door = stage(shown, "Beta")["door"]
    assert [chip["n"] for chip in door["waiting"]] == [4]
    assert [(chip["n"], chip["by"]) for chip in door["gone"]] == [(3, 4), (2, 3)]
    assert door["more"] == 1
    row = next(x for x in shown["executions"] if x["n"] == 2)
    assert row["status"][1] == "Superseded"
    assert row["cells"][2][1] == "Superseded by #3"
    run.enable("Beta")
    assert "gone" not in stage(view(run), "Beta")["door"]
    run.settle()
    assert stage(view(run), "Beta")["delivered"] == {"n": 4, "message": "Four"}


def test_a_pending_approval_offers_both_answers(run):
    run.release("Fix login")
    run.settle()
    shown = view(run)
    gate = action(shown, "Prod", "Approve")
    assert (gate["status"][1], stage(shown, "Prod")["status"][1]) == ("Waiting for approval", "Waiting")
    (review,) = gate["reviews"]
    assert (review["n"], review["label"]) == (1, "Review #1")
    assert [m["label"] for m in review["moves"]] == ["Approve #1", "Reject #1"]
    assert all("no" not in m for m in review["moves"])
    assert review["artifacts"] == [a for s in run.pipeline["Prod"].actions for a in s.input_names]
    assert review["details"] == run.pipeline["Prod"]["Approve"].settings["CustomData"]
    assert not {"link", "required"} & review.keys()


def test_a_failure_says_what_failed_and_offers_a_retry(run):
    run.inject("Build", "UnitTests", message="3 of 41 tests failed")
    assert action(view(run), "Build", "UnitTests")["planned"] == "fails at its next run (JobFailed)"
    run.release("Broken")
    run.settle()
    shown = view(run)
    assert action(shown, "Build", "UnitTests")["note"] == "JobFailed: 3 of 41 tests failed"
    assert "planned" not in action(shown, "Build", "UnitTests")
    assert stage(shown, "Build")["status"][1] == "Failed"
    assert [m for m in stage(shown, "Build")["retry"] if "no" in m] == []
    assert shown["bad"] is True
    run.retry("Build")
    assert action(view(run), "Build", "UnitTests")["attempt"] == 2


def test_what_is_refused_says_why_in_the_engines_words(run):
    run.release("Fix login")
    move = stage(view(run), "Source")["retry"][0]
    with pytest.raises(Refused) as refused:
        run.do(from_wire(move["command"], {}))
    assert move["no"] == str(refused.value)


def test_a_stopping_and_a_stopped_execution(run):
    run.release("Fix login")
    run.step()
    run.stop(1)
    assert stage(view(run), "Build")["status"][1:] == ["Stopping", "◧"]
    run.settle()
    shown = view(run)
    assert stage(shown, "Build")["status"][1] == "Stopped"
    assert shown["executions"][0]["status"][1] == "Stopped"


def test_a_deleted_pipeline_refuses_everything_with_its_reason(run):
    run.release("Fix login")
    run.delete()
    shown = view(run)
    assert shown["deleted"]
    assert "is deleted" in shown["release"]["no"]
    assert "is deleted" in shown["inject"]["no"]


def test_undo_brings_back_the_picture_of_that_moment(run):
    run.release("Fix login")
    before = view(run)
    run.step()
    run.undo()
    after = view(run)
    assert after["total"] == before["total"] + 1
    assert "no" in before["redo"]
    assert after["redo"] == {}
    for key in ("stages", "log", "executions", "sentence", "clock"):
        assert after[key] == before[key]


def test_work_done_by_hand_is_offered_by_hand_and_no_plan_is():
    run = Run(load_pipeline("course-source-build-beta-prod"), ByHand())
    run.release("Fix login")
    shown = view(run)
    assert action(shown, "Source", "Source")["by_hand"]
    assert "by hand here" in shown["inject"]["no"]


def test_artifacts_have_their_key_and_the_revision_they_come_from(run):
    run.release("Fix login")
    run.settle()
    made = view(run)["artifacts"]["1"]
    keys = {a.key(run.id, run.pipeline.name) for a in run.history.artifacts(1)}
    assert {a["key"] for a in made} == keys
    assert all(a["from"].endswith("Fix login") for a in made)


def test_long_journals_are_cut_and_the_view_says_how_much_is_missing(run):
    for number in range(EXECUTIONS + 3):
        run.release(f"Change {number}")
        run.settle()
    shown = view(run)
    assert len(shown["log"]) == LOG_LINES
    assert shown["more_log"] + LOG_LINES == len(run.events())
    assert shown["log"][-1][3] == run.events().iloc[-1].sentence
    assert [x["n"] for x in shown["executions"]] == list(range(EXECUTIONS + 3, 3, -1))
    assert shown["more_executions"] == 3


def test_anything_with_a_state_and_a_journal_can_be_seen(run):
    class Bare:
        def __init__(self, pipeline):
            self.journal = Journal(pipeline)
            command = StartExecution()
            state, events = step(initial_state(pipeline), command)
            self.journal.append(0, command, events, state)

        @property
        def state(self):
            return self.journal.state

    shown = view(Bare(run.pipeline))
    assert stage(shown, "Source")["inside"]["n"] == 1
    assert action(shown, "Source", "Source")["by_hand"]
    assert {"step", "undo", "inject"} & shown.keys() == set()


@pytest.mark.parametrize("seconds", [0, 59.6, 3661, 90061])
def test_the_clock(seconds):
    told = {0: "0:00:00", 59.6: "0:01:00", 3661: "1:01:01", 90061: "1 d 1:01:01"}
    assert clock(seconds) == told[seconds]


def test_every_command_survives_the_wire(run):
    run.release("Fix login")
    run.settle()
    commands = [c for c in run.legal() if type(c).__name__ != "EditPipeline"]  # nobody types one in a form
    assert len({type(c).__name__ for c in commands}) >= 5
    for command in commands:
        wire = json.loads(json.dumps(to_wire(command)))
        assert to_wire(from_wire(wire, {})) == wire
        assert type(from_wire(wire, {})) is type(command)


def test_what_is_typed_goes_into_the_command_and_nothing_else_does():
    command = from_wire(
        ["PutApprovalResult", 1, "Prod", "Approve", "Approved"], {"summary": "fine", "x": "y"}
    )
    assert command.summary == "fine"
    assert from_wire(["DisableTransition", "Beta"], {"reason": "  "}).reason == "Disabled by hand."
    with pytest.raises(Refused, match="not a command"):
        from_wire(["Explode"], {})
    with pytest.raises(Refused, match="not a command"):
        from_wire([], {})


def test_every_status_in_a_view_is_one_of_look(run):
    run.release("Fix login")
    run.settle()
    shown = view(run)
    found = [s["status"] for s in shown["stages"]] + [x["status"] for x in shown["executions"]]
    found += [a["status"] for s in shown["stages"] for group in s["groups"] for a in group]
    assert {key for key, _, _ in found} <= set(STATUSES)


def steps(act):
    """How many instructions Python carries out for it: the same on a busy machine."""
    count, before = 0, sys.gettrace()

    def follow(frame, event, arg):
        nonlocal count
        frame.f_trace_opcodes = True
        count += event == "opcode"
        return follow

    sys.settrace(follow)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


def test_a_view_of_a_long_run_takes_no_longer_than_one_of_a_short_run(run):
    def released(times):
        for number in range(times):
            run.release(f"Change {number}")
            run.settle()
        view(run)
        return steps(lambda: view(run))

    short = released(30)
    assert 1000 < released(250) < 3 * short


def guarded():
    rule = {
        "name": "OfficeHours",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "DeploymentWindow", "version": "1"},
        "configuration": {"Cron": "* * 9-17 ? * MON-FRI *"},
    }
    structure = Pipeline.of("shop", Source="S3", Beta="CodeDeploy", type="V2").to_aws()
    structure["stages"][1]["beforeEntry"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    return Pipeline.from_aws(structure)


def test_a_stage_condition_shows_its_rules_and_what_can_be_done_about_them():
    run = Run(guarded(), ByHand())
    (condition,) = stage(view(run), "Beta")["conditions"]
    assert (condition["name"], condition["result"]) == ("Entry condition", "Fail")
    assert condition["rules"][0]["status"][1] == "Didn't Run"
    assert "conditions" not in stage(view(run), "Source")
    run.release("Blue button")
    run.succeed("Source")
    (condition,) = stage(view(run), "Beta")["conditions"]
    assert condition["rules"][0]["status"][1] == "In progress"
    assert "overrides" not in condition
    run.do(from_wire(condition["rules"][0]["moves"][1]["command"], {}))  # not met
    (condition,) = stage(view(run), "Beta")["conditions"]
    assert condition["rules"][0]["status"][:2] == ["failed", "Not met"]
    (override,) = condition["overrides"]
    assert override["label"] == "Override #1"
    run.do(from_wire(override["command"], {}))
    assert action(view(run), "Beta", "CodeDeploy")["status"][1] == "In progress"


def test_all_that_are_in_a_stage_of_a_parallel_pipeline_are_shown():
    run = Run(Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy", mode="PARALLEL"), Simulated())
    for message in ("One", "Two", "Three"):
        run.release(message)
        run.settle()
    shown = stage(view(run), "Prod")
    assert shown["inside"]["n"] == 3
    assert [chip["n"] for chip in shown["also"]] == [2, 1]

    # Each has its own buttons: to answer, and, when it was rejected, to retry.
    reviews = action(view(run), "Prod", "Approve")["reviews"]
    assert [review["label"] for review in reviews] == ["Review #3", "Review #2", "Review #1"]
    run.do(from_wire(reviews[1]["moves"][1]["command"], {}))
    shown = stage(view(run), "Prod")
    retries = [m["label"] for m in shown["retry"] if "no" not in m]
    assert retries == ["Retry failed actions #2", "Retry stage #2"]


def test_an_action_that_came_with_an_edit_has_not_run_for_who_was_inside_before():
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"), ByHand())
    run.release("Fix login")
    run.succeed("Source")
    run.fail("Beta")
    run.edit(Pipeline.of("shop", Source="S3", Beta="CodeDeploy then Check:Manual"))
    shown = view(run)
    assert stage(shown, "Beta")["inside"] == {"n": 1, "message": "Fix login"}
    assert action(shown, "Beta", "CodeDeploy")["status"][1] == "Failed"
    assert action(shown, "Beta", "Check")["status"][1] == "Didn't Run"


def test_before_an_act_in_the_past_the_console_says_that_it_starts_a_branch(run):
    run.release("Fix login")
    run.settle()
    assert view(run)["branches"] == {
        "names": [[1, f"branch 1, {run.journal.total} steps"]],
        "current": 1,
        "total": 1,
    }
    run.undo(2)
    assert view(run)["branches"]["acting"] == (
        "Acting here starts a new branch; the 2 later steps stay as branch 1."
    )
    run.redo()
    assert "the later step stays as branch 1." in view(run)["branches"]["acting"]
    run.disable("Prod", reason="Demo")
    shown = view(run)["branches"]
    assert shown["current"] == 2
    assert shown["names"][1] == [2, f"branch 2, from step {run.journal.total - 1}, 1 step"]
    assert "acting" not in shown
