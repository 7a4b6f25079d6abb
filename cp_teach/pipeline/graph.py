"""The blueprint as one ``networkx.DiGraph``: stages, actions, artifacts and transitions, to ask questions of.

Nodes are tuples that can be read aloud, and each carries a ``kind``:

- ``("stage", "Build")``: kind, name, index, actions (how many);
- ``("action", "Build", "Compile")``: kind, name, stage, category, owner, provider, run_order, group, region;
- ``("artifact", "BuildOutput")``: kind, name;
- ``("transition", "Source", "Build")``: kind, source, target.

Edges carry a ``kind``, too. Some say *when*: ``contains`` (a stage and its actions), ``then`` (an action
and those of the next run order), ``leaves`` and ``enters`` (out of a stage into a transition, and on). Some
say *what*: ``makes`` (an action and its artifact) and ``feeds`` (an artifact and who needs it).

The graph of every pipeline that AWS accepts has no cycle. One that AWS refuses may have: that is how the
rules of artifact flow find out, see ``rules.flow``. Where a pipeline that AWS refuses uses a name twice,
the second one's node ends in its number.

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

if TYPE_CHECKING:  # networkx is heavy: it is imported where it is used
    import networkx

    from cp_teach.pipeline.model.pipeline import Action, Pipeline, Stage

Node = tuple[Any, ...]
ORDER = frozenset({"contains", "then", "leaves", "enters"})
FLOW = frozenset({"makes", "feeds"})
Durations = Mapping[Any, float] | Callable[[str, str], float]


def graph(pipeline: Pipeline) -> networkx.DiGraph[Any]:
    """The pipeline as a graph; see the module for its nodes and edges."""
    import networkx as nx

    g: networkx.DiGraph[Any] = nx.DiGraph(name=pipeline.name)
    before: tuple[Node, list[Node]] | None = None
    stages, actions = keys(pipeline)
    for index, stage in enumerate(pipeline.stages):
        here = stages[index]
        g.add_node(here, kind="stage", name=stage.name, index=index, actions=len(stage.actions))
        if before:
            left, last = before
            door: Node = ("transition", *left[1:], *here[1:])
            g.add_node(door, kind="transition", source=left[1], target=stage.name)
            g.add_edges_from(((node, door) for node in last or [left]), kind="leaves")
            g.add_edge(door, here, kind="enters")
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
                g.add_edge(here, node, kind="contains")
                for name in action.output_names:
                    g.add_node(("artifact", name), kind="artifact", name=name)
                    g.add_edge(node, ("artifact", name), kind="makes")
                for name in action.input_names:
                    g.add_node(("artifact", name), kind="artifact", name=name)
                    g.add_edge(("artifact", name), node, kind="feeds")
            g.add_edges_from(((a, b) for a in previous for b in nodes), kind="then")
            previous = nodes
        before = here, previous
    return g


def keys(pipeline: Pipeline) -> tuple[list[Node], dict[tuple[int, int], Node]]:
    """The nodes of the stages, and of the actions by (stage, position); a name used twice gets a number."""
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


def only(g: networkx.DiGraph[Any], kinds: Iterable[str]) -> networkx.DiGraph[Any]:
    """The part with edges of these kinds alone (``ORDER``: what comes after what; ``FLOW``: artifacts)."""
    wanted = frozenset(kinds)
    view: networkx.DiGraph[Any] = g.edge_subgraph(
        [(a, b) for a, b, data in g.edges(data=True) if data["kind"] in wanted]
    )
    return view


def downstream(
    g: networkx.DiGraph[Any], node: Node, via: Literal["artifacts", "order", "both"] = "artifacts"
) -> list[Node]:
    """What lies downstream of a node, the nearest first.

    ``via="artifacts"`` follows what is made and eaten, ``"order"`` what must happen before what, ``"both"``
    both. Raises ``KeyError`` for a node that is not there, and says which ones are.
    """
    import networkx as nx

    if node not in g:
        alike = [str(n) for n in g if n[0] == node[0]] if node else []
        raise KeyError(f"{node!r} is not in this graph. There are: {', '.join(alike or map(str, g))}")
    kinds = {"artifacts": FLOW, "order": ORDER, "both": FLOW | ORDER}[via]
    part = only(g, kinds)
    found = nx.descendants(part, node) if node in part else set()
    # A pipeline that AWS refuses may go round in circles; then there is no nearest.
    straight = nx.is_directed_acyclic_graph(g)
    row = nx.lexicographical_topological_sort(g, key=str) if straight else sorted(g, key=str)
    return [n for n in row if n in found]


def parallel(g: networkx.DiGraph[Any]) -> list[list[Node]]:
    """The groups of actions that run in parallel, in the order in which their turn comes."""
    groups: dict[tuple[int, int], list[Node]] = {}
    for node, data in g.nodes(data=True):
        if data["kind"] == "action":
            stage = next(s for s in g.predecessors(node) if g.edges[s, node]["kind"] == "contains")
            groups.setdefault((g.nodes[stage]["index"], data["group"]), []).append(node)
    return [nodes for _, nodes in sorted(groups.items()) if len(nodes) > 1]


def critical_path(pipeline: Pipeline, durations: Durations) -> tuple[float, list[Node]]:
    """How long one execution takes when nothing waits, and the actions that make it take so long.

    ``durations`` gives the length of an action by (stage, action), by the action's name or by its provider,
    whatever is found first; what is not found takes no time. A function of (stage, action) will do as well.

    >>> from cp_teach.pipeline import Pipeline
    >>> shop = Pipeline.of("shop", Source="S3", Build="Fast:CodeBuild and Slow:CodeBuild", Beta="CodeDeploy")
    >>> critical_path(shop, {"Fast": 2, "Slow": 7, "CodeDeploy": 4})
    (11, [('action', 'Source', 'S3'), ('action', 'Build', 'Slow'), ('action', 'Beta', 'CodeDeploy')])
    """
    # Every path from the first stage to the last goes through one action of each group, one group after another:
    # the longest path takes the slowest of each.
    _, actions = keys(pipeline)
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
    known = ((stage.name, action.name), action.name, action.provider)
    return next((durations[key] for key in known if key in durations), 0)
