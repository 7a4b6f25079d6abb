"""The picture that browsers draw, in versioned parts, so that each browser gets only new parts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Part(NamedTuple):
    """One part of a picture as JSON text; its version changes when the text does."""

    version: int
    text: str


class Picture:
    """The newest parts by name. A slow browser skips the versions in between."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}

    def update(self, values: Mapping[str, Any]) -> None:
        """Update the parts; an unchanged value keeps its version."""
        for name, value in values.items():
            text = json.dumps(value, ensure_ascii=True)
            old = self.parts.get(name)
            if old is None or old.text != text:
                self.parts[name] = Part(old.version + 1 if old else 1, text)

    def changes_since(self, versions: dict[str, int]) -> dict[str, str]:
        """The JSON texts of the parts that differ from the ``known`` versions; ``known`` is updated."""
        new = {name: part for name, part in self.parts.items() if versions.get(name) != part.version}
        versions.update({name: part.version for name, part in new.items()})
        return {name: part.text for name, part in new.items()}


def join_json(texts: Mapping[str, str]) -> str:
    """One JSON object from values that are already JSON texts."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in texts.items()) + "}"
