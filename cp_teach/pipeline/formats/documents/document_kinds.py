"""Recognize a document of an AWS tool: a pipeline, a CloudFormation template, the output of ``cdk synth``, or another.

Every reader asks this module, so all of them unwrap the same documents and name the others in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Kind = Literal["pipeline", "template", "assembly", "other"]

PIPELINE_TYPE = "AWS::CodePipeline::Pipeline"
PIPELINE_KEYS = frozenset(("name", "roleArn", "stages"))
CAPITALS = (
    "its keys begin with capitals, as in the output of Get-CPPipeline (PowerShell) and of the SDKs for .NET and Go. "
    "Export it with the AWS CLI: aws codepipeline get-pipeline --name NAME > pipeline.json"
)
EXPECTED = (
    "A pipeline is what `aws codepipeline get-pipeline` prints: an object with name, roleArn and stages."
)
_RESPONSES = {
    "pipelines": "aws codepipeline list-pipelines",
    "stageStates": "aws codepipeline get-pipeline-state",
    "pipelineExecution": "aws codepipeline get-pipeline-execution",
    "pipelineExecutionSummaries": "aws codepipeline list-pipeline-executions",
    "actionExecutionDetails": "aws codepipeline list-action-executions",
    "ruleExecutionDetails": "aws codepipeline list-rule-executions",
    "actionTypes": "aws codepipeline list-action-types",
    "Stacks": "aws cloudformation describe-stacks",
    "StackResources": "aws cloudformation describe-stack-resources",
    "StackResourceSummaries": "aws cloudformation list-stack-resources",
    "projects": "aws codebuild batch-get-projects",
}
"""A key of a response -> the command that prints it."""
_ENTRY_KEYS = ("pipelineExecutionId", "actionExecutionId", "stageName")
"""Keys of the entries of a history."""
_FILES = {
    "cells": "is a notebook",
    "phases": "is a buildspec",
    "hooks": "is an AppSpec file of CodeDeploy",
    "Statement": "is a policy of IAM",
    "terraform_version": "is the state of Terraform",
    "detail-type": "is an event of EventBridge",
    "Records": "is a log of CloudTrail",
    "entries": "is a saved run; Run.load(path) opens it",
}


class Recognized(NamedTuple):
    """A document without its wrappers: ``body`` is the pipeline's structure, or the template."""

    kind: Kind
    body: Any


def recognize(document: Any) -> Recognized:
    """Say what a parsed document is, and remove the wrappers of the AWS CLI.

    The wrappers are ``{"pipeline": …, "metadata": …}`` of get-pipeline, the list with one page that ``--output
    yaml-stream`` prints, and ``{"TemplateBody": …}`` of get-template, of which the body can be a text.
    """
    if isinstance(document, list) and len(document) == 1 and isinstance(document[0], dict):
        document = document[0]
    if not isinstance(document, Mapping):
        return Recognized("other", document)
    if "Resources" in document:
        return Recognized("template", document)
    if isinstance(document.get("TemplateBody"), str | dict):
        return Recognized("template", document["TemplateBody"])
    if document.get("Type") == PIPELINE_TYPE:  # a resource cut out of a template
        return Recognized("template", {"Resources": {"Pipeline": document}})
    artifacts = document.get("artifacts")
    if isinstance(artifacts, dict) and isinstance(document.get("version"), str):
        return Recognized("assembly", document)
    if "pipeline" in document:
        return Recognized("pipeline", document["pipeline"])
    return Recognized("pipeline" if PIPELINE_KEYS & set(document) else "other", document)


def describe(document: Any) -> str:
    """Say what a document is that a reader of pipelines does not take, as the end of a sentence: "it is a list."."""
    if isinstance(document, list):
        return f"it is a list. {EXPECTED}"
    if isinstance(document, str) and document:
        return f"it is plain text, which is not JSON or YAML with keys. {EXPECTED}"
    if not isinstance(document, Mapping):
        return f"it is a single value. {EXPECTED}"
    if has_capitals(document):
        return CAPITALS
    if "Resources" in document or "TemplateBody" in document or "AWSTemplateFormatVersion" in document:
        return "it is a CloudFormation template."
    if response := described_response(document):
        return f"it is the output of {response}. {EXPECTED}"
    if found := next((text for key, text in _FILES.items() if key in document), ""):
        return f"it {found}. {EXPECTED}"
    return f"it is an object without any of them. {EXPECTED}"


def described_response(document: Mapping[Any, Any]) -> str:
    """The command of the AWS CLI that prints such a document; "" if it is none."""
    return next((command for key, command in _RESPONSES.items() if key in document), "")


def has_capitals(document: Mapping[Any, Any]) -> bool:
    """Whether the keys of a pipeline, or of another response of CodePipeline, begin with capitals."""
    for wrapper in ("Pipeline", "PipelineDeclaration"):
        if isinstance(inner := document.get(wrapper), Mapping):
            return has_capitals(inner) or bool(PIPELINE_KEYS & set(inner))
    lowered = {key[:1].lower() + key[1:] for key in document if isinstance(key, str) and key[:1].isupper()}
    if lowered & {*_RESPONSES, *_ENTRY_KEYS} - document.keys():
        return True
    return len(lowered & PIPELINE_KEYS) >= 2 and not PIPELINE_KEYS & set(document)
