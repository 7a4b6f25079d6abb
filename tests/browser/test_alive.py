"""A page without a kernel answers as the engine does: random walks through the graph that travels with it."""

import json
import random
import re

import pytest

from cp_teach import ByHand, Pipeline, Run, load_pipeline
from cp_teach.engine import StartExecution
from cp_teach.show import replay, slides
from cp_teach.show.atlas import LEFT_OUT
from cp_teach.show.view import view
from cp_teach.show.view_moves import from_wire


def judged():
    rule = {
        "name": "Alarm",
        "ruleTypeId": {"category": "Rule", "owner": "AWS", "provider": "CloudWatchAlarm", "version": "1"},
        "configuration": {"AlarmName": "Errors", "WaitTime": "1"},
    }
    structure = Pipeline.of("judged", Source="S3", Beta="CodeDeploy", Prod="CodeDeploy").to_aws()
    structure["pipelineType"] = "V2"
    structure["stages"][1]["onSuccess"] = {"conditions": [{"result": "FAIL", "rules": [rule]}]}
    return Pipeline.from_aws(structure)


def shop(mode):
    return Pipeline.of("shop", Source="CodeCommit", Beta="CodeDeploy", Prod="Manual then CodeDeploy", mode=mode)


PIPELINES = {
    "demo": lambda: load_pipeline("demo"),
    "queued": lambda: shop("QUEUED"),
    "parallel": lambda: shop("PARALLEL"),
    "superseded": lambda: shop("SUPERSEDED"),
    "judged": judged,
}


def begun(pipeline):
    """A run with a past: one execution came through, one waits, and a failure was planned."""
    run = Run(pipeline, ByHand())
    run.release("First")
    last = pipeline.stages[-1].name
    run.disable(last, reason="Not yet")
    return run


@pytest.fixture
def alive(new_page, tmp_path, monkeypatch):
    """Opens a page with the consoles of these runs; nothing but the page is there."""

    def make(*runs, **options):
        monkeypatch.setenv(replay.SWITCH, "1")
        monkeypatch.setattr(replay, "_shown", [])
        marks = [replay.shown(run)[replay.MIME] for run in runs]
        recorded = json.loads(json.dumps(replay.recordings()))
        places = "".join(
            f'<div data-cp-widget="console" data-recording="{recorded["consoles"][m["console"]]}" data-at="{m["at"]}">'
            "</div>"
            for m in marks
        )
        path = tmp_path / "alive.html"
        path.write_text(
            f'<!DOCTYPE html><html lang="en"><title>x</title><main><h1>x</h1>{places}</main>{slides.widgets(recorded)}</html>',
            encoding="utf-8",
        )
        page = new_page(**options)
        page.goto(path.as_uri())
        page.wait_for_selector("html[data-alive]")
        return page

    return make


def seen(page, number=0):
    return page.evaluate("n => document.querySelectorAll('[data-cp-widget]')[n].model.get('view')", number)


def moves(page, number=0):
    return page.evaluate(
        """n => { const { moment } = document.querySelectorAll('[data-cp-widget]')[n].model;
                  return moment.atlas.moves(moment).map((move) => move.command); }""",
        number,
    )


def send(page, message, number=0):
    page.evaluate("([n, message]) => document.querySelectorAll('[data-cp-widget]')[n].model.send(message)", [number, message])


UNKNOWN = re.compile(r"/\w{7}\.zip|^\w{7}(?= |,|$)|(?<=, )\w{7}(?= |,|$)")
"""Revisions that a page invents have other letters than those that a run invents."""


def told(found):
    """A view without what a page cannot know or does not carry: the clock, invented letters, moves left out."""

    def walk(part):
        if isinstance(part, dict):
            if part.get("no") == LEFT_OUT:
                part = {**part, "no": ""}
            made = {key: walk(item) for key, item in part.items() if item not in ("", None)}
            return made | {key: UNKNOWN.sub("…", made[key]) for key in ("revision", "from", "key") if key in made}
        if isinstance(part, list):
            return [walk(item) for item in part]
        return part

    kept = ("position", "sentence", "bad", "reasons", "more_log", "executions", "more_executions", "artifacts", "aws")
    made = {key: found.get(key) for key in kept}
    made["log"] = [[at, key, text] for at, _, key, text in found["log"]]
    made["stages"] = found["stages"]
    for stage in made["stages"]:
        if "inside" not in stage:  # what cannot be retried is told of whoever was there last; a page does not know
            stage.pop("retry", None)
        stage["retry"] = [one for one in stage.get("retry", ()) if one["command"][0] != "RollbackStage"]  # not carried
    for row in made["executions"]:
        row.pop("started", None)
    return walk(made)


def differences(one, other, place=""):
    """Where two pictures differ, so that a failure can be read."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            yield from differences(one.get(key), other.get(key), f"{place}.{key}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for at, pair in enumerate(zip(one, other, strict=True)):
            yield from differences(*pair, f"{place}[{at}]")
    elif one != other:
        yield place, one, other


def do(run, command, typed):
    made = from_wire(command, typed)
    if isinstance(made, StartExecution):
        run.release(typed.get("message", "").strip())
    else:
        run.do(made)


FORMS = {
    "StartExecution": [{}, {"message": "Repair the price"}, {"message": "Really?"}],
    "DisableTransition": [{}, {"reason": "Holiday"}, {"reason": "Wait (until Monday)."}],
    "PutApprovalResult": [{}, {"summary": ""}, {"summary": "Fine."}, {"summary": "Sue's page: \"good\""}],
}
"""What a person may type into the form of each move."""


@pytest.mark.parametrize("name", PIPELINES)
def test_random_walks_in_a_page_and_in_the_engine_are_the_same(alive, name):
    run = begun(PIPELINES[name]())
    page = alive(run)
    draw = random.Random(name)
    kinds = set()
    for number in range(150):
        command = draw.choice(moves(page))
        typed = draw.choice(FORMS.get(command[0], [{}]))
        send(page, {"act": "do", "command": command, "with": typed})
        do(run, command, typed)
        kinds.add(command[0])
        mine, its = told(view(run)), told(seen(page))
        assert not list(differences(its, mine)), f"after {command} with {typed}"
        if run.state.last > 30:
            break
    assert len(kinds) >= 4
