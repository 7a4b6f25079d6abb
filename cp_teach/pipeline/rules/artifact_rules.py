"""Rules for artifacts: produced once, and produced before they are consumed (S7, S8). They use the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cp_teach.pipeline.catalogs import Catalog
from cp_teach.pipeline.graph import ARTIFACT_EDGES, ORDER_EDGES, Node, filter_edges, graph, node_keys
from cp_teach.pipeline.location import placed_actions
from cp_teach.pipeline.model.declaration import PipelineDeclaration
from cp_teach.pipeline.violation import Violation

if TYPE_CHECKING:
    import networkx


def check(pipeline: PipelineDeclaration, catalog: Catalog) -> Iterator[Violation]:
    """Yield violations of S7 (cfn-lint issue 1688) and S8 (user guide: reference-pipeline-structure; probed against the
    service)."""
    yield from _duplicate_outputs(pipeline)
    if any(action.input_names for stage in pipeline.stages for action in stage.actions):
        yield from _missing_inputs(pipeline)


def _duplicate_outputs(pipeline: PipelineDeclaration) -> Iterator[Violation]:
    first: dict[str, str] = {}
    for action, stage, location, *_ in placed_actions(pipeline):
        for number, name in enumerate(action.output_names):
            if name in first:
                yield (
                    location.member("outputArtifacts")
                    .item(number)
                    .in_action(
                        "Output Artifact Bundle name must be unique within the pipeline. "
                        f"{name} has been used more than once.",
                        f"{first[name]} already produces it: give this one another name.",
                    )
                )
            first.setdefault(name, f"{stage.name}/{action.name}")


def _missing_inputs(pipeline: PipelineDeclaration) -> Iterator[Violation]:
    """An input artifact must be an output of an action from which a path of order edges leads to this action."""
    import networkx as nx

    g = graph(pipeline)
    order = filter_edges(g, ORDER_EDGES)
    cycles = _cycles(g)
    _, nodes = node_keys(pipeline)
    after: dict[Node, set[Node]] = defaultdict(set)
    producers: dict[str, list[Node]] = defaultdict(list)
    for action, _, _, index, position in placed_actions(pipeline):
        node = nodes[index, position]
        for name in action.output_names:
            producers[name].append(node)
            after[node] = nx.descendants(order, node) if node in order else set()
    for action, _, location, index, position in placed_actions(pipeline):
        node = nodes[index, position]
        for number, name in enumerate(action.input_names):
            if any(node in after[producer] for producer in producers.get(name, ())):
                continue
            yield (
                location.member("inputArtifacts")
                .item(number)
                .in_action(
                    f"Input Artifact Bundle {name} in action {action.name} is not declared as "
                    "Output Artifact Bundle in any of the preceding actions",
                    _advice(name, node, producers, cycles),
                )
            )


def _advice(name: str, node: Node, producers: dict[str, list[Node]], cycles: dict[Node, str]) -> str:
    if node in cycles:
        return f"The artifacts form a cycle: {cycles[node]}. Break it: one of them must come first."
    candidates = producers.get(name)
    if not candidates:
        outputs = ", ".join(sorted(producers)) or "none"
        return f"No action produces {name}. Artifacts that actions produce: {outputs}."
    producer = candidates[0]
    if producer == node:
        return "An action cannot consume its own output: give its output another name."
    stage, action = producer[1], producer[2] if len(producer) == 3 else producer[-2]
    if producer[1] == node[1]:
        return f"{action} produces it in the same stage, but not earlier: give {action} a lower run order."
    return f"{action} produces it only later, in stage {stage}: move one of the two."


def _cycles(g: networkx.DiGraph[Any]) -> dict[Node, str]:
    """Return one cycle of artifacts as text for each node that is on a cycle.

    One cycle is enough for each strongly connected component; listing all cycles could take exponential time.
    """
    import networkx as nx

    flow = filter_edges(g, ARTIFACT_EDGES)
    cycles: dict[Node, str] = {}
    for component in nx.strongly_connected_components(flow):
        if len(component) < 2:
            continue
        part = flow.subgraph(component)
        start = min((node for node in component if node[0] == "action"), key=str)
        nodes = [edge[0] for edge in nx.find_cycle(part, start)]
        first = next(i for i, node in enumerate(nodes) if node[0] == "action")
        ring = nodes[first:] + nodes[:first]
        text = " → ".join(str(node[-1] if node[0] == "artifact" else node[2]) for node in [*ring, ring[0]])
        cycles.update(dict.fromkeys(component, text))
    return cycles
