"""Reads an export in any form: a path, parsed JSON, or one or more boto3 responses. Returns a list of entries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

from cp_teach.flow.recorded.export_entry import BadHistory
from cp_teach.security.input.input_files import UnreadableFile, read_text_file
from cp_teach.security.input.json_input import InvalidJson, parse_json

Export: TypeAlias = str | Path | Mapping[str, object] | Iterable[object]
"""A path to a JSON file, a response, or several of them (pages), or the entries alone."""

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
    return f"{where} has no {key}. Export a history: {export_command(key)}"


def _load(path: str | Path, key: str) -> Export:
    path = Path(path)
    again = f"Export it again: {export_command(key)}"
    if not path.is_file():
        raise FileNotFoundError(f"File not found: {path}. Export a history: {export_command(key)}")
    try:
        text = read_text_file(path)
    except UnreadableFile as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise BadHistory(f"{path.name} is not UTF-8 text, so it is not JSON. {again}") from None
        raise BadHistory(f"{error} {again}") from None
    if not text.strip():
        raise BadHistory(f"{path.name} is empty. {again}")
    try:
        loaded: Export = parse_json(text)
        return loaded
    except InvalidJson as error:
        cause = error.__cause__
        if not isinstance(cause, json.JSONDecodeError):
            raise BadHistory(f"{path.name} cannot be read: {error} {again}") from None
        if "Unterminated" in cause.msg or not text[cause.pos :].strip():
            raise BadHistory(
                f"{path.name} is cut off in line {text.count(chr(10)) + 1}: its end is missing. {again}"
            ) from None
        raise BadHistory(
            f"{path.name} is not JSON: line {cause.lineno}, column {cause.colno}: {cause.msg}. {again}"
        ) from None
