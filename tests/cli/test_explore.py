"""`cp-teach check` and `cp-teach explore`: the states of a pipeline on the command line."""

import dataclasses
import json

import pytest

from cp_teach import resources
from cp_teach.cli import main
from cp_teach.engine.rules import progression
from cp_teach.pipeline import Pipeline


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.json"
    pipe = Pipeline.of("small", Source="S3", Beta="CodeDeploy")
    path.write_text(json.dumps(pipe.to_aws()), encoding="utf-8")
    return str(path)


def test_check_says_that_the_rules_hold_in_all_states(small, capsys):
    assert main(["check", small]) == 0
    assert "holds in all " in capsys.readouterr().out


def test_check_says_how_far_it_looked(capsys):
    demo = str(resources.pipelines() / "demo.json")
    assert main(["check", demo, "--seconds", "0.2"]) == 0
    assert "no breach in the first " in capsys.readouterr().out
    assert main(["check", demo, "--rules-only"]) == 0
    assert "states" not in capsys.readouterr().out


def test_check_tells_the_shortest_way_to_a_breach(small, capsys, monkeypatch):
    def barge_in(turn, number, index):
        progression.enter(turn, number, index)

    monkeypatch.setattr(progression, "arrive", barge_in)
    assert main(["check", small]) == 1
    out = capsys.readouterr().out
    assert "is broken after 2 moves" in out
    assert "\n  1. " in out
    assert "\n  2. StartExecution(" in out


def test_explore_tells_the_size_and_writes_the_graph(small, tmp_path, capsys):
    graph = tmp_path / "graph.json"
    assert (
        main(["explore", small, "--revisions", "1", "--allow", "release,finish", "--json", str(graph)]) == 0
    )
    assert "4 states, all of them" in capsys.readouterr().out
    told = json.loads(graph.read_text(encoding="utf-8"))
    assert [move["kind"] for move in told["moves"]] == ["release", "finish", "finish"]
    assert told["states"][2]["stages"][1]["holder"] == 1


def test_explore_says_when_there_is_more(capsys):
    demo = str(resources.pipelines() / "demo.json")
    assert main(["explore", demo, "--seconds", "0"]) == 0
    assert "more can be reached" in capsys.readouterr().out


def test_a_parallel_pipeline_is_explored_one_execution_at_a_time(tmp_path, capsys):
    pipe = dataclasses.replace(
        Pipeline.of("side", Source="S3", Beta="CodeDeploy", mode="PARALLEL"), pipeline_type="V2"
    )
    path = tmp_path / "side.json"
    path.write_text(json.dumps(pipe.to_aws()), encoding="utf-8")
    assert main(["explore", str(path)]) == 0
    assert "PARALLEL, 1 released" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--allow", "relase"], "'relase' is not a kind of move. The kinds are: release,"),
        (["--revisions", "0"], "--revisions must be from 1 to 200, not 0."),
        (["--seconds", "-1"], "--seconds must be 0 or more, not -1.0."),
        (["--json", "graph.svg"], "graph.svg must end in .json"),
    ],
)
def test_mistakes_are_told_in_a_sentence(small, capsys, words, sentence):
    assert main(["explore", small, *words]) == 1
    said = capsys.readouterr().err
    assert sentence in said
    assert "Traceback" not in said
