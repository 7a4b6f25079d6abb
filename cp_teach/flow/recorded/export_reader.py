"""Reads an export in any form: a path, parsed JSON, or one or more boto3 responses. Returns a list of entries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from cp_teach.flow.recorded.export_entry import BadHistory
from cp_teach.pipeline.formats.documents.document_kinds import has_capitals, recognize
from cp_teach.security.input.documents import EXPORT, parse_document
from cp_teach.security.input.input_files import UnreadableFile, decode_text, read_input_file

Export: TypeAlias = str | Path | Mapping[str, object] | Iterable[object]
"""A path to a JSON or YAML file, a response, or several of them (pages), or the entries alone."""

ACTIONS, EXECUTIONS = "actionExecutionDetails", "pipelineExecutionSummaries"
COMMANDS = {ACTIONS: "list-action-executions", EXECUTIONS: "list-pipeline-executions"}
_OTHERS = {
    "pipeline": "get-pipeline",
    "stageStates": "get-pipeline-state",
    "pipelineExecution": "get-pipeline-execution",
    "pipelines": "list-pipelines",
    "ruleExecutionDetails": "list-rule-executions",
}


def export_command(key: str) -> str:
    """Return the AWS CLI command for an export with the list ``key``."""
    command = COMMANDS[key]
    return f"aws codepipeline {command} --pipeline-name NAME > {command.removeprefix('list-')}.json"


def read_entries(export: Export, key: str) -> tuple[list[object], bool]:
    """Return the entries of the list ``key``, and whether further pages are missing.

    Raises ``BadHistory`` for anything else, and ``OSError`` for a missing file.
    """
    if isinstance(export, str | Path):
        return _find_entries(_load(export, key), key, Path(export).name)
    return _find_entries(export, key, "the history given")


def has_both_lists(export: Export) -> bool:
    """Return True for an object with actions and executions."""
    if isinstance(export, str | Path):
        export = _load(export, ACTIONS)
    return isinstance(export, Mapping) and ACTIONS in export and EXECUTIONS in export


def _find_entries(data: object, key: str, where: str) -> tuple[list[object], bool]:
    if isinstance(data, Mapping):
        if isinstance(data.get(key), list):
            return list(data[key]), bool(data.get("nextToken") or data.get("NextToken"))
        raise BadHistory(_describe_other(data, key, where))
    if isinstance(data, str | bytes) or not isinstance(data, Iterable):
        raise BadHistory(
            f"{where} is {data!r:.40}. Give the response of {COMMANDS[key]}: {export_command(key)}"
        )
    parts = list(data)
    if not any(isinstance(part, Mapping) and _is_response(part) for part in parts):
        if any(isinstance(part, Mapping) and has_capitals(part) for part in parts[:1]):
            raise BadHistory(_describe_capitals(where, key))
        return parts, False  # the entries themselves
    entries: list[object] = []
    more = False
    for number, page in enumerate(parts, 1):
        page_entries, more = _find_entries(page, key, f"page {number} of {where}")
        entries += page_entries
    return entries, more


def _is_response(part: Mapping[str, object]) -> bool:
    return any(name in part for name in (ACTIONS, EXECUTIONS, *_OTHERS))


def _describe_other(data: Mapping[str, object], key: str, where: str) -> str:
    other = ACTIONS if key == EXECUTIONS else EXECUTIONS
    if other in data:
        return (
            f"{where} is the response of {COMMANDS[other]}, but that of {COMMANDS[key]} is needed. "
            f"Actions come first: history(actions, executions)."
        )
    for name, command in _OTHERS.items():
        if name in data:
            return f"{where} is the response of {command}, which has no history. Export one: {export_command(key)}"
    if has_capitals(data):
        return _describe_capitals(where, key)
    if recognize(data).kind in ("template", "assembly"):
        return (
            f"{where} is a CloudFormation template, which has no history. Export one: {export_command(key)}"
        )
    return f"{where} has no {key}. Export a history: {export_command(key)}"


def _describe_capitals(where: str, key: str) -> str:
    return (
        f"{where} has keys that begin with capitals, as in the output of PowerShell and of the SDKs for .NET and Go. "
        f"Export it with the AWS CLI: {export_command(key)}"
    )


def _load(path: str | Path, key: str) -> Export:
    path = Path(path)
    again = f"Export it again: {export_command(key)}"
    if not path.is_file():
        raise FileNotFoundError(f"File not found: {path}. Export a history: {export_command(key)}")
    text = ""
    try:
        text = decode_text(read_input_file(path), path.name)
        loaded: Export = parse_document(text, path.name, limits=EXPORT)
    except UnreadableFile as error:
        cause = error.__cause__
        if isinstance(cause, json.JSONDecodeError) and (
            "Unterminated" in cause.msg or not text[cause.pos :].strip()
        ):
            problem = f"{path.name} is cut off in line {text.count(chr(10)) + 1}: its end is missing."
        elif isinstance(cause, json.JSONDecodeError):
            problem = f"{path.name} is not JSON: line {cause.lineno}, column {cause.colno}: {cause.msg}."
        else:
            problem = str(error)
        raise BadHistory(f"{problem} {again}") from None
    return loaded
