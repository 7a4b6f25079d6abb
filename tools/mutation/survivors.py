"""The list of mutants that are known to survive, each with the reason: known_survivors.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from mutation.planting.population import Mutant

FILE = Path(__file__).with_name("known_survivors.toml")
KINDS = ("equivalent", "open")


class Survivor(NamedTuple):
    """One entry of the list."""

    kind: str
    """``equivalent``: no test can distinguish it from the original. ``open``: a test is missing."""
    reason: str


class BadList(Exception):
    """The list of known survivors cannot be read; the message says where."""


def read_survivors(file: Path = FILE) -> dict[tuple[str, str, str, int], Survivor]:
    """The known survivors by the key of their mutant."""
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadList(f"{file.name}: {error}") from None
    survivors = {}
    for kind in KINDS:
        for number, entry in enumerate(entries.pop(kind, []), 1):
            try:
                key = (entry["function"], entry["statement"], entry["becomes"], entry.get("occurrence", 1))
                reason = entry["reason"]
            except KeyError as missing:
                raise BadList(f"{file.name}: entry {number} of [[{kind}]] has no {missing}") from None
            if not reason.strip():
                raise BadList(f"{file.name}: entry {number} of [[{kind}]] gives no reason")
            survivors[key] = Survivor(kind, reason)
    if entries:
        raise BadList(f"{file.name}: {', '.join(entries)} is not a kind; the kinds are {' and '.join(KINDS)}")
    return survivors


def as_toml(mutants: Iterable[Mutant], kind: str = "open", reason: str = "") -> str:
    """Entries for these mutants, to be pasted into the list and given their reason."""
    return "\n".join(
        "\n".join(
            [
                f"[[{kind}]] # {mutant.change.operator}, {mutant.place.room}",
                f"function = {_quoted(mutant.place.qualified_name)}",
                f"statement = {_quoted(mutant.statement)}",
                f"becomes = {_quoted(mutant.becomes)}",
                *([f"occurrence = {mutant.occurrence}"] if mutant.occurrence > 1 else []),
                f"reason = {_quoted(reason)}",
                "",
            ]
        )
        for mutant in mutants
    )


def _quoted(text: str) -> str:
    """A TOML string: a literal one if possible, because source is full of quotes and backslashes."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    if "'''" not in text and not text.endswith("'") and text.replace("\n", "").isprintable():
        return f"'''{text}'''" if not text.startswith("\n") else f"'''\n{text}'''"
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
