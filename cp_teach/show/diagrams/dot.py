"""A pipeline in DOT, Graphviz's language: the stages from top to bottom, as in AWS's console."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from html import escape
from itertools import pairwise

import graphviz

from cp_teach.pipeline import Action, Stage
from cp_teach.security.output.terminal import escape_controls
from cp_teach.security.output.xml_text import valid_xml_text
from cp_teach.show.diagrams.run_snapshot import RunSnapshot
from cp_teach.style import PALETTE, Status, status_style
from cp_teach.style.svg_chart import THEMES

WIDE = 26
"""Characters in one line of a card; longer names continue in the next line."""
ROW = 4
"""Cards beside each other; a larger parallel group continues in the next row, to stay legible."""
LINE = '<BR ALIGN="LEFT"/>'


class Source:
    """The DOT of one moment, in one theme. Raises ``ValueError`` for an unknown theme."""

    def __init__(self, moment: RunSnapshot, theme: str = "light") -> None:
        if theme not in THEMES:
            raise ValueError(f"theme must be {' or '.join(map(repr, THEMES))}; got {theme!r}")
        self.moment, self.dark = moment, theme == "dark"
        names = ("page", "field", "card", "edge", "text", "muted")
        self.page, self.field, self.card, self.line, self.ink, self.quiet = (
            PALETTE[name][self.dark] for name in names
        )
        self.artifact_nodes: dict[str, str] = {}
        """Artifact -> the node of its label."""
        self.labels: dict[str, str] = {}
        """Card -> the label of the last artifact it makes."""

    def text(self) -> str:
        """The whole graph."""
        graph = graphviz.Digraph(
            graphviz.escape(clean(self.moment.pipeline.name)),
            graph_attr={
                "rankdir": "TB", "compound": "true", "newrank": "true", "nodesep": "0.25", "ranksep": "0.35",
                "bgcolor": self.page, "pad": "0.1",
                "fontname": "Arial", "fontcolor": self.ink, "fontsize": "13",
            },
            node_attr={"shape": "plain", "fontname": "Arial", "fontsize": "11", "fontcolor": self.ink},
            edge_attr={"fontname": "Arial", "fontsize": "10", "color": self.line, "fontcolor": self.quiet,
                       "arrowsize": "0.7"},
        )  # fmt: skip
        stages = self.moment.pipeline.stages
        rows = [self._rows(stage) for stage in stages]
        for index, stage in enumerate(stages):
            if index or self._transition_matters(index):
                self._transition(graph, index)
            self._stage(graph, index, stage, rows[index])
        self._order(graph, rows)
        self._artifacts(graph)
        return str(graph.source)

    # -- stages and their cards ------------------------------------------------------------------------------
    def _stage(self, graph: graphviz.Digraph, index: int, stage: Stage, rows: list[list[int]]) -> None:
        delivered = self.moment.delivered(index)
        lines = [f"<B>{_wrap(stage.name, 40)}</B>"]
        if delivered:
            text = _wrap("has " + delivered, 44)
            lines.append(f'<FONT POINT-SIZE="10" COLOR="{self.quiet}">{text}</FONT>')
        label = _table([(line, _room(stage.name + "  ", 13)) for line in lines])
        with graph.subgraph(name=f"cluster_{index}") as box:
            box.attr(label=label, style="rounded,filled", fillcolor=self.field, color=self.line,
                     margin="12", labeljust="l", penwidth="1")  # fmt: skip
            if not stage.actions:
                box.node(f"s{index}r0", label="no actions")
            for number, group in enumerate(stage.groups):
                if len(stage.groups) == 1:
                    self._cards(box, index, stage, group)
                    continue
                order = stage.actions[group[0]].order
                with box.subgraph(name=f"cluster_{index}_{number}") as inner:
                    side = ", in parallel" if len(group) > 1 else ""
                    inner.attr(label=f"run order {order}{side}", style="dashed,rounded", labeljust="l")
                    inner.attr(color=self.line, fontsize="10", fontcolor=self.quiet, margin="8")
                    self._cards(inner, index, stage, group)

    def _cards(self, box: graphviz.Digraph, index: int, stage: Stage, group: tuple[int, ...]) -> None:
        for at in group:
            action = stage.actions[at]
            box.node(f"s{index}a{at}", label=self._card(index, at, action))
            for number, name in enumerate(action.output_names):
                node = f"s{index}a{at}o{number}"
                # If two actions make an artifact of the same name, the later one counts, as in the pipeline.
                self.artifact_nodes[name] = self.labels[f"s{index}a{at}"] = node
                label = _table([(_wrap(name, WIDE), _room(name, 10))],
                               f' BORDER="1" STYLE="ROUNDED,DOTTED" COLOR="{self.line}"', 3)  # fmt: skip
                box.node(node, label=label, fontsize="10", fontcolor=self.quiet)
                box.edge(f"s{index}a{at}", node, arrowhead="none", weight="4")

    def _card(self, index: int, at: int, action: Action) -> str:
        result = self.moment.action(index, at, action)
        kind = f"{action.category} · {action.provider}"
        rows = [
            (f"<B>{_wrap(action.name, WIDE)}</B>", _room(action.name, 12)),
            (f'<FONT POINT-SIZE="10" COLOR="{self.quiet}">{_wrap(kind, WIDE + 4)}</FONT>', 0),
        ]
        shared = [name for name in action.input_names if self._shared(name, index)]
        if shared:
            takes = f"takes {', '.join(shared)}"
            text = f'<FONT POINT-SIZE="10" COLOR="{self.quiet}">{_wrap(takes, WIDE + 4)}</FONT>'
            rows.append((text, _room(takes, 10, WIDE + 4)))
        border = self.line
        if result is not None:
            state, number = result
            border = self._colour(state)
            rest = f"{state.word}, execution {number}" if number else state.word
            text = f'<FONT COLOR="{border}"><B>{state.glyph}</B></FONT>  {escape(rest)}'
            rows.append((text, _room(f"{state.glyph}  {rest}", 10)))
        width = 2 if result is not None and result[1] else 1
        return _table(rows, f' BORDER="{width}" STYLE="ROUNDED" COLOR="{border}" BGCOLOR="{self.card}"', 6)

    def _shared(self, artifact: str, index: int) -> bool:
        """Whether several actions of a later stage take the artifact: one line leads there, and the cards name it."""
        stage = self.moment.pipeline.stages[index]
        made_in_stage = any(artifact in action.output_names for action in stage.actions)
        return not made_in_stage and sum(artifact in action.input_names for action in stage.actions) > 1

    def _colour(self, state: Status) -> str:
        return state.dark if self.dark else state.light

    # -- the transitions ----------------------------------------------------------------------------------
    def _transition_matters(self, index: int) -> bool:
        return bool(self.moment.waiting(index)) or self.moment.disabled_reason(index) is not None

    def _transition(self, graph: graphviz.Digraph, index: int) -> None:
        reason = self.moment.disabled_reason(index)
        rows: list[tuple[str, float]] = []
        if reason is not None:
            text = "⊘ Transition disabled" + (f": {textwrap.shorten(clean(reason), 120, placeholder='…')}")
            rows.append((f"<B>{_wrap(text.rstrip(': '), 40)}</B>", _room(text, 11, 40)))
        elif self.moment.state is not None:
            rows.append((f'<FONT COLOR="{self.quiet}">transition enabled</FONT>', 0))
        else:
            rows.append((f'<FONT COLOR="{self.quiet}">transition</FONT>', 0))
        for number in self.moment.waiting(index):
            waiting = status_style("Waiting")
            text = f"{self.moment.name(number)} waits"
            cell = f'<FONT COLOR="{self._colour(waiting)}"><B>{waiting.glyph}</B></FONT>  {_wrap(text, 40)}'
            rows.append((cell, _room(f"{waiting.glyph}  {text}", 11, 40)))
        edge = ' BORDER="2" STYLE="ROUNDED,DASHED"' if reason is not None else ' BORDER="0"'
        label = _table(rows, f'{edge} COLOR="{self.ink}"', 5 if reason is not None else 1)
        graph.node(f"d{index}", label=label, fontsize="10")

    # -- the layout ---------------------------------------------------------------------
    def _rows(self, stage: Stage) -> list[list[int]]:
        """The cards of a stage in rows; a row has cards of one group only."""
        rows = []
        for group in stage.groups:
            rows += [list(group[at : at + ROW]) for at in range(0, len(group), ROW)]
        return rows

    def _order(self, graph: graphviz.Digraph, rows: list[list[list[int]]]) -> None:
        names = [
            [[f"s{i}a{at}" for at in row] for row in stage] or [[f"s{i}r0"]] for i, stage in enumerate(rows)
        ]
        for stage in names:
            for row in stage:
                with graph.subgraph(graph_attr={"rank": "same"}) as side:
                    for left, right in pairwise(row):
                        side.edge(left, right, style="invis")
            for above, below in pairwise(stage):
                _below(graph, above, below)
                for pill in (self.labels[node] for node in above if node in self.labels):
                    graph.edge(pill, below[-1], style="invis")
        for index, stage in enumerate(names):
            if index == 0 and not self._transition_matters(0):
                continue
            transition = f"d{index}"
            disabled = self.moment.disabled_reason(index) is not None
            style = {"style": "dashed"} if disabled else {"penwidth": "2"}
            middle = stage[0][len(stage[0]) // 2]
            graph.edge(transition, middle, lhead=f"cluster_{index}", weight="8", **style)
            for node in stage[0]:
                graph.edge(transition, node, style="invis")
            if index:
                last = names[index - 1][-1]
                graph.edge(last[len(last) // 2], transition, ltail=f"cluster_{index - 1}", arrowhead="none",
                           weight="8", penwidth="2")  # fmt: skip
                pills = [node for node in self.artifact_nodes.values() if node.startswith(f"s{index - 1}a")]
                for node in (*last, *pills):
                    graph.edge(node, transition, style="invis")

    def _artifacts(self, graph: graphviz.Digraph) -> None:
        """Edges from the label of each artifact to the actions that take it, or to the stage if several do."""
        thin = {"penwidth": "0.8", "weight": "1"}
        for index, stage in enumerate(self.moment.pipeline.stages):
            linked = set()
            for at, action in enumerate(stage.actions):
                for name in action.input_names:
                    if name not in self.artifact_nodes or name in linked:
                        continue
                    into = thin
                    if self._shared(name, index):
                        linked.add(name)
                        into = {**thin, "lhead": f"cluster_{index}"}
                    graph.edge(self.artifact_nodes[name], f"s{index}a{at}", **into)


def _below(graph: graphviz.Digraph, above: list[str], below: list[str]) -> None:
    """Put one row under another with as few invisible edges as possible."""
    for at, node in enumerate(below):
        graph.edge(above[min(at, len(above) - 1)], node, style="invis", weight="3")
    for node in above[len(below) :]:
        graph.edge(node, below[-1], style="invis")


def clean(text: str) -> str:
    """The text without characters that XML cannot hold, and with hidden or direction-changing characters made
    visible."""
    return escape_controls(valid_xml_text(text))


BREAKS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[-_./ ])")
"""Where a long name can continue in the next line: before a capital, after a hyphen, dot or space."""


def _lines(text: str, width: int) -> list[str]:
    lines = [""]
    for piece in BREAKS.split(clean(text)):
        for start in range(0, len(piece) or 1, width):
            part = piece[start : start + width]
            if lines[-1] and len(lines[-1]) + len(part.rstrip()) > width:
                lines.append("")
            lines[-1] += part
    return [line.strip() for line in lines]


def _wrap(text: str, width: int) -> str:
    # Graphviz replaces \\N by the name of the node, even if it is an entity, and refuses an empty <B>.
    lines = [escape(line, quote=True).replace("\\", "⧵") or "&#160;" for line in _lines(text, width)]
    return "<BR/>".join(lines)


def _room(text: str, size: float, width: int = WIDE) -> float:
    """The width in points of the longest line, if it has characters that Graphviz's tables lack; else 0."""
    if text.isascii():
        return 0
    lines = textwrap.wrap(clean(text), width) or [""]
    return (
        max(sum(1.05 if unicodedata.east_asian_width(ch) in "WF" else 0.6 for ch in line) for line in lines)
        * size
    )


def _table(rows: list[tuple[str, float]], style: str = ' BORDER="0"', padding: int = 2) -> str:
    """One cell of lines, as wide as the widest of them."""
    room = max(needed for _, needed in rows)
    width = f' WIDTH="{room + 2 * padding:.0f}"' if room else ""
    lines = "".join(line.replace("<BR/>", LINE) + LINE for line, _ in rows)
    cell = f'<TD ALIGN="LEFT" BALIGN="LEFT" CELLPADDING="{padding}"{width}>{lines}</TD>'
    return f'<<TABLE{style} CELLBORDER="0" CELLSPACING="0"><TR>{cell}</TR></TABLE>>'
