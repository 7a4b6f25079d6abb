"""An export as people have it: a path, JSON, one answer of boto3 or many. It becomes a plain list of entries."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from cp_teach.flow.recorded.export_entry import BadHistory
from cp_teach.security.input.input_files import UnreadableFile, read_text_file
from cp_teach.security.input.json_input import BadJson, parse_json

ACTIONS, EXECUTIONS = "actionExecutionDetails", "pipelineExecutionSummaries"
COMMANDS = {ACTIONS: "list-action-executions", EXECUTIONS: "list-pipeline-executions"}
_OTHERS = {
    "pipeline": "get-pipeline",
    "stageStates": "get-pipeline-state",
    "pipelineExecution": "get-pipeline-execution",
    "pipelines": "list-pipelines",
    "ruleExecutionDetails": "list-rule-executions",
}


def export(command: str) -> str:
    """The command that makes such a file."""
    return f"aws codepipeline {command} --pipeline-name NAME > {command.removeprefix('list-')}.json"


def entries(given: Any, key: str) -> tuple[list[Any], bool]:
    """The entries under ``key`` of whatever was given, and whether more pages were announced than are there.

    Raises ``BadHistory`` where it is something else, and ``OSError`` where a path leads nowhere.
    """
    if isinstance(given, str | Path):
        return _entries(_loaded(given, key), key, Path(given).name)
    return _entries(given, key, "the history given")


def both(given: Any) -> bool:
    """True for one thing that has actions and executions."""
    if isinstance(given, str | Path):
        given = _loaded(given, ACTIONS)
    return isinstance(given, Mapping) and ACTIONS in given and EXECUTIONS in given


def _entries(told: Any, key: str, where: str) -> tuple[list[Any], bool]:
    if isinstance(told, Mapping):
        if isinstance(told.get(key), list):
            return list(told[key]), bool(told.get("nextToken") or told.get("NextToken"))
        raise BadHistory(_another_kind(told, key, where))
    if isinstance(told, str | bytes) or not isinstance(told, Iterable):
        raise BadHistory(
            f"{where} is {told!r:.40}. Give the answer of {COMMANDS[key]}: {export(COMMANDS[key])}"
        )
    parts = list(told)
    if not any(isinstance(part, Mapping) and _is_answer(part) for part in parts):
        return parts, False  # the entries themselves
    found: list[Any] = []
    more = False
    for number, page in enumerate(parts, 1):
        own, more = _entries(page, key, f"page {number} of {where}")
        found += own
    return found, more


def _is_answer(part: Mapping[str, Any]) -> bool:
    return any(name in part for name in (ACTIONS, EXECUTIONS, *_OTHERS))


def _another_kind(told: Mapping[str, Any], key: str, where: str) -> str:
    wanted = COMMANDS[key]
    other = ACTIONS if key == EXECUTIONS else EXECUTIONS
    if other in told:
        return (
            f"{where} is the answer of {COMMANDS[other]}, and that of {wanted} is wanted here. "
            f"Actions come first: history(actions, executions)."
        )
    for name, command in _OTHERS.items():
        if name in told:
            return f"{where} is the answer of {command}, which tells no history. Export one: {export(wanted)}"
    return f"{where} has no {key}. Export a history: {export(wanted)}"


def _loaded(path: str | Path, key: str) -> Any:
    path = Path(path)
    again = f"Export it again: {export(COMMANDS[key])}"
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Export a history: {export(COMMANDS[key])}")
    try:
        text = read_text_file(path)
    except UnreadableFile as error:
        if isinstance(error.__cause__, UnicodeDecodeError):
            raise BadHistory(f"{path.name} is not UTF-8 text, so it is not JSON. {again}") from None
        raise BadHistory(f"{error} {again}") from None
    if not text.strip():
        raise BadHistory(f"{path.name} is empty. {again}")
    try:
        return parse_json(text)
    except BadJson as bad:
        cause = bad.__cause__
        if not isinstance(cause, json.JSONDecodeError):
            raise BadHistory(f"{path.name} cannot be read: {bad} {again}") from None
        unterminated = "Unterminated" in cause.msg
        if unterminated or not text[cause.pos :].strip():
            raise BadHistory(
                f"{path.name} is cut off in line {text.count(chr(10)) + 1}: its end is missing. {again}"
            ) from None
        raise BadHistory(
            f"{path.name} is not JSON: line {cause.lineno}, column {cause.colno}: {cause.msg}. {again}"
        ) from None
