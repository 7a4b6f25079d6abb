"""CI runs as many of the long proofs as fit, and each of them has its turn."""

import prove

THREE = [prove.Proof("a", 100, []), prove.Proof("b", 300, []), prove.Proof("c", 50, [])]


def test_only_proofs_that_fit_are_run_in_their_order():
    assert [proof.name for proof in prove.fitting(THREE, 160)] == ["a", "c"]
    assert prove.fitting(THREE, 10) == []
    assert prove.fitting(THREE, float("inf")) == THREE


def test_the_seed_chooses_the_first_proof_and_none_is_lost():
    firsts = {prove.rotate(THREE, str(seed))[0].name for seed in range(30)}
    assert firsts == {"a", "b", "c"}
    assert sorted(prove.rotate(THREE, "x")) == THREE
    assert prove.rotate(THREE, "") == THREE


def test_every_proof_names_files_that_exist(pytestconfig):
    for proof in prove.proofs():
        for word in proof.command:
            if word.startswith(("tests/", "tools/")):
                assert (pytestconfig.rootpath / word).exists(), proof.name
