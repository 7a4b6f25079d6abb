"""The state graph: complete, sound under its key, bounded, and the judge of every planted fault."""

import dataclasses
import importlib
import random

import pytest

from cp_teach.engine import DisableTransition, EnableTransition, Run, StartExecution, legal, step
from cp_teach.engine.model import events as e
from cp_teach.engine.model.commands import RollbackStage
from cp_teach.engine.model.state import SHOWN_AS_ENABLED, initial_state
from cp_teach.explore import INVARIANTS, KINDS, TooManyStates, check, explore
from cp_teach.explore.move_kinds import allowed_moves, kind_of_move
from cp_teach.pipeline import Pipeline
from cp_teach.quickstart import load_pipeline

engine = importlib.import_module(
    "cp_teach.engine.rules.progression"
)  # the module, not the function of that name

SHOP = Pipeline.of("shop", Source="S3", Build=["CodeBuild", "CodeBuild"], Beta="CodeDeploy")
SMALL = Pipeline.of("small", Source="S3", Beta="CodeDeploy")


def in_queue(pipeline):
    return dataclasses.replace(pipeline, execution_mode="QUEUED", pipeline_type="V2")


QUEUED = in_queue(SHOP)
ALL = ("release", "finish", "fail", "approve", "toggle", "retry", "stop")


def test_every_state_of_a_random_walk_is_in_the_graph():
    space = explore(SHOP, 2, ALL)
    states = {space.key(state) for state in space}
    chance = random.Random(7)
    for _ in range(60):
        state = initial_state(SHOP)
        for _ in range(25):
            move = chance.choice(space.moves(state))
            state, _ = step(state, move)
            assert space.key(state) in states


def test_two_states_with_one_key_have_the_same_future():
    space = explore(SHOP, None, ALL)
    chance = random.Random(11)
    for _ in range(150):
        state = initial_state(SHOP)
        for _ in range(chance.randrange(40)):
            state, _ = step(state, chance.choice(space.moves(state)))
        small = next(s for s in explore(state, None, ALL))  # the state that the key stands for
        ahead = [{space.key(step(s, m)[0]) for m in space.moves(s)} for s in (state, small)]
        assert ahead[0] == ahead[1]


def test_releases_without_end_make_a_finite_graph():
    assert len(explore(SMALL, None, ALL)) < len(explore(SMALL, 6, ALL))


def test_folding_equal_parallel_actions_loses_no_verdict_and_saves_states():
    wide = Pipeline.of("wide", Source="S3", Build=["CodeBuild", "CodeBuild", "CodeBuild"])
    folded, whole = explore(wide, 1, ALL, merge_equal_actions=True), explore(wide, 1, ALL)
    assert len(folded) < len(whole)
    assert {folded.key(s) for s in whole} == {folded.key(s) for s in folded}


def test_the_shortest_path_can_be_played_and_nothing_shorter_wins():
    def through(state):
        return state.newest == 1 and not state.executions

    path = explore(SHOP, 1).path(through)
    run = Run(SHOP)
    for move in path:
        run.do(move)
    assert run.executions().status.tolist() == ["Succeeded"]
    assert len(path) == 5  # release, source, two builds, deploy
    assert explore(SHOP, 1, ("release", "fail")).path(through) is None


def test_the_graph_has_a_node_for_each_state_and_an_edge_for_each_move():
    space = explore(SMALL, 1)
    graph = space.graph()
    assert len(graph) == len(space)
    for index, data in graph.nodes(data=True):
        commands = [d["command"] for _, _, d in graph.out_edges(index, data=True)]
        assert sorted(commands, key=repr) == sorted(space.moves(data["state"]), key=repr)
        for _, target, d in graph.out_edges(index, data=True):
            assert space.key(step(data["state"], d["command"])[0]) == space.key(graph.nodes[target]["state"])


def test_a_graph_over_its_bound_says_which_bound_and_what_to_do():
    space = explore(SHOP, 3, ALL, limit=50)
    with pytest.raises(TooManyStates, match=r"more than 50 states .*revisions.*allow"):
        len(space)
    assert space.explored == 50


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"revisions": 0}, "revisions=0"),
        ({"allow": ("relaese",)}, "relaese"),
        ({"limit": 0}, "limit=0"),
    ],
)
def test_bad_bounds_are_named(given, words):
    with pytest.raises(ValueError, match=words):
        explore(SHOP, **given)


def test_exploring_is_lazy():
    space = explore(load_pipeline("demo"), 2, ALL, limit=10**6)
    assert space.explored == 1
    next(iter(space))
    assert space.explored == 1


def test_exploring_goes_on_from_where_a_run_is():
    run = Run(SMALL)
    run.disable("Beta", reason="demo")
    run.release()
    run.succeed("Source")
    path = explore(run.state, 1).path(lambda s: any(x.stage == 1 and x.actions for x in s.executions))
    assert path == [EnableTransition("Beta")]


@pytest.mark.parametrize(
    "pipeline", [SMALL, SHOP, in_queue(SMALL), load_pipeline("demo")], ids=lambda p: p.name + p.mode
)
def test_the_rules_of_the_service_hold(pipeline):
    verdict = check(
        pipeline, revisions=2, allow=ALL if len(pipeline.stages) < 4 else ("release", "finish", "fail")
    )
    assert verdict, verdict
    assert str(verdict) == f"holds in all {verdict.states:,} states"


def test_a_rule_of_ones_own_is_broken_on_the_shortest_way():
    def never_beta(state):
        return not any(x.stage == 1 and x.actions for x in state.executions)

    verdict = check(SMALL, [never_beta], revisions=3, allow=ALL)
    assert not verdict
    assert verdict.counterexample.journal[0] == StartExecution()
    assert len(verdict.counterexample.journal) == 2
    state = initial_state(SMALL)
    for move in verdict.counterexample.journal:
        assert move in legal(state)
        state, _ = step(state, move)
    assert not never_beta(state)


def test_a_goal_that_names_one_of_two_equal_actions_is_found():
    for at in (0, 1):
        path = explore(SHOP, 1).path(
            lambda s, at=at: any(
                x.stage == 1 and x.actions[at : at + 1] == ("Succeeded",) for x in s.executions
            )
        )
        assert len(path) == 3
        assert path[-1].action == SHOP["Build"].actions[at].name


def test_a_rule_that_the_start_breaks_needs_no_move():
    verdict = check(SMALL, [lambda state: state.newest > 0])
    assert not verdict
    assert verdict.counterexample.journal == ()


def test_a_long_run_can_be_explored_from_where_it_is():
    run = Run(SMALL)
    for _ in range(300):
        run.release()
        run.succeed("Source")
        run.succeed("Beta")
    path = explore(run.state, 1).path(lambda s: any(x.stage == 1 and x.actions for x in s.executions))
    for move in path:
        run.do(move)
    assert run.state.newest == 301
    assert run.state.stages[1].holder == 301


def test_opening_what_is_open_is_no_move():
    assert not any(isinstance(move, EnableTransition) for move in explore(SMALL).moves(initial_state(SMALL)))


@pytest.mark.parametrize(
    "allow", [tuple(KINDS), ("finish", "retry"), ("toggle", "stop", "roll back", "edit")]
)
def test_the_moves_of_a_graph_are_those_that_are_legal(allow):
    gate = Pipeline.of(
        "gate", Source="S3", Build=["CodeBuild", "CodeBuild"], Prod="Manual then S3", type="V2"
    )
    for pipeline in (SHOP, QUEUED, gate):
        chance, state = random.Random(5), initial_state(pipeline)
        for _ in range(300):
            some = legal(state)
            wanted = {move for move in some if kind_of_move(move) in allow}
            idle = {
                EnableTransition(s.name)
                for s, seen in zip(pipeline.stages, state.stages, strict=True)
                if seen.transition in SHOWN_AS_ENABLED
            }
            idle |= {
                DisableTransition(s.name)
                for s, seen in zip(pipeline.stages, state.stages, strict=True)
                if seen.transition not in SHOWN_AS_ENABLED
            }
            found = allowed_moves(state, allow, None)
            assert set(found) == wanted - idle
            assert len(set(found)) == len(found)
            full = {move for move in found if not isinstance(move, StartExecution | RollbackStage)}
            assert set(allowed_moves(state, allow, state.newest)) == full
            state, _ = step(
                state, chance.choice([move for move in some if kind_of_move(move) not in ("delete", "edit")])
            )


# -- planted faults ------------------------------------------------------------------------------
def _supersede_inside(turn, number, index):
    stage = turn.state.stages[index]
    if stage.holder and turn.state.pipeline.mode == "SUPERSEDED":
        turn.emit(e.ExecutionSuperseded(stage.holder, number, turn.state.pipeline.stages[index].name))
    turn.emit(e.ExecutionWaiting(number, turn.state.pipeline.stages[index].name))


def _cross_closed(turn, number, index):
    if not turn.state.stages[index].holder:
        engine.enter(turn, number, index)
    else:
        turn.emit(e.ExecutionWaiting(number, turn.state.pipeline.stages[index].name))


def _enter_locked(turn, number, index):
    engine.enter(turn, number, index)


def _never_supersede(turn, number, index):
    stage = turn.state.stages[index]
    if not stage.holder and not stage.inbound and stage.transition == "enabled":
        engine.enter(turn, number, index)
    else:
        turn.emit(e.ExecutionWaiting(number, turn.state.pipeline.stages[index].name))


def _forget_the_door(turn, index):
    stage = turn.state.stages[index]
    if stage.inbound and not stage.holder:
        engine.enter(turn, stage.inbound[0], index)


def _admit_nobody(turn, index):
    return None


def _all_at_once(turn, number, index):
    stage = turn.state.pipeline.stages[index]
    turn.emit(e.ExecutionEntered(number, stage.name))
    for action in stage.actions:
        turn.emit(e.ActionStarted(number, stage.name, action.name))


def _fail_at_once(turn, number):
    x = turn.execution(number)
    if "Failed" in x.actions:
        turn.emit(e.ExecutionFailed(number, turn.state.pipeline.stages[x.stage].name))
        engine.admit(turn, x.stage)
        return
    _settle(turn, number)


def _stopping_goes_on(turn, number):
    x = turn.execution(number)
    if x.status == "Stopping" and "" in x.actions and "InProgress" not in x.actions:
        stage = turn.state.pipeline.stages[x.stage]
        turn.emit(e.ActionStarted(number, stage.name, stage.actions[x.actions.index("")].name))
        return
    _settle(turn, number)


def _succeed_despite_failure(turn, number):
    x = turn.execution(number)
    if "Failed" in x.actions and "InProgress" not in x.actions:
        turn.emit(e.StageSucceeded(number, turn.state.pipeline.stages[x.stage].name))
        return
    _settle(turn, number)


_settle = engine.settle


@pytest.fixture(scope="module")
def grouped():
    """The pipeline in which faults are planted. Without one it breaks no rule."""
    pipeline = dataclasses.replace(
        SHOP, stages=(*SHOP.stages[:1], _in_two_groups(SHOP.stages[1]), *SHOP.stages[2:])
    )
    assert check(pipeline, revisions=3, allow=ALL, stop=lambda space: space.explored > 3000)
    return pipeline


@pytest.mark.parametrize(
    ("name", "mutant"),
    [
        ("arrive", _supersede_inside),
        ("arrive", _cross_closed),
        ("arrive", _enter_locked),
        ("arrive", _never_supersede),
        ("admit", _forget_the_door),
        ("admit", _admit_nobody),
        ("enter", _all_at_once),
        ("settle", _fail_at_once),
        ("settle", _stopping_goes_on),
        ("settle", _succeed_despite_failure),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_every_planted_fault_is_caught(grouped, monkeypatch, name, mutant):
    monkeypatch.setattr(engine, name, mutant)
    verdict = check(grouped, revisions=3, allow=ALL, stop=lambda space: space.explored > 20_000)
    assert not verdict, f"{mutant.__name__} went unseen in {verdict.states} states"
    assert verdict.counterexample.invariant in INVARIANTS


def _in_two_groups(stage):
    """The first actions together, one more after them."""
    last = dataclasses.replace(stage.actions[-1], name="Last", run_order=2, outputs=None)
    return dataclasses.replace(stage, actions=(*stage.actions, last))
