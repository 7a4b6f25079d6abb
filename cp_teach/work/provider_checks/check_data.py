"""The checks of each provider, read from ``checks.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class ConditionalCheck:
    """Further checks if ``key`` is there and, unless ``value`` is empty, has this value. ``default`` marks the value
    that a missing key stands for."""

    key: str
    value: str = ""
    default: bool = False
    required: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    json: tuple[str, ...] = ()
    file_json: bool = False


@dataclass(frozen=True)
class ProviderCheck:
    """What is checked of an action, and in words what is checked, simulated, and really done."""

    provider: str
    category: str
    checked: str
    simulated: str
    source: str
    done: str = ""
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    exclusive: tuple[tuple[str, ...], ...] = ()
    choices: dict[str, tuple[str, ...]] = field(default_factory=dict)
    patterns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, ...]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)
    json: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    located: tuple[str, ...] = ()
    when: tuple[ConditionalCheck, ...] = ()


@cache
def provider_checks() -> dict[tuple[str, str], ProviderCheck]:
    """(category, provider) -> its checks."""
    rows = tomllib.loads(files(__package__).joinpath("checks.toml").read_text("utf-8"))["providers"]
    checks = [
        ProviderCheck(
            **_frozen({**row, "when": [ConditionalCheck(**_frozen(each)) for each in row.get("when", ())]})
        )
        for row in rows
    ]
    return {(check.category, check.provider): check for check in checks}


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _frozen(each) for key, each in value.items()}
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
