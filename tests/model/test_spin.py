"""An independent oracle: the rules, written a second time for the model checker SPIN, reach just as many states."""

import dataclasses
import os

import pytest
from promela import Shape, count

from cp_teach.engine.model import events as e
from cp_teach.explore import DEFAULT_KINDS, INVARIANTS, Invariant, check, explore
from cp_teach.pipeline import Pipeline

pytestmark = pytest.mark.needs("spin", "cc")

PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
"""True in ``make prove``: every pipeline, with as many releases as it says. Otherwise three of them, with two."""

THREE = Pipeline.of("three", Source="S3", Build="CodeBuild", Beta="S3")
QUEUED = dataclasses.replace(THREE, execution_mode="QUEUED", pipeline_type="V2")
WIDE = Pipeline.of("wide", Source="S3", Build=["CodeBuild", "CodeBuild"], Beta="S3")
PAIRS = {
    "two stages, four releases": (
        Pipeline.of("two", Source="S3", Beta="CodeDeploy"),
        Shape(((1,), (1,)), revisions=4),
    ),
    "three stages": (THREE, Shape(((1,), (1,), (1,)), revisions=3)),
    "a queue": (QUEUED, Shape(((1,), (1,), (1,)), queued=True, revisions=3)),
    "parallel actions": (
        Pipeline.of("pair", Source="S3", Build=["CodeBuild", "CodeBuild"]),
        Shape(((1,), (1, 1))),
    ),
    "parallel actions, and stops": (WIDE, Shape(((1,), (1, 1), (1,)), stops=True)),
    "run orders": (
        Pipeline.of("groups", Source="S3", Build="A:CodeBuild and B:CodeBuild then C:CodeBuild"),
        Shape(((1,), (1, 1, 2)), revisions=3),
    ),
    "an approval, and stops": (
        Pipeline.of("gate", Source="S3", Prod="Manual then CodeDeploy"),
        Shape(((1,), (1, 2)), revisions=3, stops=True),
    ),
}
QUICK = ("a queue", "parallel actions", "an approval, and stops")
if not PROVE:
    PAIRS = {name: (pipeline, shape._replace(revisions=2)) for name, (pipeline, shape) in PAIRS.items()}


def moves(shape):
    return (*DEFAULT_KINDS, "stop") if shape.stops else DEFAULT_KINDS


@pytest.mark.parametrize("name", PAIRS if PROVE else QUICK)
def test_both_reach_the_same_number_of_states_and_break_no_rule(tmp_path, name):
    pipeline, shape = PAIRS[name]
    counted = count(shape, tmp_path)
    assert counted.failed == ""
    assert counted.states == len(explore(pipeline, shape.revisions, moves(shape)))
    assert check(pipeline, revisions=shape.revisions, allow=moves(shape))


def nobody_is_superseded(change):
    return "somebody was" if any(isinstance(x, e.ExecutionSuperseded) for x in change.events) else ""


@pytest.mark.parametrize("name", ["three stages", "a queue"])
def test_both_say_the_same_of_a_claim_that_holds_in_one_mode_only(tmp_path, name):
    pipeline, shape = PAIRS[name]
    claim = Invariant("nobody-is-superseded", "a claim", nobody_is_superseded)
    verdict = check(pipeline, [claim], revisions=shape.revisions, allow=moves(shape))
    counted = count(shape, tmp_path, NEVER_SUPERSEDED="assert(0)")
    assert bool(verdict) is shape.queued
    assert (counted.failed == "") is shape.queued


@pytest.mark.parametrize(
    "planted",
    [
        {"MAY_COME_IN": "(holder[s] == NOBODY)"},
        {"MAY_COME_IN": "(!shut[s])"},
        {"UNLOCK_EARLY": "(broken)"},
        {"SUPERSEDE_MORE": "if :: holder[s] != NOBODY && holder[s] != x -> forget(holder[s]) :: else fi"},
    ],
    ids=["through a closed door", "into a locked stage", "unlocks too early", "supersedes who is inside"],
)
def test_a_fault_planted_in_the_model_shows(tmp_path, planted):
    """The comparison can fail: with a fault in it the model breaks an assertion or counts other states."""
    pipeline, shape = PAIRS["parallel actions"]
    counted = count(shape, tmp_path, **planted)
    assert counted.failed or counted.states != len(explore(pipeline, shape.revisions, moves(shape)))


def test_what_the_model_asserts_are_rules_of_ours():
    assert {"closed-stays-closed", "one-at-a-time", "superseded-waits"} <= set(INVARIANTS)
