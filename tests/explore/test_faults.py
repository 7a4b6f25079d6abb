"""Whoever breaks a rule of V2 is caught by a named invariant, and the journal that shows it can be played."""

import importlib

import pytest
from faults import FAULTS
from proofs import proofs, prove

from cp_teach.engine import ByHand, Run
from cp_teach.explore import check

walk = importlib.import_module("cp_teach.engine.walk")


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_noticed(monkeypatch, fault):
    def look(most):
        return check(
            fault.pipeline,
            revisions=fault.revisions,
            allow=fault.allow,
            enough=lambda space: space.found > most,
        )

    assert look(3000)  # the engine as it is breaks nothing
    monkeypatch.setattr(walk, fault.replaced, fault.mutant)
    verdict = look(30_000)
    assert not verdict, f"nobody noticed in {verdict.states} states"
    assert verdict.breach.invariant in fault.noticed_by
    run = Run(fault.pipeline, ByHand())
    for move in verdict.breach.journal:
        run.do(move)
    assert [entry.command for entry in run.journal][: len(verdict.breach.journal)] == list(
        verdict.breach.journal
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
