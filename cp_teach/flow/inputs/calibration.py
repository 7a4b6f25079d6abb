"""Calibration: the numbers behind the presets, each with source and certainty (data/calibration.toml)."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach import resources
from cp_teach.security.input.input_files import read_text_file

if TYPE_CHECKING:
    import pandas as pd

SURE = {
    "read": "the primary source was read",
    "abstract": "its abstract was read",
    "press": "another account of it was read",
    "recalled": "from memory",
    "assumption": "ours, not data",
}
"""The levels of certainty, and what each means."""
COLUMNS = ("value", "unit", "year", "sure", "source", "note")
MAX_BYTES = 1_000_000


class BadCalibration(ValueError):
    """A calibration file is invalid; the message says where and what to do."""


@dataclass(frozen=True)
class Figure:
    """A number, or several that belong together, with unit, source, and certainty."""

    key: str
    values: tuple[float, ...]
    unit: str
    year: int
    source: str
    sure: str
    note: str = ""

    @property
    def value(self) -> float:
        """The number. Raises ``ValueError`` if there are several."""
        if len(self.values) != 1:
            raise ValueError(f"{self.key} has {len(self.values)} numbers: use .values")
        return self.values[0]

    @property
    def text(self) -> str:
        """The numbers, separated by commas."""
        return ", ".join(f"{value:g}" for value in self.values)

    def __str__(self) -> str:
        return f"{self.key} = {self.text} {self.unit} ({self.year}; {self.sure}: {self.source})"


class Calibration(Mapping[str, Figure]):
    """Figures by key, such as "build.median". A notebook shows them as a table with all sources."""

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        self._figures = dict(figures)

    def __getitem__(self, key: str) -> Figure:
        try:
            return self._figures[key]
        except KeyError:
            group = str(key).partition(".")[0]
            similar = [name for name in self._figures if name.startswith(group)] or list(self._figures)
            raise KeyError(f"unknown figure {key!r}: choose from {', '.join(similar)}") from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def frame(self) -> pd.DataFrame:
        """Return one row for each figure, by its key: value, unit, year, sure, source, note."""
        import pandas as pd

        rows = [(f.key, f.text, f.unit, f.year, f.sure, f.source, f.note) for f in self.values()]
        return pd.DataFrame(rows, columns=["figure", *COLUMNS]).set_index("figure")

    def __repr__(self) -> str:
        return "\n".join(str(figure) for figure in self.values())

    def _repr_html_(self) -> str:
        import pandas as pd

        frame = self.frame()
        frame["sure"] += ": " + frame["sure"].map(SURE)
        frame["source"] += frame.pop("note").map(lambda note: f". {note}" if note else "")
        with pd.option_context("display.max_colwidth", None):
            html: str = (
                frame.rename(columns={"sure": "how sure"})
                .reset_index()
                .to_html(index=False, border=0, justify="left")
            )
        return html.replace("<td>", "<td style='text-align:left'>")


def calibration(path: str | Path | None = None) -> Calibration:
    """Read a TOML file laid out like data/calibration.toml, by default that file itself.

    Raises ``BadCalibration`` for a figure without value, unit, year, or source, and ``OSError`` for a missing file.
    """
    return _default() if path is None else _read(Path(path))


@cache
def _default() -> Calibration:
    return _read(resources.data() / "calibration.toml")


def _read(path: Path) -> Calibration:
    try:
        tables = tomllib.loads(read_text_file(path, MAX_BYTES))
        return Calibration({figure.key: figure for figure in _figures(path.name, "", tables)})
    except BadCalibration:
        raise
    except RecursionError:
        raise BadCalibration(f"{path.name} is nested too deeply to be a calibration.") from None
    except (
        ValueError
    ) as error:  # invalid TOML or text, not a regular file, or a number with thousands of digits
        raise BadCalibration(
            f"{path.name} is not valid TOML: {str(error).rstrip('.')}. Compare it with data/calibration.toml."
        ) from None


def _figures(file: str, prefix: str, table: dict[str, Any]) -> Iterator[Figure]:
    for name, part in table.items():
        key = f"{prefix}{name}"
        if not isinstance(part, dict):
            raise BadCalibration(
                f"{file}: {key} is not in a table. Write a table for each figure: [{key}], then value = …"
            )
        if part and all(isinstance(value, dict) for value in part.values()):
            yield from _figures(file, f"{key}.", part)
        else:
            yield _figure(f"{file}, [{key}]", key, part)


def _figure(where: str, key: str, fields: dict[str, Any]) -> Figure:
    types: dict[str, type] = {"unit": str, "year": int, "source": str, "sure": str}
    if unknown := set(fields) - set(types) - {"value", "note"}:
        raise BadCalibration(f"{where}: unknown field {', '.join(sorted(unknown))}. Check the spelling.")
    for name, kind in types.items():
        if not isinstance(fields.get(name), kind) or not fields[name]:
            raise BadCalibration(f"{where} has no {name}. Every figure needs one: add it.")
    if fields["sure"] not in SURE:
        raise BadCalibration(f"{where}: sure = {fields['sure']!r}. Write one of {', '.join(SURE)}.")
    value = fields.get("value")
    values: list[Any] = value if isinstance(value, list) and value else [value]
    if any(isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v) for v in values):
        raise BadCalibration(f"{where}: value = {value!r}. It must be a number, or a list of numbers.")
    note = str(fields.get("note", ""))
    numbers = tuple(float(v) for v in values)
    return Figure(key, numbers, fields["unit"], fields["year"], fields["source"], fields["sure"], note)
