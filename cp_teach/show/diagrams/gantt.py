"""Gantt chart: when each action worked on each execution, as SVG and as a table."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, Literal

from cp_teach.engine import ActionRow
from cp_teach.engine.run.protocols import Recorded
from cp_teach.pipeline import Pipeline
from cp_teach.style import status_style
from cp_teach.style.svg_chart import BOLD, LETTER, Chart, format_duration, time_ticks

WIDTH = 900.0
ROW, GAP, TOP = 26.0, 6.0, 34.0


class Timeline:
    """A chart for a notebook cell: one row for each action, one bar for each of its runs. ``svg`` is its text."""

    def __init__(self, run: Recorded, theme: str = "light") -> None:
        if not isinstance(run, Recorded):
            raise TypeError(f"a timeline needs a run, such as Run(pipeline); got a {type(run).__name__}")
        self._name, self._now = run.state.pipeline.name, float(run.now)
        self._lines = _lines(run.state.pipeline, list(run.history.actions))
        self.svg = self._draw(Chart(theme))

    def save(self, path: str | Path) -> Path:
        """Write the chart to a .svg file. Raises ``ValueError`` for any other suffix."""
        path = Path(path)
        if path.suffix != ".svg":
            raise ValueError(f"{path.name} should end in .svg")
        path.write_text(self.svg, encoding="utf-8")
        return path

    def _draw(self, chart: Chart) -> str:
        marks = time_ticks(self._now)
        left = 16 + BOLD * max((len(name) for _, name, _ in self._lines), default=0)
        scale = (WIDTH - left - 30) / marks[-1]
        height = TOP + sum(lanes(runs) * ROW + GAP for _, _, runs in self._lines) + 8
        for mark in marks:
            x = left + mark * scale
            chart.add_line(x, TOP - 8, x, height - 8)
            chart.add_text(x, TOP - 14, format_duration(mark), color="muted", anchor="middle")
        y, before = TOP, ""
        for stage, name, runs in self._lines:
            if stage != before:
                chart.add_line(0, y - GAP / 2, WIDTH, y - GAP / 2, color="edge")
            before = stage
            chart.add_text(4, y + 17, name, bold=True)
            free: list[float] = []
            for row in runs:
                lane = _lane(free, row.started, self._end(row))
                self._bar(chart, left + row.started * scale, y + lane * ROW, scale, row)
            y += lanes(runs) * ROW + GAP
        return chart.svg(WIDTH, height, f"Timeline of {self._name}", self._description())

    def _bar(self, chart: Chart, x: float, y: float, scale: float, row: ActionRow) -> None:
        look = status_style(row.status)
        width = max(3.0, (self._end(row) - row.started) * scale)
        chart.add_bar(x, y + 2, width, ROW - 4, look, self._sentence(row))
        number, glyph = row.execution, look.glyph
        for label in (f"#{number} {glyph}", f"{glyph} {number}", glyph):  # as much as there is room for
            if width >= 12 + LETTER * len(label):
                chart.add_text(x + 8, y + 17, label)
                break

    def _end(self, row: ActionRow) -> float:
        return self._now if row.ended is None else float(row.ended)

    def _sentence(self, row: ActionRow) -> str:
        until = "is running" if row.ended is None else f"until {format_duration(row.ended)}"
        again = f", attempt {row.attempt}" if row.attempt > 1 else ""
        word = status_style(row.status).word
        return f"#{row.execution} {row.stage} / {row.action}{again}: {format_duration(row.started)} {until}, {word}"

    def _description(self) -> str:
        runs = [self._sentence(row) for _, _, runs in self._lines for row in runs]
        return f"{'. '.join(runs)}." if runs else "Nothing has run yet."

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        rows = "".join(
            "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"
            for cells in self.table()
        )
        head = "".join(f'<th scope="col">{name}</th>' for name in ("Execution", *COLUMNS))
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        table = f"<details><summary>The same as a table</summary>{table}</details>"
        return {"text/html": self.svg + table, "image/svg+xml": self.svg, "text/plain": repr(self)}

    def table(self) -> list[tuple[str, str, str, int, str, str, str]]:
        """The bars as rows in order of their begin: execution, stage, action, attempt, begin, end, status."""
        runs = sorted((row for _, _, runs in self._lines for row in runs), key=lambda row: row.position)
        return [
            (
                f"#{row.execution}", row.stage, row.action, row.attempt, format_duration(row.started),
                "" if row.ended is None else format_duration(row.ended), status_style(row.status).word,
            )
            for row in runs
        ]  # fmt: skip

    def __repr__(self) -> str:
        return f"Timeline of {self._name}. {self._description()}"


COLUMNS = ("Stage", "Action", "Attempt", "Began", "Ended", "Status")


def timeline(run: Recorded, *, theme: Literal["light", "dark"] = "light") -> Timeline:
    """A Gantt chart of ``run``: one row for each action, one bar for each of its runs, over the clock of the run.

    Overlapping runs of one action (PARALLEL mode) are drawn below each other. Raises ``TypeError`` if ``run`` has no
    history.
    """
    return Timeline(run, theme)


def _lines(pipeline: Pipeline, rows: list[ActionRow]) -> list[tuple[str, str, list[ActionRow]]]:
    """(stage, name of the row, runs) for every action of the pipeline, and for those that an edit removed."""
    lines: dict[tuple[str, str], list[ActionRow]] = {
        (stage.name, action.name): [] for stage in pipeline.stages for action in stage.actions
    }
    for row in rows:
        lines.setdefault((row.stage, row.action), []).append(row)
    return [(stage, f"{stage} / {action}", runs) for (stage, action), runs in lines.items()]


def lanes(runs: list[ActionRow]) -> int:
    """The number of rows that the runs of an action need: as many as overlap."""
    free: list[float] = []
    for row in runs:
        _lane(free, row.started, float("inf") if row.ended is None else row.ended)
    return max(1, len(free))


def _lane(free: list[float], begin: float, end: float) -> int:
    """The first lane that is free at ``begin``; it is occupied until ``end``."""
    lane = next((at for at, until in enumerate(free) if until <= begin), len(free))
    free[lane : lane + 1] = [end]
    return lane
