"""The numbers that the lab starts from, each with its source and how sure it is: data/calibration.toml."""

from __future__ import annotations

import html
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
    "press": "somebody else's account of it was read",
    "recalled": "from memory",
    "assumption": "ours, not data",
}
"""How sure a number is, and what that means."""

MAX_BYTES = 1_000_000


class BadCalibration(ValueError):
    """A calibration file that cannot be used; the message says where and what to do."""


@dataclass(frozen=True)
class Figure:
    """One number, or a few that belong together: what it is, where it comes from and how sure it is."""

    key: str
    values: tuple[float, ...]
    unit: str
    year: int
    source: str
    sure: str
    note: str = ""

    @property
    def value(self) -> float:
        """The number. Raises ``ValueError`` where there are several."""
        if len(self.values) != 1:
            raise ValueError(f"{self.key} has {len(self.values)} numbers: use .values")
        return self.values[0]

    def __str__(self) -> str:
        return f"{self.key} = {self._said} {self.unit} ({self.year}; {self.sure}: {self.source})"

    @property
    def _said(self) -> str:
        return ", ".join(f"{value:g}" for value in self.values)


class Calibration(Mapping[str, Figure]):
    """Figures by their key, "build.median" for one. Shows itself as a table with all sources."""

    def __init__(self, figures: Mapping[str, Figure]) -> None:
        self._figures = dict(figures)

    def __getitem__(self, key: str) -> Figure:
        try:
            return self._figures[key]
        except KeyError:
            first = str(key).partition(".")[0]
            near = [known for known in self._figures if known.startswith(first)] or list(self._figures)
            raise KeyError(f"there is no figure {key!r}; there are {', '.join(near)}") from None

    def __contains__(self, key: object) -> bool:
        return key in self._figures

    def __iter__(self) -> Iterator[str]:
        return iter(self._figures)

    def __len__(self) -> int:
        return len(self._figures)

    def frame(self) -> pd.DataFrame:
        """One row for each figure, by its key: value, unit, year, sure, source, note."""
        import pandas as pd

        rows = [
            (one.key, one._said, one.unit, one.year, one.sure, one.source, one.note) for one in self.values()
        ]
        columns = ["figure", "value", "unit", "year", "sure", "source", "note"]
        return pd.DataFrame(rows, columns=columns).set_index("figure")

    def __repr__(self) -> str:
        return "\n".join(str(figure) for figure in self.values())

    def _repr_html_(self) -> str:
        head = "".join(
            f"<th>{word}</th>" for word in ("figure", "value", "unit", "year", "how sure", "source")
        )
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td style='text-align:left'>{html.escape(cell)}</td>"
                for cell in (
                    one.key,
                    one._said,
                    one.unit,
                    str(one.year),
                    f"{one.sure}: {SURE[one.sure]}",
                    f"{one.source}. {one.note}" if one.note else one.source,
                )
            )
            + "</tr>"
            for one in self.values()
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def calibration(path: str | Path | None = None) -> Calibration:
    """The figures of ``path``, a TOML file laid out like data/calibration.toml; of that file itself if not given.

    Raises ``BadCalibration`` for a figure without value, unit, year or source, and ``OSError`` where there is no file.
    """
    return _shipped() if path is None else _read(Path(path))


@cache
def _shipped() -> Calibration:
    return _read(resources.data() / "calibration.toml")


def _read(path: Path) -> Calibration:
    try:
        tables = tomllib.loads(read_text_file(path, MAX_BYTES))
        return Calibration({figure.key: figure for figure in _figures(path.name, "", tables)})
    except BadCalibration:
        raise
    except RecursionError:
        raise BadCalibration(f"{path.name} is nested too deeply to be a calibration.") from None
    except ValueError as error:  # no TOML, no text, no regular file, or a number of thousands of digits
        raise BadCalibration(
            f"{path.name} is no TOML: {str(error).rstrip('.')}. Compare it with data/calibration.toml."
        ) from None


def _figures(file: str, prefix: str, table: dict[str, Any]) -> Iterator[Figure]:
    for name, part in table.items():
        key = f"{prefix}{name}"
        if not isinstance(part, dict):
            raise BadCalibration(
                f"{file}: {key} stands alone. Each figure is a table: [{key}], then value = …"
            )
        if part and all(isinstance(each, dict) for each in part.values()):
            yield from _figures(file, f"{key}.", part)
        else:
            yield _figure(f"{file}, [{key}]", key, part)


def _figure(where: str, key: str, told: dict[str, Any]) -> Figure:
    wanted: dict[str, type] = {"unit": str, "year": int, "source": str, "sure": str}
    if unknown := set(told) - set(wanted) - {"value", "note"}:
        raise BadCalibration(f"{where}: {', '.join(sorted(unknown))} means nothing here; misspelt?")
    for field, kind in wanted.items():
        if not isinstance(told.get(field), kind) or not told[field]:
            raise BadCalibration(
                f"{where} has no {field}. A number without its {field} is not taken: add it."
            )
    if told["sure"] not in SURE:
        raise BadCalibration(f"{where}: sure = {told['sure']!r}. Write one of {', '.join(SURE)}.")
    given = told.get("value")
    values: list[Any] = given if isinstance(given, list) and given else [given]
    if any(isinstance(v, bool) or not isinstance(v, int | float) or not math.isfinite(v) for v in values):
        raise BadCalibration(f"{where}: value = {given!r}. It has to be a number, or a list of numbers.")
    note = str(told.get("note", ""))
    return Figure(
        key, tuple(float(v) for v in values), told["unit"], told["year"], told["source"], told["sure"], note
    )
