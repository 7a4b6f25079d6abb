"""Check the configuration of an action, and that the files that it names are in its input artifacts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from cp_teach.pipeline.catalogs import catalog
from cp_teach.pipeline.model.action import Action
from cp_teach.security.input.json_input import InvalidJson, parse_json
from cp_teach.security.input.whole_number import whole_number
from cp_teach.work.provider_checks.artifact_reader import (
    ArtifactReader,
    Artifacts,
    CheckFailed,
    readers,
    short_text,
)
from cp_teach.work.provider_checks.check_data import ProviderCheck, provider_checks
from cp_teach.work.task import Task

INPUT = "input"
"""The name under which ``checks.toml`` requires an input artifact."""


def check_configuration(task: Task, action: Action, artifacts: Artifacts | None) -> None:
    """Raise ``CheckFailed`` with the first fault of the configuration, in the words of AWS where they are known.

    The files that it names must be in ``artifacts``, the input artifacts by name; with None, files are not checked.
    """
    check = provider_checks().get((action.category, action.provider))
    known = catalog().find(action.type)
    for key in check.required if check is not None else known.required if known is not None else ():
        _require(task, key)
    if check is None:
        return
    settings = _plain_settings(task)
    for keys in check.one_of:
        if not any(_has(task, key) for key in keys):
            *others, last = ("an input artifact" if key == INPUT else key for key in keys)
            names = f"{', '.join(others)} or {last}" if others else last
            raise CheckFailed(f"The configuration of {task.action} needs {names}. Add one.")
    for keys in check.exclusive:
        if all(settings.get(key) for key in keys):
            raise CheckFailed(
                f"The configuration of {task.action} has {' and '.join(keys)}, which exclude each other. Remove one."
            )
    for key, values in check.choices.items():
        if settings.get(key) and settings[key] not in values:
            raise CheckFailed(
                f"{key} of {task.action} is {short_text(settings[key])}. Use {' or '.join(values)}."
            )
    for key, (pattern, example) in check.patterns.items():
        if settings.get(key) and not re.fullmatch(pattern, settings[key][:2000]):
            raise CheckFailed(
                f"{key} of {task.action} is {short_text(settings[key])}, which has another form. "
                f"Write it like {example}."
            )
    for key, (least, most) in check.numbers.items():
        number = whole_number(settings[key], most) if settings.get(key) else least
        if number is None or number < least:
            raise CheckFailed(
                f"{key} of {task.action} is {short_text(settings[key])}. Use a whole number from {least} to {most}."
            )
    for key, longest in check.lengths.items():
        if len(settings.get(key, "")) > longest:
            raise CheckFailed(f"{key} of {task.action} is longer than {longest} characters.")
    for key in check.json:
        _check_json(task, key)
    if artifacts is not None:
        _check_files(task, check, artifacts)
    for each in check.when:
        given = settings.get(each.key) or (each.value if each.default else "")
        if given and each.value in ("", given):
            for key in each.required:
                _require(task, key, f"{each.key} {each.value}".strip())
            for key in each.json:
                _check_json(task, key)
            for path, reader in _named_files(task, each.files, artifacts or {}):
                if each.file_json:
                    _parse(reader.read(path), f"{path} in the artifact {reader.name}")


def unknown_keys(task: Task, action: Action) -> Iterator[str]:
    """A sentence about each configuration key that the provider does not have."""
    known = catalog().find(action.type)
    keys = known.configuration_keys if known is not None else ()
    for key in task.configuration if keys else ():
        if key not in keys:
            similar = get_close_matches(key, keys, 1)
            hint = f" Did you mean {similar[0]}?" if similar else ""
            yield f"{task.action}: {action.provider} has no configuration key {key}; it is ignored.{hint}"


def _plain_settings(task: Task) -> dict[str, str]:
    """The configuration without the values that only a stack has; a template leaves them as ``${Name}``."""
    return {key: value for key, value in task.configuration.items() if "${" not in value}


def _has(task: Task, key: str) -> bool:
    return bool(task.inputs) if key == INPUT else bool(task.configuration.get(key))


def _require(task: Task, key: str, reason: str = "") -> None:
    if _has(task, key):
        return
    need = f"{reason} needs it" if reason else "Add it"
    if key == INPUT:
        raise CheckFailed(f"{task.action} has no input artifact. {need}.")
    # The first sentence is that of the service.
    raise CheckFailed(
        f"Action configuration for action '{task.action}' is missing required configuration '{key}'. {need}."
    )


def _check_json(task: Task, key: str) -> None:
    if value := _plain_settings(task).get(key):
        _parse(value, f"{key} of {task.action}")


def _parse(text: str | bytes, what: str) -> None:
    try:
        parse_json(text)
    except InvalidJson as error:
        raise CheckFailed(f"{what} is not valid JSON. {error}") from None


def _check_files(task: Task, check: ProviderCheck, artifacts: Artifacts) -> None:
    for _ in _named_files(task, check.files, artifacts):
        pass
    reader = readers(artifacts, task.action)
    for key in check.folders:
        value = _plain_settings(task).get(key, "")
        first = _first_input(artifacts) if value else None
        if first is not None and not (first.has_folder(value) or first.find(value)):
            raise CheckFailed(
                f"{key} of {task.action} names {short_text(value)}, which is not in the input artifact. "
                f"{first.contents()}"
            )
    for key in check.located:
        artifact, colons, path = _plain_settings(task).get(key, "").partition("::")
        if not colons and key in _plain_settings(task):
            raise CheckFailed(f"{key} of {task.action} must have the form Artifact::path.")
        if not colons:
            continue
        found = reader(artifact)
        if found.find(path) is None:
            raise CheckFailed(
                f"{key} of {task.action}: the artifact {artifact} has no file {path}. {found.contents()}"
            )


def _named_files(
    task: Task, keys: Sequence[str], artifacts: Artifacts
) -> Iterator[tuple[str, ArtifactReader]]:
    """The files that these keys name. Raises ``CheckFailed`` for one that is missing."""
    for key in keys:
        for path in filter(None, (part.strip() for part in _plain_settings(task).get(key, "").split(","))):
            first = _first_input(artifacts)
            if first is None or path == "/":  # the whole artifact
                continue
            found = first.find(path)
            if found is None and not first.has_folder(path):
                raise CheckFailed(
                    f"{key} of {task.action} names {short_text(path)}, which is not in the input artifact. "
                    f"{first.contents()}"
                )
            if found is not None:
                yield found, first


def _first_input(artifacts: Artifacts) -> ArtifactReader | None:
    return next((ArtifactReader(name, artifact) for name, artifact in artifacts.items()), None)
