"""Every status, mode, and condition of the console is explained in one sentence, with a page of AWS's guide."""

from __future__ import annotations

import json
import re

import pytest

from cp_teach import Pipeline, Run
from cp_teach.show.static_files import CONSOLE_SCRIPTS, static
from cp_teach.show.view import stages
from cp_teach.show.view.explanations import explanations
from cp_teach.show.view.view_model import view
from cp_teach.style.status import AWS_STATUSES, status_style

SHOWN = {
    *(status_style(word).word for word in AWS_STATUSES),
    *stages._RULE_STATUSES.values(),
    *stages.CONDITION_NAMES.values(),
    "Waiting for approval",
    *("SUPERSEDED", "QUEUED", "PARALLEL", "V1", "V2"),
    *("enabled", "disabled", "inbound execution", "Last succeeded"),
}


@pytest.mark.parametrize("word", sorted(SHOWN))
def test_each_word_that_the_console_shows_is_explained(word):
    text, address = explanations()[word]
    assert re.fullmatch(
        r"https://docs\.aws\.amazon\.com/codepipeline/latest/userguide/[a-z-]+\.html", address
    )
    assert text.endswith(".")
    assert len(text) < 160


def test_every_status_of_a_walk_is_among_them():
    run = Run(Pipeline.of("shop", Source="S3", Prod="Manual then CodeDeploy"))
    run.release("One")
    run.succeed("Source")
    run.release("Two")
    run.succeed("Source")
    shown = view(run)["stages"]
    actions = [action for stage in shown for group in stage["groups"] for action in group]
    seen = {each["status"][1] for each in (*shown, *actions)}
    assert seen <= explanations().keys()
    assert "Waiting for approval" in seen


def test_the_widget_and_the_pages_carry_them():
    script = "\n".join(map(static, CONSOLE_SCRIPTS))
    (data,) = re.findall(r"^const EXPLANATIONS = (.*);$", script, flags=re.MULTILINE)
    assert json.loads(data)["Superseded"] == list(explanations()["Superseded"])
