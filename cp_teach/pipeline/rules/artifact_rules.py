"""The way of the artifacts: made once, and made before they are needed (S7, S8). Asked of the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.graph import FLOW, ORDER, Node, graph, keys, only
from cp_teach.pipeline.model.location import Place
from cp_teach.pipeline.model.pipeline import Pipeline
from cp_teach.pipeline.violation import Breach

if TYPE_CHECKING:
    import networkx


def breaches(pipeline: Pipeline, book: Catalog) -> Iterator[Breach]:
    """S7 (cfn-lint issue 1688), S8 (user guide: reference-pipeline-structure; asked of the service)."""
    yield from _twice(pipeline)
    if any(action.input_names for stage in pipeline.stages for action in stage.actions):
        yield from _needed(pipeline)


def _twice(pipeline: Pipeline) -> Iterator[Breach]:
    first: dict[str, str] = {}
    for index, stage in enumerate(pipeline.stages):
        for position, action in enumerate(stage.actions):
            here = Place().stage(index, stage.name).action(position, action.name).member("outputArtifacts")
            for number, name in enumerate(action.output_names):
                if name in first:
                    yield here.item(number).in_action(
                        "Output Artifact Bundle name must be unique within the pipeline. "
                        f"{name} has been used more than once.",
                        f"{first[name]} makes it already: give this one another name.",
                    )
                first.setdefault(name, f"{stage.name}/{action.name}")


def _needed(pipeline: Pipeline) -> Iterator[Breach]:
    """An input must come out of an action from which an order edge, or a chain of them, leads here."""
    import networkx as nx

    g = graph(pipeline)
    order = only(g, ORDER)
    circles = _circles(g)
    _, nodes = keys(pipeline)
    after: dict[Node, set[Node]] = defaultdict(set)
    makers: dict[str, list[Node]] = defaultdict(list)
    for (index, position), node in nodes.items():
        for name in pipeline.stages[index].actions[position].output_names:
            makers[name].append(node)
            after[node] = nx.descendants(order, node) if node in order else set()
    for (index, position), node in nodes.items():
        stage = pipeline.stages[index]
        action = stage.actions[position]
        here = Place().stage(index, stage.name).action(position, action.name).member("inputArtifacts")
        for number, name in enumerate(action.input_names):
            if any(node in after[maker] for maker in makers.get(name, ())):
                continue
            yield here.item(number).in_action(
                f"Input Artifact Bundle {name} in action {action.name} is not declared as "
                "Output Artifact Bundle in any of the preceding actions",
                _advice(name, node, makers, circles),
            )


def _advice(name: str, node: Node, makers: dict[str, list[Node]], circles: dict[Node, str]) -> str:
    if node in circles:
        return f"The artifacts go round in a circle: {circles[node]}. Break it: one of them must come first."
    found = makers.get(name)
    if not found:
        known = ", ".join(sorted(makers)) or "none"
        return f"No action makes {name}. Artifacts that are made: {known}."
    maker = found[0]
    if maker == node:
        return "An action cannot eat what it makes itself: give its output another name."
    stage, action = maker[1], maker[2] if len(maker) == 3 else maker[-2]
    if maker[1] == node[1]:
        return f"{action} makes it in the same stage, but not earlier: give {action} a lower run order."
    return f"{action} makes it only later, in stage {stage}: move one of the two."


def _circles(g: networkx.DiGraph[Any]) -> dict[Node, str]:
    """For each action on a circle of artifacts, that circle spelt out.

    A circle is looked for in each knot of the graph (a strongly connected part) once, never in all their
    combinations, of which there may be more than anyone can wait for.
    """
    import networkx as nx

    flow = only(g, FLOW)
    found: dict[Node, str] = {}
    for knot in nx.strongly_connected_components(flow):
        if len(knot) < 2:
            continue
        part = flow.subgraph(knot)
        start = min((node for node in knot if node[0] == "action"), key=str)
        nodes = [edge[0] for edge in nx.find_cycle(part, start)]
        first = next(i for i, node in enumerate(nodes) if node[0] == "action")
        ring = nodes[first:] + nodes[:first]
        spelt = " → ".join(str(node[-1] if node[0] == "artifact" else node[2]) for node in [*ring, ring[0]])
        found.update(dict.fromkeys(knot, spelt))
    return found
