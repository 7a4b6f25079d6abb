"""Branches of time: what was undone before a command in the past stays, can be gone back to, compared, and saved."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from engine_walks import choices, moves, pipelines
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.engine import BadRunFile, Refused, Run
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.projections import History
from cp_teach.engine.run.run_file import decode, encode
from cp_teach.pipeline import Pipeline
from cp_teach.work import Simulated


def forked() -> Run:
    """A run with three branches: the release of a change, another one in its place, and one after that."""
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"), Simulated())
    run.release("One")
    run.settle()
    run.undo(2)
    run.disable("Beta", reason="Demo")
    run.settle()
    run.reset()
    run.release("Another")
    return run


def test_the_undone_steps_stay_in_a_branch_and_every_branch_can_be_gone_back_to() -> None:
    run = forked()
    assert [repr(branch) for branch in run.branches()] == [
        "branch 1, 3 steps",
        "branch 2, from step 1, 2 steps",
        "branch 3, from step 0, 1 step",
    ]
    assert [branch.current for branch in run.branches()] == [False, False, True]
    said = run.switch_branch(1)
    assert said.note == "Now at step 3, the newest of branch 1."
    assert run.state.stages[1].succeeded == 1
    assert run.now == run.journal[2].at
    assert run.history.executions[1].message == "One"
    run.switch_branch(2)
    assert run.state.executions[0].number == 1
    assert not run.state.stages[1].succeeded
    assert run.history.disabled_reasons == {"Beta": "Demo"}
    run.undo()
    run.redo()
    assert run.journal.position == 3


def test_an_act_at_the_end_of_an_old_branch_continues_it_with_ids_of_its_own() -> None:
    run = forked()
    run.switch_branch(2)
    run.enable("Beta")
    assert [branch.steps for branch in run.branches()] == [3, 3, 1]
    places = {}
    for number in (1, 2, 3):
        for index, entry in enumerate(run.journal.branch_path(number)[0]):
            assert places.setdefault((entry.fork, index), entry) is entry


def test_a_note_belongs_to_its_step_in_every_branch_that_has_it() -> None:
    run = forked()
    run.switch_branch(2)
    run.undo(2)
    run.note("who", lambda before: before + "me")
    run.switch_branch(1)
    assert run.journal.notes(0) == {"who": "me"}
    run.note("end", lambda before: "of the first")
    run.switch_branch(2)
    assert run.journal.notes(2) == {}
    run.switch_branch(1)
    assert run.journal.notes(2) == {"end": "of the first"}


def test_a_comparison_names_the_steps_and_the_outcomes_that_differ() -> None:
    run = forked()
    result = run.compare_branches(1, 2)
    assert result.shared == 1
    assert [(row.subject, row.first, row.second) for row in result.executions] == [
        ("Execution 1", "Succeeded in Beta", "InProgress in Beta")
    ]
    assert [(row.subject, row.first, row.second) for row in result.stages] == [
        ("Last succeeded in Beta", "#1", "–")
    ]
    assert [row.subject for row in result.steps] == ["Step 2", "Step 3"]
    assert "disabled: Demo" in result.steps[0].second
    assert "branch 2, from step 1, 2 steps" in str(result)
    assert "<table>" in result._repr_html_()
    assert str(run.compare_branches(1, 1)).endswith("Nothing differs.")
    run.switch_branch(1)
    run.undo()
    run.step()  # the same step again: a branch, of which nothing differs
    assert run.compare_branches(1, 4).steps == ()


def test_what_cannot_be_gone_to_is_refused_with_the_branches_that_exist() -> None:
    run = forked()
    before = run.state
    for number in (0, 4, -1):
        with pytest.raises(Refused, match=f"no branch {number}. The branches are 1 to 3"):
            run.switch_branch(number)
    for wrong in (True, "1", None):
        unchecked: Any = wrong
        with pytest.raises(Refused, match="must be a whole number"):
            run.switch_branch(unchecked)
    with pytest.raises(Refused, match="no branch 9"):
        run.compare_branches(1, 9)
    run.forward_only = "It only goes on."
    with pytest.raises(Refused, match="It only goes on"):
        run.switch_branch(1)
    assert run.state is before
    with pytest.raises(Refused, match="There is only branch 1"):
        Run(Pipeline.of("one", Source="S3", Beta="CodeDeploy")).switch_branch(2)


def test_listeners_hear_that_the_run_moved() -> None:
    run, kinds = forked(), []
    run.listen(lambda change: kinds.append(change.kind))
    run.switch_branch(1)
    assert kinds == ["moved"]


@given(pipelines, choices, st.lists(st.tuples(st.sampled_from("djs"), st.integers(0, 99)), max_size=25))
def test_every_step_that_was_ever_made_stays_reachable_and_survives_a_file(
    pipe: Pipeline, picks: list[int], acts: list[tuple[str, int]]
) -> None:
    run = Run(pipe)
    kept: list[Entry] = []
    run.listen(lambda change: kept.append(change.entry) if change.entry is not None else None)
    run.release()
    for kind, pick in [*(("d", pick) for pick in picks[:15]), *acts]:
        if kind == "j":
            run.jump(pick % (run.journal.total + 1))
        elif kind == "s":
            run.switch_branch(1 + pick % len(run.branches()))
        elif possible := moves(run.state):
            run.do(possible[pick % len(possible)])
    made = {id(entry) for entry in kept}
    paths = [run.journal.branch_path(branch.number)[0] for branch in run.branches()]
    assert {id(entry) for path in paths for entry in path} == made
    assert sum(branch.steps for branch in run.branches()) == len(made)  # shared, not copied
    loaded = decode(encode(run), Run)
    assert [loaded.journal.branch_path(n + 1)[0] for n in range(len(paths))] == paths
    assert (loaded.branches(), loaded.journal.position, loaded.journal.forks) == (
        run.branches(),
        run.journal.position,
        run.journal.forks,
    )
    for branch in run.branches():
        run.switch_branch(branch.number)
        fresh = History(run.journal).follow()
        assert repr(run.history.actions) == repr(fresh.actions)
        assert repr(run.history.executions) == repr(fresh.executions)


def test_a_run_without_a_fork_is_saved_as_before() -> None:
    run = Run(Pipeline.of("shop", Source="S3", Beta="CodeDeploy"))
    run.release()
    run.undo()
    assert not {"branch", "branches"} & encode(run).keys()
    document = encode(forked())
    first = {key: value for key, value in document.items() if key not in ("branch", "branches")}
    assert [*decode(first, Run).journal] == [*forked().journal]  # what an older reader sees


def _changed(path: list[Any], value: object) -> dict[str, Any]:
    document = copy.deepcopy(encode(forked()))
    inner: Any = document
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["branch"], 4, "there is no branch 4; the file has 3"),
        (["branch"], "1", "branch: '1' is not int"),
        (["branches"], {}, "branches: {} is not list"),
        (["branches"], [], "there is no branch 3; the file has 0"),
        (["branches", 1, "parent"], 2, "branch 2: it cannot start at step 1 of branch 2"),
        (["branches", 1, "parent"], 0, "branch 2: it cannot start"),
        (["branches", 0, "start"], 1, "branch 1: it cannot start"),
        (["branches", 1, "start"], 9, "branch 2: it starts at 9, after the end of its parent"),
        (["branches", 2, "start"], 9, "branch 3: it starts at 9, after the end of its entries"),
        (["branches", 1, "entries"], [], "branch 2: it has 0 entries, not 2"),
        (["branches", 1, "entries", 0], 7, "branch 2, entry 2: 7 is not dict"),
        (["branches", 1, "steps"], -1, "branch 2, steps: -1 is less than 0"),
        (["branches", 1], {"parent": 1}, "branch 2: 'start' is missing"),
        (["forks"], 0, "forks: 0 is less than"),
    ],
)
def test_a_damaged_branch_is_named(path: list[Any], value: object, message: str) -> None:
    with pytest.raises(BadRunFile, match=message):
        decode(_changed(path, value), Run)
