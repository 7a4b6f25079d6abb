"""Lines of stations: every way tells the same, the engine included, and queueing theory agrees."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cp_teach.flow import Line, exponential, poisson, saturated
from cp_teach.flow.numerics.exact_time import round_to_ticks
from cp_teach.flow.queueing.tandem_runner import DISCIPLINES, simulate_line

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))
import flow_laws  # it lies beside the other benchmarks


@given(
    st.sampled_from(DISCIPLINES),
    st.integers(1, 4),
    st.integers(1, 60),
    st.sampled_from([0.5, 1.0, 3.0]),
    st.integers(0, 9999),
)
@example(
    "parallel", 1, 6, 1.0, 3
)  # at the limit, revisions without duration arrive and end at the same moment
def test_lists_arrays_machine_code_and_the_engine_agree(
    discipline: str, stations: int, n: int, rate: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    rows = 30  # enough that the arrays are taken
    arrived = round_to_ticks(np.cumsum(rng.exponential(1 / rate, (rows, n)), axis=1))
    service = round_to_ticks(rng.exponential(1, (stations, rows, n)))
    if seed % 3 == 0:  # much at the same moment
        arrived, service = np.floor(arrived), np.floor(service)
    fails = rng.random((stations, rows, n)) < 0.1
    limits = (0, 3, 50) if discipline in ("queue", "parallel") else (0,)
    for limit in limits:
        found = {
            path: simulate_line(discipline, arrived, service, fails, path, limit=limit)
            for path in (
                "compiled",
                "arrays",
                "lists",
                *(["reference"] if _has_engine(discipline, limit) else []),
            )
        }
        for path, each in found.items():
            for one, other in zip(found["lists"], each, strict=True):
                assert np.array_equal(one, other), f"{path} tells otherwise ({discipline}, limit {limit})"


def _has_engine(discipline: str, limit: int) -> bool:
    return discipline == "supersede" or (discipline in ("queue", "parallel") and limit == 50)


def test_one_third_of_all_is_superseded() -> None:
    study = Line(1, "supersede").study(
        arrivals=poisson(1), durations=exponential(1), revisions=200_000, seed=1
    )
    assert study.superseded_share == pytest.approx(1 / 3, abs=0.01)


def test_the_laws_hold(capsys: pytest.CaptureFixture[str]) -> None:
    """A smaller run of the benchmark: 20 replications of 20,000 revisions."""
    found = flow_laws.main(20, 20_000)
    print(capsys.readouterr().out)
    assert len(found) >= 28
    assert [
        law.name for law, z in found if abs(z) > 3.9
    ] == []  # one of 1,000 beyond that by chance (Student, 19)


def test_a_law_that_is_wrong_would_show() -> None:
    study = Line(2, "block").study(
        arrivals=saturated(), durations=exponential(1), revisions=20_000, replications=20, seed=1
    )
    wrong = study.estimate("throughput", 0.999)
    assert not wrong.low <= 0.69 <= wrong.high


def test_long_lines_are_computed_in_pieces_and_tell_the_same() -> None:
    from cp_teach.flow.queueing import tandem_runner

    for discipline in DISCIPLINES:
        given_ = {"arrivals": poisson(0.8), "durations": exponential(1), "failures": 0.03, "revisions": 5000}
        line = Line(3 if discipline != "loss" else 2, discipline)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(tandem_runner, "ROWS", 1)
            whole = line.study(**given_, replications=2, seed=3)
            patch.setattr(tandem_runner, "PIECE", 700)
            parts = [
                line.study(**given_, replications=2, seed=3, path=path) for path in ("compiled", "arrays")
            ]
        for name in ("delivered", "failed", "superseded", "refused", "revisions", "last"):
            for other in parts:
                assert whole.sums[name].tolist() == other.sums[name].tolist(), (discipline, name)
        assert parts[0].age == pytest.approx(whole.age)
        assert parts[0].lead_time == pytest.approx(whole.lead_time)


def test_the_frame_has_a_row_for_each_replication() -> None:
    study = Line(2).study(arrivals=poisson(1), durations=[1.0, exponential(1)], revisions=50, replications=7)
    assert study.frame.shape == (7, 8)
    assert "superseded_share" in str(study)


def test_the_interval_of_a_share_stays_within_what_is_possible() -> None:
    few = Line(1, "queue").study(
        arrivals=poisson(1), durations=0.1, failures=0.05, revisions=20, replications=4, seed=2
    )
    failed, delivered = few.estimate("failed_share"), few.estimate("delivered_share")
    assert failed.low == 0
    assert delivered.high == 1
    assert 0 < failed.mean < failed.high


def test_a_queue_that_gets_too_much_is_called_unstable() -> None:
    study = Line(2, "queue").study(
        arrivals=poisson(1.1), durations=[exponential(0.5), exponential(1)], revisions=300
    )
    assert "Unstable: station 2 has work for 1.10 of its time" in study.notices[0]
    assert Line(2, "supersede").study(arrivals=poisson(2), durations=1.0, revisions=30).notices == ()


@pytest.mark.parametrize(
    ("line", "given_", "words"),
    [
        ({"stations": 0}, {}, "stations must be a whole number from 1 to 100"),
        ({"discipline": "lifo"}, {}, "discipline must be one of supersede, queue"),
        ({"servers": 2}, {}, "can have several servers"),
        ({"limit": 5}, {}, "can have a limit, of 1 or more"),
        ({}, {"durations": -1}, "duration 1 must be a number from 0 on, not -1"),
        ({}, {"failures": 1.5}, "a failure rate must be a probability from 0 to 1, not 1.5"),
        ({}, {"durations": [1, 2, 3]}, "durations has 3 entries for 2 stations"),
        ({}, {"revisions": 0}, "revisions must be a whole number from 1 on"),
        ({}, {"seed": -1}, "the seed must be a whole number"),
        ({}, {"path": "gpu"}, "path must be one of auto"),
        ({"discipline": "block"}, {"path": "reference"}, "not a mode of CodePipeline"),
        (
            {"discipline": "queue"},
            {"path": "reference", "arrivals": poisson(9), "revisions": 200},
            "the engine refuses the 51st execution in progress, as AWS does",
        ),
        ({}, {"arrivals": 3}, "arrivals must come from"),
        ({}, {"arrivals": poisson(1e-8)}, "where sums would round: use a larger unit of time"),
    ],
)
def test_what_cannot_be_is_told(line: dict, given_: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Line(**{"stations": 2, **line}).study(
            **{"arrivals": poisson(1), "durations": 1.0, "revisions": 10, **given_}
        )
