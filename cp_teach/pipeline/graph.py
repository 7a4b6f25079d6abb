"""The graph of a pipeline, a ``networkx.DiGraph`` of stages, actions, artifacts, and transitions.

Nodes are tuples, and each has a ``kind``:

- ``("stage", "Build")``: kind, name, index, actions (their number);
- ``("action", "Build", "Compile")``: kind, name, stage, category, owner, provider, run_order, group, region;
- ``("artifact", "BuildOutput")``: kind, name;
- ``("transition", "Source", "Build")``: kind, source, target.

Edges have a ``kind``, too. Order edges are ``contains`` (from a stage to its actions), ``then`` (from an action to
those of the next run order), ``leaves`` (from a stage to a transition), and ``enters`` (from a transition to the next
stage). Artifact edges are ``makes`` (from an action to its output) and ``feeds`` (from an artifact to the actions that
consume it).

The graph of a pipeline that AWS accepts has no cycle; ``rules.artifact_rules`` reports a cycle. If an invalid pipeline
uses a name twice, the second node ends in its number.

>>> from cp_teach.pipeline import Pipeline
>>> shop = Pipeline.of("shop", Source="S3", Build="Compile:CodeBuild", Beta="CodeDeploy")
>>> for node in downstream(shop.graph(), ("artifact", "SourceOutput")):
...     print(*node)
action Build Compile
artifact CompileOutput
action Beta CodeDeploy
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:  # networkx takes long to load
    import networkx

    from cp_teach.pipeline.model.action import Action
    from cp_teach.pipeline.model.declaration import PipelineDeclaration
    from cp_teach.pipeline.model.stage import Stage

Node = tuple[Any, ...]
ORDER_EDGES = frozenset({"contains", "then", "leaves", "enters"})
ARTIFACT_EDGES = frozenset({"makes", "feeds"})
Durations = Mapping[Any, float] | Callable[[str, str], float]


def graph(pipeline: PipelineDeclaration) -> networkx.DiGraph[Any]:
    """Return the graph of a pipeline; the module's docstring lists its nodes and edges."""
    import networkx as nx

    g: networkx.DiGraph[Any] = nx.DiGraph(name=pipeline.name)
    before: tuple[Node, list[Node]] | None = None
    stages, actions = node_keys(pipeline)
    for index, stage in enumerate(pipeline.stages):
        stage_node = stages[index]
        g.add_node(stage_node, kind="stage", name=stage.name, index=index, actions=len(stage.actions))
        if before:
            left, last = before
            transition: Node = ("transition", *left[1:], *stage_node[1:])
            g.add_node(transition, kind="transition", source=left[1], target=stage.name)
            g.add_edges_from(((node, transition) for node in last or [left]), kind="leaves")
            g.add_edge(transition, stage_node, kind="enters")
        previous: list[Node] = []
        for number, group in enumerate(stage.groups):
            nodes = [actions[index, position] for position in group]
            for position, node in zip(group, nodes, strict=True):
                action = stage.actions[position]
                g.add_node(
                    node,
                    kind="action",
                    name=action.name,
                    stage=stage.name,
                    category=action.category,
                    owner=action.type.owner,
                    provider=action.provider,
                    run_order=action.order,
                    group=number,
                    region=action.region,
                )
                g.add_edge(stage_node, node, kind="contains")
                for name in action.output_names:
                    g.add_node(("artifact", name), kind="artifact", name=name)
                    g.add_edge(node, ("artifact", name), kind="makes")
                for name in action.input_names:
                    g.add_node(("artifact", name), kind="artifact", name=name)
                    g.add_edge(("artifact", name), node, kind="feeds")
            g.add_edges_from(((a, b) for a in previous for b in nodes), kind="then")
            previous = nodes
        before = stage_node, previous
    return g


def node_keys(pipeline: PipelineDeclaration) -> tuple[list[Node], dict[tuple[int, int], Node]]:
    """Return the nodes of the stages, and of the actions by (stage, position); a repeated name gets a number."""
    seen: set[Node] = set()

    def unique(node: Node, number: int) -> Node:
        node = (*node, number) if node in seen else node
        seen.add(node)
        return node

    stages = [unique(("stage", s.name), i) for i, s in enumerate(pipeline.stages)]
    actions = {
        (i, j): unique(("action", *stages[i][1:], action.name), j)
        for i, stage in enumerate(pipeline.stages)
        for j, action in enumerate(stage.actions)
    }
    return stages, actions


def filter_edges(g: networkx.DiGraph[Any], kinds: Iterable[str]) -> networkx.DiGraph[Any]:
    """Return the subgraph with edges of these kinds only."""
    selected = frozenset(kinds)
    view: networkx.DiGraph[Any] = g.edge_subgraph(
        [(a, b) for a, b, data in g.edges(data=True) if data["kind"] in selected]
    )
    return view


def downstream(
    g: networkx.DiGraph[Any], node: Node, via: Literal["artifacts", "order", "both"] = "artifacts"
) -> list[Node]:
    """Return all nodes downstream of a node, the nearest first.

    ``via="artifacts"`` follows artifact edges, ``"order"`` order edges, and ``"both"`` both. Raises ``KeyError``, which
    lists the existing nodes, for a node that is not in the graph.
    """
    import networkx as nx

    if node not in g:
        alike = [str(n) for n in g if n[0] == node[0]] if node else []
        raise KeyError(f"{node!r} is not in this graph. There are: {', '.join(alike or map(str, g))}")
    kinds = {"artifacts": ARTIFACT_EDGES, "order": ORDER_EDGES, "both": ARTIFACT_EDGES | ORDER_EDGES}[via]
    part = filter_edges(g, kinds)
    reached = nx.descendants(part, node) if node in part else set()
    # An invalid pipeline can have a cycle; then there is no nearest node.
    straight = nx.is_directed_acyclic_graph(g)
    row = nx.lexicographical_topological_sort(g, key=str) if straight else sorted(g, key=str)
    return [n for n in row if n in reached]


def parallel(g: networkx.DiGraph[Any]) -> list[list[Node]]:
    """Return the groups of actions that run in parallel, in the order in which they run."""
    groups: dict[tuple[int, int], list[Node]] = {}
    for node, data in g.nodes(data=True):
        if data["kind"] == "action":
            stage = next(s for s in g.predecessors(node) if g.edges[s, node]["kind"] == "contains")
            groups.setdefault((g.nodes[stage]["index"], data["group"]), []).append(node)
    return [nodes for _, nodes in sorted(groups.items()) if len(nodes) > 1]


def critical_path(pipeline: PipelineDeclaration, durations: Durations) -> tuple[float, list[Node]]:
    """Return the duration of one execution that never waits, and the actions on its critical path.

    ``durations`` maps (stage, action), an action's name, or a provider to a duration, in this order of precedence; a
    missing one counts as 0. It can also be a function of (stage, action). The result has the same unit.

    >>> from cp_teach.pipeline import Pipeline
    >>> shop = Pipeline.of("shop", Source="S3", Build="Fast:CodeBuild and Slow:CodeBuild", Beta="CodeDeploy")
    >>> critical_path(shop, {"Fast": 2, "Slow": 7, "CodeDeploy": 4})
    (11, [('action', 'Source', 'S3'), ('action', 'Build', 'Slow'), ('action', 'Beta', 'CodeDeploy')])
    """
    # Every path visits one action of each group, so the longest path visits the slowest one of each.
    _, actions = node_keys(pipeline)
    total: float = 0
    path: list[Node] = []
    for index, stage in enumerate(pipeline.stages):
        for group in stage.groups:
            lengths = [_length(stage, stage.actions[position], durations) for position in group]
            slowest = max(lengths)
            total += slowest
            path.append(actions[index, group[lengths.index(slowest)]])
    return total, path


def _length(stage: Stage, action: Action, durations: Durations) -> float:
    if callable(durations):
        return durations(stage.name, action.name)
    keys = ((stage.name, action.name), action.name, action.provider)
    return next((durations[key] for key in keys if key in durations), 0)
