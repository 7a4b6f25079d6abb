"""The pipeline as a graph: its nodes and edges, and the questions that students ask of it."""

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.pipeline import Pipeline, critical_path, downstream, parallel


@pytest.fixture
def shop():
    return Pipeline.of(
        "shop",
        Source="S3",
        Build="Compile:CodeBuild then Unit:Test/CodeBuild and Lint:Test/CodeBuild",
        Prod="Manual then CodeDeploy",
    )


def test_nodes_are_named_as_they_are_read_and_say_what_they_are(shop):
    g = shop.graph()
    assert g.nodes["stage", "Build"] == {"kind": "stage", "name": "Build", "index": 1, "actions": 3}
    action = g.nodes["action", "Build", "Lint"]
    assert (action["kind"], action["category"], action["provider"], action["run_order"], action["stage"]) == (
        "action", "Test", "CodeBuild", 2, "Build",
    )  # fmt: skip
    assert g.nodes["artifact", "SourceOutput"]["kind"] == "artifact"
    assert g.nodes["transition", "Source", "Build"]["target"] == "Build"
    kinds = nx.get_node_attributes(g, "kind").values()
    assert {kind: list(kinds).count(kind) for kind in set(kinds)} == {
        "stage": 3, "action": 6, "artifact": 2, "transition": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("a", "b", "kind"),
    [
        (("stage", "Build"), ("action", "Build", "Compile"), "contains"),
        (("action", "Build", "Compile"), ("action", "Build", "Lint"), "then"),
        (("action", "Build", "Lint"), ("transition", "Build", "Prod"), "leaves"),
        (("transition", "Build", "Prod"), ("stage", "Prod"), "enters"),
        (("action", "Source", "S3"), ("artifact", "SourceOutput"), "makes"),
        (("artifact", "SourceOutput"), ("action", "Build", "Compile"), "feeds"),
    ],
)
def test_edges_say_why_they_are_there(shop, a, b, kind):
    assert shop.graph().edges[a, b]["kind"] == kind


def test_actions_of_one_run_order_do_not_precede_one_another(shop):
    g = shop.graph()
    unit, lint = ("action", "Build", "Unit"), ("action", "Build", "Lint")
    assert not nx.has_path(g, unit, lint)
    assert parallel(g) == [[unit, lint]]


def test_what_is_downstream_of_an_artifact(shop):
    g = shop.graph()
    found = downstream(g, ("artifact", "CompileOutput"))
    assert set(found) == {
        ("action", "Build", "Unit"),
        ("action", "Build", "Lint"),
        ("action", "Prod", "CodeDeploy"),
    }
    assert ("action", "Prod", "Approve") in downstream(g, ("action", "Build", "Compile"), via="order")
    assert downstream(g, ("action", "Prod", "CodeDeploy"), via="both") == []


def test_a_node_that_is_not_there_is_told_with_those_that_are(shop):
    with pytest.raises(KeyError, match="SourceOutput"):
        downstream(shop.graph(), ("artifact", "Nothing"))


def test_the_critical_path_goes_through_the_slowest_of_each_group(shop):
    length, path = critical_path(shop, {"S3": 1, "Compile": 5, "Unit": 3, ("Build", "Lint"): 4, "Manual": 60})
    assert length == 70
    assert [node[2] for node in path] == ["S3", "Compile", "Lint", "Approve", "CodeDeploy"]
    assert critical_path(shop, lambda stage, action: 2 if stage == "Build" else 1)[0] == 7


NAMES = st.lists(
    st.sampled_from(["CodeBuild", "Manual", "CodeDeploy", "Lambda", "S3"]), min_size=1, max_size=4
)


@given(st.lists(NAMES, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_every_valid_pipeline_is_a_dag_in_the_order_of_its_stages(stages, chance):
    texts = {f"S{n}": chance.choice([" then ", " and "]).join(names) for n, names in enumerate(stages)}
    pipeline = Pipeline.of("shop", Source="S3", **texts)
    assert pipeline.check() == []
    assert Pipeline.from_aws(pipeline.to_aws()) == pipeline
    g = pipeline.graph()
    assert nx.is_directed_acyclic_graph(g)
    place = {node: n for n, node in enumerate(nx.topological_sort(g))}
    walk = [place["stage", stage.name] for stage in pipeline.stages]
    assert walk == sorted(walk)
    for stage in pipeline.stages:
        for early, late in zip(stage.groups, stage.groups[1:], strict=False):
            for a in early:
                for b in late:
                    assert nx.has_path(
                        g,
                        ("action", stage.name, stage.actions[a].name),
                        ("action", stage.name, stage.actions[b].name),
                    )


@given(st.lists(NAMES, min_size=1, max_size=4), st.lists(st.integers(0, 20), min_size=20, max_size=20))
def test_the_critical_path_is_the_longest_path_of_the_graph(stages, lengths):
    texts = {
        f"S{n}": " then ".join(names[:2]) + " and ".join(["", *names[2:]]) for n, names in enumerate(stages)
    }
    pipeline = Pipeline.of("shop", Source="S3", **texts)
    g = pipeline.graph()
    actions = [node for node in g if node[0] == "action"]
    durations = {node[1:]: length for node, length in zip(actions, lengths * 5, strict=False)}
    for _, node, data in g.edges(data=True):
        data["weight"] = durations.get(node[1:], 0) if node[0] == "action" else 0
    total, path = critical_path(pipeline, durations)
    assert total == nx.dag_longest_path_length(g)
    assert sum(durations[node[1:]] for node in path) == total
