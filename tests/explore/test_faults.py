"""Whoever breaks a rule of V2 is caught by a named invariant, and the journal that shows it can be played."""

import importlib

import pytest
from faults import FAULTS
from proofs import possible, proofs, prove

from cp_teach.engine import ByHand, Run
from cp_teach.explore import check
from cp_teach.explore.move_kinds import KINDS

walk = importlib.import_module("cp_teach.engine.rules.progression")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_noticed(monkeypatch, fault):
    def look(most):
        return check(
            fault.pipeline,
            revisions=fault.revisions,
            allow=fault.allow,
            stop=lambda space: space.explored > most,
        )

    assert look(3000)  # the engine as it is breaks nothing
    monkeypatch.setattr(walk, fault.replaced, fault.mutant)
    verdict = look(30_000)
    assert not verdict, f"nobody noticed in {verdict.states} states"
    assert verdict.counterexample.invariant in fault.noticed_by
    run = Run(fault.pipeline, ByHand())
    for move in verdict.counterexample.journal:
        run.do(move)
    assert [entry.command for entry in run.journal][: len(verdict.counterexample.journal)] == list(
        verdict.counterexample.journal
    )


@pytest.mark.parametrize(
    "proof", [p for p in proofs() if p.sample], ids=lambda p: f"{p.name}-{p.pipeline.mode}-{p.apart}"
)
def test_a_fixed_sample_of_the_long_proofs(proof):
    _, states, _, found = prove(proof)
    assert found == ""
    assert states > 3


def test_the_proofs_are_over_twenty_pipelines_in_three_modes():
    every = list(proofs())
    for mode in ("SUPERSEDED", "QUEUED", "PARALLEL"):
        assert len({proof.name for proof in every if proof.pipeline.mode == mode}) >= 20
    assert len({proof.pipeline.mode for proof in every if proof.sample}) == 3


@pytest.mark.parametrize("word", ["override", "roll back", "retry", "approve", "judge", "stop"])
def test_a_proof_over_moves_that_never_happen_is_no_proof(monkeypatch, word):
    """Were a kind of move no longer listed, every rule about it would hold."""
    moves = importlib.import_module("cp_teach.explore.move_kinds")
    listed = moves._others if word not in ("approve", "judge") else moves._ends
    name = listed.__name__
    monkeypatch.setattr(
        moves, name, lambda *asked: [move for move in listed(*asked) if moves.kind_of_move(move) != word]
    )
    proof = next(p for p in proofs() if word in possible(p.pipeline, p.allow, p.revisions))
    small = proof._replace(allow=(*{"release", "finish", "fail", "judge", word},), revisions=2)
    assert f"says nothing about {word}" in prove(small)[3]
    monkeypatch.undo()
    assert prove(small)[3] == ""


def test_every_kind_of_move_is_proved_somewhere():
    claimed = set()
    for proof in proofs():
        claimed |= possible(proof.pipeline, proof.allow, proof.revisions)
    assert claimed == set(KINDS) - {
        "time out",
        "delete",
    }  # the end of an action as any other, and of everything
