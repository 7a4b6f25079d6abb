"""Every pipeline of the kit and every kind of rule is walked through a console, step by step, there and back.

With CP_TEACH_PROVE=1 every combination of rule, condition, result and mode is walked, and more moments are looked at.
"""

import json
import logging
import os

import pytest
from packed_recordings import unpack

from cp_teach import Console, InvalidPipeline, Pipeline, Run, Simulated, load_pipeline
from cp_teach.resources import data
from cp_teach.show.diagrams import static_html
from cp_teach.show.offline import recording
from cp_teach.show.view.view_model import view

PROVE = os.environ.get("CP_TEACH_PROVE") == "1"
STATES = 4000 if PROVE else 300
"""How many states the graph of a page may have."""

CONFIGURATIONS = {
    "DeploymentWindow": {"Cron": "* * 9-17 ? * MON-FRI *"},
    "VariableCheck": {"Variable": "#{variables.LEVEL}", "Value": "full", "Operator": "EQ"},
    "CloudWatchAlarm": {"AlarmName": "Errors", "WaitTime": "1"},
    "LambdaInvoke": {"FunctionName": "judge"},
    "Commands": {},
    "CodeBuild": {"ProjectName": "judge"},
}
RESULTS = {
    "beforeEntry": ("FAIL", "SKIP"),
    "onSuccess": ("FAIL", "ROLLBACK"),
    "onFailure": ("ROLLBACK", "RETRY"),
}
MODES = ("SUPERSEDED", "QUEUED", "PARALLEL")


def guarded(provider, block, result, mode):
    """A pipeline whose middle stage has that rule; None where AWS takes no such pipeline."""
    structure = Pipeline.of(
        "shop",
        Source="S3",
        Build="CodeBuild",
        Beta="CodeDeploy then Manual",
        Prod="CodeDeploy",
        mode=mode,
        type="V2",
        variables={"LEVEL": "full"},
    ).to_aws()
    rule = {
        "name": "Judge",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": CONFIGURATIONS[provider],
    }
    if provider == "Commands":
        rule["commands"] = ["make check"]
    if provider in ("Commands", "CodeBuild"):
        rule["inputArtifacts"] = [{"name": "SourceOutput"}]
    condition = {"rules": [rule], "result": result}
    structure["stages"][2][block] = {"conditions": [condition]}
    try:
        return Pipeline.from_aws(structure)
    except InvalidPipeline:
        return None


COMBINATIONS = [
    (provider, block, result, mode)
    for provider in CONFIGURATIONS
    for block, results in RESULTS.items()
    for result in results
    for mode in MODES
    if guarded(provider, block, result, mode) is not None
]
"""What AWS takes of all of them."""


def few():
    """Every condition with every result in every mode; the rules take turns."""
    seen = {}
    for combination in COMBINATIONS:
        seen.setdefault(combination[1:], []).append(combination)
    return [choices[number % len(choices)] for number, choices in enumerate(seen.values())]


def act(console, message):
    """Do it in the console, which must have drawn everything afterwards."""
    console.ask(message)
    assert "fault" not in console.view, console.view["fault"]
    if "notice" in console.view:
        assert console.view["notice"]["error"] != "InternalFailure", console.view["notice"]


def offered(console):
    """The moves that the picture offers for what is under way: answers, endings, retries, overrides."""

    def walk(part):
        if isinstance(part, dict):
            if "command" in part and "no" not in part:
                yield part["command"]
            for item in part.values():
                yield from walk(item)
        elif isinstance(part, list):
            for item in part:
                yield from walk(item)

    wanted = ("PutApprovalResult", "OverrideCondition", "RetryStage", "RollbackStage")
    return [
        command for command in walk([console.view["stages"], console.view["reasons"]]) if command[0] in wanted
    ]


def walk(console, moves=60):
    """Two changes through the pipeline: steps while there are any, else the first act that is offered."""
    for number in range(2):
        act(console, {"act": "do", "command": ["StartExecution"], "with": {"message": f"Change {number}"}})
        done = set()
        for _ in range(moves):
            if "no" not in console.view.get("step", {"no": ""}):
                following, before = console.view["step"]["next"], console.position
                act(console, {"act": "step"})
                assert console.position > before
                assert following
                continue
            fresh = [command for command in offered(console) if str(command) not in done]
            if not fresh:
                break
            done.add(str(fresh[0]))
            act(console, {"act": "do", "command": fresh[0], "with": {"summary": "Fine"}})


def look_back(console):
    """The picture at every past moment, in the console, as a still page and in a recording, and the page's graph."""
    run = console.run
    last = run.journal.total
    pictures = recording.views(run, run.journal.copy(last))
    assert not [picture["fault"] for picture in pictures if "fault" in picture]
    for moment in range(last, -1, -1 if PROVE else -max(1, last // 4)):  # the recording has seen all of them
        act(console, {"act": "jump", "to": moment})
        assert console.view["position"] == moment
        assert f"Console of {run.pipeline.name}" in static_html.text(console.view)
        assert "still picture" in static_html.html({**console.view, "work": console.work})
        json.dumps(console.view)
    act(console, {"act": "jump", "to": last})
    bundle, _ = console._repr_mimebundle_()
    assert {"text/plain", "text/html", "image/svg+xml"} <= bundle.keys()


def carried(run, monkeypatch):
    """What an exported page takes along of this run."""
    monkeypatch.setenv(recording.SWITCH, "1")
    monkeypatch.setenv(recording.MOST, str(STATES))
    monkeypatch.setattr(recording, "_displays", [])
    recording.display_data(run)
    return json.loads(json.dumps(recording.recordings()))


@pytest.fixture
def walked(caplog):
    """Walks a run through a console; no picture may have had a fault."""

    def make(run):
        console = Console(run)
        walk(console)
        look_back(console)
        console.close()
        faults = [
            r.getMessage()
            for r in caplog.records
            if r.levelno >= logging.WARNING and r.name.startswith("cp_teach")
        ]
        assert faults == []
        return run

    return make


@pytest.mark.parametrize("name", sorted(path.stem for path in (data() / "pipelines").glob("*.json")))
def test_every_pipeline_of_the_kit_is_drawn_at_every_moment(name, walked):
    run = walked(Run(load_pipeline(name), Simulated()))
    assert run.journal.total > 3


def cases():
    """Each combination with a rule that is met and one that is not; in the short walk, every other one is met too."""
    for number, combination in enumerate(COMBINATIONS if PROVE else few()):
        yield pytest.param(combination, False, id="-".join(combination))
        if PROVE or number % 4 == 0:
            yield pytest.param(combination, True, id="-".join((*combination, "met")))


@pytest.mark.parametrize(("combination", "met"), [*cases()])
def test_every_kind_of_rule_is_drawn_at_every_moment(combination, met, walked):
    _, block, *_ = combination
    pipeline = guarded(*combination)
    worker = Simulated(unmet=() if met else ("Judge",))
    run = Run(pipeline, worker)
    if block == "onFailure":
        run.inject("Beta", "CodeDeploy", when="always")
    walked(run)
    judged = [row for row in run.history.rules if row.ended is not None]
    assert judged, "no rule was judged in this walk"


def test_every_rule_is_walked_and_every_condition_with_every_result_in_every_mode():
    chosen = few()
    assert {provider for provider, *_ in chosen} == set(CONFIGURATIONS)
    assert {combination[1:] for combination in chosen} == {combination[1:] for combination in COMBINATIONS}
    assert {(block, result) for _, block, result, _ in chosen} == {
        (block, result) for block, results in RESULTS.items() for result in results
    }
    assert {mode for *_, mode in chosen} == set(MODES)


@pytest.mark.parametrize("mode", MODES)
def test_a_page_takes_a_pipeline_with_rules_along(mode, monkeypatch, caplog):
    run = Run(guarded("VariableCheck", "beforeEntry", "FAIL", mode), Simulated())
    run.release("One")
    for _ in range(4):
        run.step()
    recorded = carried(run, monkeypatch)
    assert recorded["consoles"] == [0]
    views = unpack(recorded["pool"], recorded["recordings"])[0]["views"]
    assert len(views) == run.journal.total + 1
    moment = recording.Moment(run, run.journal.copy())
    moment.jump(run.journal.total)
    assert views[-1]["stages"] == json.loads(json.dumps(view(moment)["stages"]))
    conditions = [stage["conditions"] for stage in views[-1]["stages"] if "conditions" in stage]
    assert conditions[0][0]["rules"][0]["provider"] == "VariableCheck"
    assert "VariableCheck" in static_html.html(views[-1])
    assert recorded["atlases"], "no move can be made in the page"
    assert not [each for each in caplog.records if each.name.startswith("cp_teach")]
