"""The action types of AWS as the service lists them: configuration properties, numbers of artifacts, and URLs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

CONSOLE = "https://console.aws.amazon.com"
_PLACEHOLDER = re.compile(r"\{(?:(?P<config>Config):)?(?P<name>\w+)\}")


@dataclass(frozen=True)
class Property:
    """One configuration property of an action type (model: ActionConfigurationProperty)."""

    name: str
    required: bool
    key: bool
    description: str


@dataclass(frozen=True)
class RecordedType:
    """One action type of AWS (model: ActionType). ``inputs`` and ``outputs`` are (minimum, maximum)."""

    category: str
    provider: str
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    properties: tuple[Property, ...] = ()
    entity_url: str = ""
    execution_url: str = ""
    revision_url: str = ""

    @property
    def required(self) -> tuple[str, ...]:
        """The names of the required properties."""
        return tuple(each.name for each in self.properties if each.required)

    @property
    def optional(self) -> tuple[str, ...]:
        """The names of the other properties."""
        return tuple(each.name for each in self.properties if not each.required)


@cache
def recorded_types() -> dict[tuple[str, str], RecordedType]:
    """Return (category, provider) -> action type, in the order of AWS."""
    text = files(__package__).joinpath("action_types.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["action_types"]
    return {(row["category"], row["provider"]): _recorded(row) for row in rows}


def _recorded(row: dict[str, Any]) -> RecordedType:
    return RecordedType(
        **{name: row[name] for name in row if name not in ("inputs", "outputs", "properties")},
        inputs=tuple(row["inputs"]),
        outputs=tuple(row["outputs"]),
        properties=tuple(
            Property(name, "required" in flags, "key" in flags, description)
            for name, flags, description in row["properties"]
        ),
    )


def listed_url(template: str, region: str) -> str:
    """Return a URL template as ListActionTypes shows it: the console and the Region are filled in."""
    return template.replace("{console}", CONSOLE).replace("{region}", region)


def filled_url(template: str, region: str, configuration: Mapping[str, str], **values: str) -> str:
    """Return a URL template with the action's configuration and those values; a missing one is empty."""
    known = {"console": CONSOLE, "Console": CONSOLE, "region": region, "Region": region, **values}

    def value(match: re.Match[str]) -> str:
        return (configuration if match["config"] else known).get(match["name"], "")

    return _PLACEHOLDER.sub(value, template)
