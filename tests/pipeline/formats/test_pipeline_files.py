"""Every reader takes the same files in the same way, and names what is no pipeline."""

import json
import warnings

import pytest
import yaml

from cp_teach import InvalidPipeline, Pipeline
from cp_teach.cli import main
from cp_teach.pipeline import load_pipeline
from cp_teach.pipeline.check_report import check_text
from cp_teach.pipeline.formats.template_functions import InvalidTemplate
from cp_teach.security.input.input_files import UnreadableFile

SHOP = Pipeline.of("shop", Source="S3", Build="CodeBuild", Beta="CodeDeploy")
STRUCTURE = SHOP.to_aws()
WRAPPED = {"pipeline": STRUCTURE, "metadata": {"created": "2026-01-01T10:00:00+00:00"}}


def capitals(value, key=""):
    """As CloudFormation, PowerShell, and the SDKs for .NET and Go write a structure."""
    if isinstance(value, dict):
        names = (name if key == "configuration" else name[:1].upper() + name[1:] for name in value)
        return {name: capitals(item, inner) for name, (inner, item) in zip(names, value.items(), strict=True)}
    return [capitals(item, key) for item in value] if isinstance(value, list) else value


TEMPLATE = {"Resources": {"Shop": {"Type": "AWS::CodePipeline::Pipeline", "Properties": capitals(STRUCTURE)}}}
FORMS = {
    "JSON": json.dumps(STRUCTURE).encode(),
    "JSON with tabs": json.dumps(WRAPPED, indent="\t").encode(),
    "JSON with a byte order mark": json.dumps(WRAPPED).encode("utf-8-sig"),
    "UTF-16 of PowerShell": json.dumps(WRAPPED, indent=4).encode("utf-16"),
    "UTF-16 without a mark": json.dumps(WRAPPED).encode("utf-16-le"),
    "big-endian UTF-16": ("\ufeff" + json.dumps(WRAPPED)).encode("utf-16-be"),
    "UTF-32": json.dumps(WRAPPED).encode("utf-32"),
    "--output yaml": yaml.safe_dump(WRAPPED, sort_keys=False).encode(),
    "--output yaml-stream": yaml.safe_dump([WRAPPED], sort_keys=False).encode(),
    "CRLF": yaml.safe_dump(WRAPPED, sort_keys=False).replace("\n", "\r\n").encode(),
}
TEMPLATES = {
    "JSON template with tabs": json.dumps(TEMPLATE, indent="\t").encode(),
    "YAML template in UTF-16": yaml.safe_dump(TEMPLATE, sort_keys=False).encode("utf-16"),
    "get-template": json.dumps({"TemplateBody": TEMPLATE, "StagesAvailable": ["Original"]}).encode(),
    "get-template of YAML": json.dumps({"TemplateBody": yaml.safe_dump(TEMPLATE, sort_keys=False)}).encode(),
    "--query TemplateBody": json.dumps(yaml.safe_dump(TEMPLATE, sort_keys=False)).encode(),
    "a resource alone": yaml.safe_dump(TEMPLATE["Resources"]["Shop"], sort_keys=False).encode(),
    "configuration as JSON text": json.dumps(TEMPLATE)
    .replace('{"ProjectName": "CodeBuild"}', json.dumps('{"ProjectName": "CodeBuild"}'))
    .encode(),
}


@pytest.mark.parametrize("name", [*FORMS, *TEMPLATES])
def test_a_file_in_any_form_is_loaded(name, tmp_path):
    path = tmp_path / "shop"
    path.write_bytes({**FORMS, **TEMPLATES}[name])
    assert load_pipeline(path) == SHOP
    assert main(["check", "--rules-only", str(path)]) == 0
    if name in TEMPLATES:
        assert Pipeline.from_cloudformation(path) == SHOP
    else:
        assert Pipeline.from_aws(path.read_bytes()) == SHOP


def test_every_command_takes_a_template(tmp_path, capsys):
    path = tmp_path / "shop.yml"
    path.write_bytes(TEMPLATES["YAML template in UTF-16"])
    assert main(["explore", str(path), "--revisions", "1", "--allow", "release,finish"]) == 0
    assert "shop (SUPERSEDED, 1 released)" in capsys.readouterr().out
    assert main(["draw", str(path), "-o", str(tmp_path / "shop.dot")]) == 0


OTHERS = {
    "a list": ([1, 2], "it is a list"),
    "text": ("hello", "it is plain text"),
    "list-pipelines": ({"pipelines": []}, "the output of aws codepipeline list-pipelines"),
    "get-pipeline-state": ({"pipelineName": "x", "stageStates": []}, "aws codepipeline get-pipeline-state"),
    "describe-stacks": ({"Stacks": []}, "aws cloudformation describe-stacks"),
    "a buildspec": ({"version": 0.2, "phases": {}}, "it is a buildspec"),
    "PowerShell": (
        {"Pipeline": capitals(STRUCTURE)},
        "its keys begin with capitals, as in the output of Get-CPPipeline",
    ),
    "Go": (capitals(STRUCTURE), "its keys begin with capitals"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_pipeline_is_named(name, tmp_path, capsys):
    document, message = OTHERS[name]
    path = tmp_path / "x.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(UnreadableFile, match=message):
        load_pipeline(path)
    for command in (["check"], ["explore"], ["draw", "-o", str(tmp_path / "x.svg")]):
        assert main([*command, str(path)]) == 1
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    with pytest.raises(InvalidPipeline):
        Pipeline.from_aws(document)


def test_capitals_are_named_by_from_aws():
    for document in ({"Pipeline": capitals(STRUCTURE)}, capitals(STRUCTURE), {"Pipeline": STRUCTURE}):
        with pytest.raises(InvalidPipeline, match="Its keys begin with capitals") as refused:
            Pipeline.from_aws(document)
        assert len(refused.value.errors) == 1


def test_a_template_and_a_pipeline_name_each_others_reader():
    with pytest.raises(InvalidPipeline, match=r"read it with Pipeline.from_cloudformation"):
        Pipeline.from_aws(TEMPLATE)
    with pytest.raises(InvalidTemplate, match=r"Read it with load_pipeline\(path\) or Pipeline.from_aws"):
        Pipeline.from_cloudformation(json.dumps(WRAPPED))


TEXTS = {
    "": "x is empty, so it is not JSON or YAML.",
    "\ufeff  \n": "x is empty, so it is not JSON or YAML.",
    '{"pipeline": {"name": }}': "not JSON: Expecting value at line 1, column 23",
    '{"pipeline": {"name": "a" "b"}}': "not JSON: Expecting ',' delimiter at line 1, column 27",
    "a:\n\tb: 1\n": "a tab is used for indentation, which YAML does not allow; use spaces at line 2, column 1",
    "a: b: c\n": "a colon with a space after it begins a value here; put the text in quotes at line 1, column 5",
    "a:\n  - b\n c: d\n": "this line is not indented like the lines before it at line 3, column 2",
    "a: 'b\n": "a quotation mark has no partner at line 2",
    "a: [b\n": "a comma or ] is missing before this at line 2",
    "a: @b\n": "the character @ cannot begin a value here; put the text in quotes at line 1, column 4",
    "a: *b\n": "*b refers to no earlier value &b at line 1, column 4",
    "a: 1\n---\nb: 2\n": "a second document begins; keep only one at line 2",
    "a: \x07\n": "the control character #x0007",
    "a: !!python/name:os.system\n": "is not allowed here at line 1, column 4",
    "----------------\n|  GetPipeline  |\n": "is a table for reading, not JSON. Add --output json",
    "PIPELINE\tshop\t1\n": "is the text output of the AWS CLI, not JSON",
    'resource "aws_codepipeline" "shop" {\n': "is Terraform code",
    "<!DOCTYPE html>\n<html>": "is HTML or XML",
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_that_cannot_be_read_is_a_sentence_with_its_place(text):
    status, message = check_text(text, "x")
    assert status == 1
    assert TEXTS[text] in message
    assert "\n" not in message
    with pytest.raises(InvalidPipeline):
        Pipeline.from_aws(text)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"\x89PNG\r\n\x1a\n", b"\xe9t\xe9", b"\x00\xd8\x00"])
def test_bytes_that_are_no_text_are_a_sentence(data, tmp_path):
    path = tmp_path / "x.yml"
    path.write_bytes(data)
    with pytest.raises(
        UnreadableFile, match=r"x\.yml is not a text file: it is not UTF-(8|16) text \(byte \d\)"
    ):
        load_pipeline(path)
    with pytest.raises(InvalidTemplate, match="is not a text file"):
        Pipeline.from_cloudformation(path)
    with pytest.raises(InvalidPipeline, match="is not a text file"):
        Pipeline.from_aws(data)


def test_a_parsed_template_and_bytes_are_taken_and_other_values_are_not():
    assert Pipeline.from_cloudformation(TEMPLATE) == SHOP
    assert Pipeline.from_cloudformation(json.dumps(TEMPLATE).encode("utf-16")) == SHOP
    for value in (None, 5, [TEMPLATE, TEMPLATE]):
        with pytest.raises(InvalidTemplate, match="Give the path or the text of a template, not "):
            Pipeline.from_cloudformation(value)


def test_flow_style_with_short_forms_is_yaml():
    text = "{Resources: {Shop: {Type: 'AWS::CodePipeline::Pipeline', Properties: !Nope x}}}"
    with pytest.raises(InvalidTemplate, match="Properties is not a map, but a function"):
        Pipeline.from_cloudformation(text)


def test_an_example_is_found_before_a_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "demo").mkdir()
    with warnings.catch_warnings(action="error"):
        assert load_pipeline("demo").stages
