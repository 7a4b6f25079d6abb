"""What browsers draw, in parts with versions, so that each gets only what is new to it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Part(NamedTuple):
    """One part of a picture as JSON text; its version changes when the text does."""

    version: int
    text: str


class Picture:
    """The newest parts by name. A browser that reads slowly skips what was in between."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}

    def update(self, values: Mapping[str, Any]) -> None:
        """Take in the newest values; one that is the same as before keeps its version."""
        for name, value in values.items():
            text = json.dumps(value, ensure_ascii=True)
            old = self.parts.get(name)
            if old is None or old.text != text:
                self.parts[name] = Part(old.version + 1 if old else 1, text)

    def news(self, known: dict[str, int]) -> dict[str, str]:
        """The JSON texts of the parts that differ from the ``known`` versions, which become those of the answer."""
        new = {name: part for name, part in self.parts.items() if known.get(name) != part.version}
        known.update({name: part.version for name, part in new.items()})
        return {name: part.text for name, part in new.items()}


def joined(texts: Mapping[str, str]) -> str:
    """One JSON object of values that are JSON texts already."""
    return "{" + ",".join(f'"{name}":{text}' for name, text in texts.items()) + "}"
