"""The rules of the service, on random pipelines and random walks."""

import itertools
from typing import Any

import networkx as nx
import pytest
from engine_walks import SMALL, Witness, choices, end_of, pipelines, universe, walk
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.engine import (
    Refused,
    Revision,
    Run,
    StartExecution,
    State,
    evolve,
    initial_state,
    invariant_violation,
    legal,
    step,
    why,
)
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import COMMAND_KINDS
from cp_teach.pipeline import Pipeline


def attempt(state: State, command: Any) -> Refused | None:
    """How ``step`` refuses it; None if it does not. Any other exception goes through and fails the test."""
    try:
        step(state, command)
    except Refused as refused:
        return refused
    return None


@given(pipelines, choices)
def test_what_holds_of_every_walk(pipe: Pipeline, picks: list[int]) -> None:
    """No rule is broken; a step is a function that leaves the state before alone; the events rebuild every state;
    memory stays flat; and actions start in an order of the graph."""
    witness, folded, graph = Witness(pipe), initial_state(pipe), pipe.graph()
    bound = 2 * len(pipe.stages) if pipe.mode == "SUPERSEDED" else len(pipe.stages) + 50
    first: dict[int, list[tuple[str, str, str]]] = {}
    for before, command, after, events in walk(pipe, picks):
        assert (witness.hear(command, events) or invariant_violation(after)) == ""
        key = hash(before)
        assert step(before, command) == (after, events)
        assert hash(before) == key
        for event in events:
            folded = evolve(folded, event)
            if isinstance(event, e.ActionStarted):
                started = first.setdefault(event.execution, [])
                node = ("action", event.stage, event.action)
                started += [node] if node not in started else []
        assert folded == after
        assert hash(folded) == hash(after)
        assert len(after.executions) <= bound
    order = nx.transitive_closure(graph)
    for started in first.values():
        for earlier, later in itertools.combinations(started, 2):
            assert not order.has_edge(later, earlier)


@given(pipelines, st.lists(st.integers(0, 9999), max_size=30))
def test_legal_is_exactly_what_step_accepts(pipe: Pipeline, picks: list[int]) -> None:
    state = end_of(pipe, picks)
    offered = legal(state)
    assert len(offered) == len(set(offered))
    accepted = set()
    for command in universe(state):
        refused = attempt(state, command)
        if refused is None:
            accepted.add(command)
        else:
            assert refused.error.endswith("Exception")
            assert refused.reason.endswith(".")
    assert accepted == set(offered)


ODD = (
    st.none()
    | st.booleans()
    | st.integers(-2, 4)
    | st.floats()
    | st.text(max_size=4)
    | st.sampled_from(
        ["Source", "Stage1", "A1", "S3", "Approved", "FAILED_ACTIONS", "JobFailed", b"", [], {}]
    )
    | st.tuples(st.builds(Revision, st.sampled_from(["S3", "Code", 3]), st.text(max_size=2)))
)


@given(
    pipelines, st.lists(st.integers(0, 9999), max_size=15), st.sampled_from(sorted(COMMAND_KINDS)), st.data()
)
def test_garbage_is_refused_and_changes_nothing(
    pipe: Pipeline, picks: list[int], name: str, data: st.DataObject
) -> None:
    state = end_of(pipe, picks)
    kind: Any = COMMAND_KINDS[name]
    command = kind(*[data.draw(ODD) for _ in kind._fields])
    before = hash(state)
    if attempt(state, command) is None:
        after, events = step(state, command)
        assert invariant_violation(after) == ""
        for event in events:
            assert str(event)
    assert hash(state) == before


@pytest.mark.parametrize("thing", [None, 42, "StartExecution", (), e.ExecutionSucceeded(1)])
def test_what_is_no_command_is_a_type_error(thing: Any) -> None:
    with pytest.raises(TypeError, match="not a command"):
        step(initial_state(SMALL[0]), thing)


def test_a_queue_takes_fifty_executions_and_no_more() -> None:
    state = initial_state(SMALL[1])
    for _ in range(50):
        state, _ = step(state, StartExecution())
    with pytest.raises(Refused) as refused:
        step(state, StartExecution())
    assert refused.value.error == "ConcurrentPipelineExecutionsLimitExceededException"
    assert StartExecution() not in legal(state)
    state = initial_state(SMALL[0])
    for _ in range(60):  # where the newer supersedes, there is no limit
        state, _ = step(state, StartExecution())
    assert len(state.executions) == 2


@given(pipelines, choices)
def test_why_names_moves_that_are_legal_and_that_unblock(pipe: Pipeline, picks: list[int]) -> None:
    state = end_of(pipe, picks)
    possible = {*legal(state), *universe(state)}
    stages: list[dict[str, Any]] = [{"stage": stage.name} for stage in pipe.stages]
    for subject in [*stages, *({"execution": n} for n in range(1, state.newest + 1))]:
        reason = why(state, **subject)
        assert reason.sentence.endswith(".")
        assert set(reason.moves) <= possible
        for move in reason.moves:
            after, _ = step(state, move)
            if not isinstance(move, StartExecution):
                assert why(after, **subject) != reason
    for execution in state.executions:
        stage = state.stages[execution.stage]
        behind = (
            not execution.actions and stage.inbound[0] != execution.number and stage.transition == "enabled"
        )
        assert bool(why(state, execution=execution.number).moves) != behind


@given(pipelines, choices)
def test_artifacts_know_their_execution_action_and_revision(pipe: Pipeline, picks: list[int]) -> None:
    run = Run(pipe)
    for pick in picks:
        options = [m for m in run.legal() if type(m).__name__ != "DeletePipeline"]
        move = options[pick % len(options)]
        if isinstance(move, StartExecution):
            run.release()
        else:
            run.do(move)
    sources = {a.name for a in pipe.sources}
    places = set()
    for row in run.history.actions:
        action = pipe[row.stage][row.action]
        assert tuple(a.name for a in row.inputs) == action.input_names
        revisions = run.history.executions[row.execution].revisions
        for artifact in row.inputs:
            assert artifact.execution == row.execution
            assert artifact.sources
            assert set(artifact.sources) <= set(revisions)
        for artifact in row.outputs:
            assert (artifact.execution, artifact.stage, artifact.action) == (
                row.execution,
                row.stage,
                row.action,
            )
            if row.action in sources and row.stage == pipe.stages[0].name:
                assert [r.action for r in artifact.sources] == [row.action]
            places.add((artifact.position, artifact.name))
    assert len(places) == sum(len(row.outputs) for row in run.history.actions)
