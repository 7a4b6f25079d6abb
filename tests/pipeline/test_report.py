"""cp-teach check: a sentence for whatever one may give it, and never a traceback."""

import io
import json
import sys

import pytest

from cp_teach.cli import main
from cp_teach.pipeline import Pipeline
from cp_teach.pipeline.check_report import check_text

SHOP = Pipeline.of("shop", Source="S3", Build="Compile:CodeBuild", Beta="CodeDeploy")


def test_a_good_pipeline_is_told_in_a_few_lines():
    status, text = check_text(json.dumps({"pipeline": SHOP.to_aws()}), "shop.json")
    assert status == 0
    assert "AWS would accept this pipeline" in text
    assert "3 stages, 3 actions" in text
    assert "Compile (CodeBuild)" in text
    assert "warning" not in text


def test_warnings_are_shown_and_do_not_fail():
    mine = Pipeline.of("shop", Source="S3", Build="Custom/OurTool", Beta="CodeDeploy")
    status, text = check_text(json.dumps(mine.to_aws()), "shop.json")
    assert status == 0
    assert "1 warning" in text
    assert "create-custom-action-type" in text


def test_each_breach_is_told_with_place_exception_message_and_what_to_do():
    structure = SHOP.to_aws()
    structure["stages"][1]["actions"] = []
    structure["stages"][2]["actions"][0]["actionTypeId"]["provider"] = "CodeDploy"
    status, text = check_text(json.dumps(structure), "shop.json")
    assert status == 1
    for words in (
        "stage Build: InvalidStageDeclarationException",
        "Stage 'Build' has no actions",
        "stage Beta, action CodeDeploy: InvalidActionDeclarationException",
        "Provider: 'CodeDploy'",
        "Did you mean CodeDeploy?",
        "Input Artifact Bundle CompileOutput",
        "3 errors",
    ):
        assert words in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is not JSON: Expecting property name enclosed in double quotes at line 1, column 2."),
        ('{\n  "pipeline": }', "line 2, column 15"),
        ("", "is not JSON"),
        ("[1]", "not a pipeline: it is a list"),
        ("7", "not a pipeline: it is a single value"),
        ('{"pipeline": "shop"}', "not a pipeline: it is a single value"),
        ('{"a": 1}', "not a pipeline: it is an object without any of them"),
        ('{"Resources": {}}', "This template has no AWS::CodePipeline::Pipeline."),
        ('{"name": "shop"}', 'Add "stages"'),
        ("[" * 100000, "nested deeper than 100 levels"),
    ],
)
def test_what_is_no_pipeline_is_told_in_a_sentence(text, words):
    status, said = check_text(text, "x.json")
    assert status == 1
    assert words in said


def test_the_command_reads_a_file_or_a_pipe(tmp_path, monkeypatch, capsys):
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP.to_aws()), encoding="utf-8")
    assert main(["check", "--rules-only", str(path)]) == 0
    assert "AWS would accept" in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"name": "x y"}')))
    assert main(["check", "--rules-only", "-"]) == 1
    assert "'x y'" in capsys.readouterr().out


def test_the_command_holds_it_to_the_course(tmp_path, capsys):
    path = tmp_path / "shop.json"
    queued = Pipeline.of("shop", Source="S3", Beta="CodeDeploy", mode="QUEUED")
    path.write_text(json.dumps(queued.to_aws()), encoding="utf-8")
    assert main(["check", "--rules-only", str(path)]) == 0
    assert main(["check", "--rules-only", "--catalog", "course", str(path)]) == 1
    assert "QUEUED" in capsys.readouterr().out


@pytest.mark.parametrize("make", [lambda folder: folder, lambda folder: folder / "none.json"])
def test_what_cannot_be_read_is_two(make, tmp_path, capsys):
    assert main(["check", "--rules-only", str(make(tmp_path))]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_file_that_is_not_text(tmp_path, capsys):
    path = tmp_path / "picture.json"
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    assert main(["check", "--rules-only", str(path)]) == 1
    assert "not a text file" in capsys.readouterr().err
