"""Every kind of command, plan and event has its words in every picture, and every rule is a step of its own.

The tests go over the registries of the engine. A kind that is added there and has no words here turns them red.
"""

import json
from typing import NamedTuple, get_type_hints

import pytest

from cp_teach import ByHand, Pipeline, Refused, Run, Simulated
from cp_teach.course.levels.move_language import move_label, move_text
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.model.failure_plan import PLANS
from cp_teach.engine.model.value_tuple import record
from cp_teach.explore.move_kinds import kind_of_move
from cp_teach.show.offline.move_effects import effects
from cp_teach.show.view import aws_commands
from cp_teach.show.view.moves import from_wire, label_of, outcome, to_wire
from cp_teach.show.view.tables import announce, announcement, status_key
from cp_teach.show.view.view_model import view
from cp_teach.style.status import STATUSES


def guarded(result="FAIL", name="Alarm", block="beforeEntry", provider="CloudWatchAlarm", rules=1):
    """Source and Beta; a condition with that many rules stands at Beta."""
    structure = Pipeline.of("shop", Source="S3", Beta="CodeDeploy", type="V2").to_aws()
    structure["stages"][1][block] = {
        "conditions": [
            {
                "result": result,
                "rules": [
                    {
                        "name": f"{name}{number or ''}",
                        "ruleTypeId": {
                            "category": "Rule",
                            "owner": "AWS",
                            "provider": provider,
                            "version": "1",
                        },
                        "configuration": {"AlarmName": "Errors", "WaitTime": "1"},
                    }
                    for number in range(rules)
                ],
            }
        ]
    }
    return Pipeline.from_aws(structure)


PIPELINE = guarded()
NAMED = {
    "stage": "Beta",
    "action": "CodeDeploy",
    "rule": "Alarm",
    "condition": "BEFORE_ENTRY",
    "mode": c.FAILED_ACTIONS,
    "when": "next",
}


def example(kind, **given):
    """A record of that kind, made of what its fields say they hold."""
    values = {}
    for name, hint in get_type_hints(kind).items():
        plain = {int: 1, str: "words", bool: False, float: 0.5, Pipeline: PIPELINE}
        values[name] = given.get(name, NAMED.get(name, plain.get(hint, ())))
    return kind(**values)


def state():
    run = Run(PIPELINE, ByHand())
    run.release("Fix login")
    return run.state


# -- commands ------------------------------------------------------------------------------------------------
def commands_without_words(kind):
    """What is missing for a kind of command; empty when every picture has its words."""
    missing = []
    command, here = example(kind), state()
    texts = {
        "label": lambda: label_of(here, command),
        "outcome": lambda: outcome(here, command),
        "practice": lambda: move_label(here, command),
        "level": lambda: move_text(command),
        "move": lambda: kind_of_move(command),
        "AWS": lambda: aws_commands.api_call("shop/0", "shop", command).title,
        "wire": lambda: json.dumps(to_wire(command)),
        "sensible": lambda: str(aws_commands.worth_showing(here, command)),
    }
    for name, make in texts.items():
        try:
            text = make()
        except Exception as error:
            missing.append(f"{name}: {error!r}")
        else:
            if not isinstance(text, str) or not text.strip():
                missing.append(f"{name}: {text!r}")
    return missing


@pytest.mark.parametrize("kind", c.COMMAND_KINDS.values(), ids=list(c.COMMAND_KINDS))
def test_every_kind_of_command_has_its_words(kind):
    assert commands_without_words(kind) == []


@pytest.mark.parametrize(
    "kind",
    [kind for kind in c.COMMAND_KINDS.values() if "execution" in kind._fields],
    ids=lambda kind: kind.__name__,
)
def test_what_concerns_an_execution_names_it(kind):
    command, here = example(kind, execution=7), state()
    for text in (label_of(here, command), outcome(here, command), move_label(here, command)):
        assert "#7" in text
    told = aws_commands.api_call("shop/0", "shop", command)
    assert "#7" in told.title


def test_a_retry_says_whether_all_of_the_stage_runs_again():
    some, whole = c.RetryStage(1, "Beta", c.FAILED_ACTIONS), c.RetryStage(1, "Beta", c.ALL_ACTIONS)
    assert label_of(state(), some) == "Retry failed actions #1"
    assert label_of(state(), whole) == "Retry stage #1"


@pytest.mark.parametrize("kind", c.COMMAND_KINDS.values(), ids=list(c.COMMAND_KINDS))
def test_a_command_comes_back_from_the_wire_as_it_was_sent(kind):
    wire = to_wire(example(kind))
    if kind is c.EditPipeline:  # its definition never travels, so no page can ask for it
        with pytest.raises(Refused, match="not a command"):
            from_wire(wire, {})
    else:
        assert to_wire(from_wire(wire, {})) == wire


@pytest.mark.parametrize(
    "wire",
    [None, "StopExecution", [], [[]], [{}], ["StopExecution"], ["FinishRule", 1, "Beta"], ["Stop", 1], {"0": 1},
     ["DeletePipeline", 1], ["FinishAction", 1, "Beta", "CodeDeploy", "", "message"]],
)  # fmt: skip
def test_what_is_no_command_is_refused_with_a_sentence(wire):
    with pytest.raises(Refused, match="not a command of this engine"):
        from_wire(wire, {})
    with pytest.raises(Refused, match="not a command of this engine"):
        from_wire(["StartExecution"], "typed")


def test_a_kind_of_command_without_words_is_found():
    @record
    class PauseExecution(NamedTuple):
        """A command that no picture knows."""

        execution: int

    missing = commands_without_words(PauseExecution)
    assert {each.split(":")[0] for each in missing} >= {"label", "outcome", "AWS", "wire", "level"}


@pytest.mark.parametrize("kind", PLANS.values(), ids=list(PLANS))
def test_every_plan_has_its_words(kind):
    plan = example(kind, stage="Beta")
    entry = Entry(0.0, plan, (), state())
    assert "CodeDeploy in Beta" in announcement(entry)[0]
    assert "CodeDeploy in Beta" in aws_commands.api_call("shop/0", "shop", plan).title


# -- events --------------------------------------------------------------------------------------------------
def events_without_words(kind):
    """What is missing for a kind of event; empty when every picture has its words."""
    missing = []
    event = example(kind)
    for name, make in {
        "key": lambda: STATUSES[status_key(event)].word,
        "sentence": lambda: announce([event])[0],
        "page": lambda: str(effects([event], state())["lines"]),
    }.items():
        try:
            assert make()
        except Exception as error:
            missing.append(f"{name}: {error!r}")
    return missing


@pytest.mark.parametrize("kind", e.EVENT_KINDS.values(), ids=list(e.EVENT_KINDS))
def test_every_kind_of_event_has_its_words(kind):
    assert events_without_words(kind) == []
    assert announce([example(kind)])[0] == str(example(kind))


def test_a_kind_of_event_without_words_is_found():
    @record
    class ExecutionPaused(NamedTuple):
        """An event that no picture knows."""

        execution: int

    assert {each.split(":")[0] for each in events_without_words(ExecutionPaused)} == {
        "key",
        "sentence",
        "page",
    }


def test_a_rule_that_is_not_met_looks_like_a_failure():
    judged = {met: status_key(example(e.RuleEnded, met=met)) for met in (True, False)}
    assert judged == {True: "succeeded", False: "failed"}
    decided = {
        word: status_key(example(e.ConditionEnded, status=word))
        for word in ("Succeeded", "Failed", "Overridden")
    }
    assert decided == {"Succeeded": "succeeded", "Failed": "failed", "Overridden": "none"}


# -- steps ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("unmet", [(), ("Alarm1",)], ids=["met", "not met"])
def test_each_judging_is_a_step_of_its_own_that_says_whose_rule_it_is(unmet):
    run = Run(guarded(rules=3), Simulated({"Alarm": 1, "Alarm1": 2, "Alarm2": 3}, unmet=unmet))
    run.release("Fix login")
    run.step()
    for rule in ("Alarm", "Alarm1", "Alarm2"):
        before = view(run)
        result = "not met" if rule in unmet else "met"
        assert before["step"] == {"next": f"Rule {rule} (stage Beta) {result} - #1"}
        run.step()
        after = view(run)
        assert after["position"] == before["position"] + 1
        assert after["sentence"].startswith(f"Rule {rule} (stage Beta) {result} - #1")
        assert f"Rule {rule} (stage Beta) {result}" in " ".join(line[3] for line in after["log"])
    assert ("failed" in after["sentence"]) is bool(unmet)
    assert after["bad"] is bool(unmet)


def test_a_step_that_will_fail_or_time_out_says_so():
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"), Simulated())
    run.inject("Source", "S3")
    run.inject("Beta", "CodeDeploy", failure="TimedOut")
    run.release("Fix login")
    assert view(run)["step"]["next"] == "Action S3 (stage Source) fails - #1"
    run.step()
    run.retry("Source")
    run.step()
    assert view(run)["step"]["next"] == "Action CodeDeploy (stage Beta) times out - #1"


def test_two_approvals_of_one_stage_have_different_names():
    pipeline = Pipeline.of("shop", Source="S3", Gate="Legal:Manual and Security:Manual")
    run = Run(pipeline, Simulated())
    run.release("Fix login")
    run.settle()
    (row,) = view(run)["reasons"]
    labels = [
        label_of(run.state, c.PutApprovalResult(1, "Gate", name, "Approved"))
        for name in ("Legal", "Security")
    ]
    assert labels == ["Approve #1 at Legal", "Approve #1 at Security"]
    assert len({move["label"] for move in row["moves"]}) == len(row["moves"])


def test_in_the_row_of_a_waiting_execution_a_button_names_the_one_that_it_concerns():
    run = Run(Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy"), Simulated())
    for message in ("One", "Two"):
        run.release(message)
        run.settle()
    rows = {row["n"]: [move["label"] for move in row["moves"]] for row in view(run)["reasons"]}
    assert rows[2][0] == "Approve #1"
