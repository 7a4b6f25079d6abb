"""How many instances are deployed to at a time, and when too many have failed."""

import doctest
import os
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.work.codedeploy import deployment_configuration as module
from cp_teach.work.codedeploy.deployment_configuration import (
    DEFAULTS,
    Batch,
    Configuration,
    InstanceState,
    Outcome,
    configuration,
    next_batch,
)

ALL, HALF, ONE = (f"CodeDeployDefault.{name}" for name in ("AllAtOnce", "HalfAtATime", "OneAtATime"))


def hosts(count: int) -> Configuration:
    return Configuration("own", "HOST_COUNT", count)


def percent(value: int) -> Configuration:
    return Configuration("own", "FLEET_PERCENT", value)


def deploy(
    how: Configuration, fleet: int | list[InstanceState], failing: set[str] | frozenset[str] = frozenset()
) -> tuple[list[tuple[str, ...]], Batch]:
    """The batches of a deployment, in which the instances of ``failing`` fail, and how it ended."""
    standing = [InstanceState(f"i-{n}") for n in range(1, fleet + 1)] if isinstance(fleet, int) else fleet
    batches, outcomes = [], dict[str, Outcome]()
    while (turn := next_batch(standing, how, outcomes)).deploy:
        assert not turn.verdict
        batches.append(turn.deploy)
        outcomes |= {name: "Failed" if name in failing else "Succeeded" for name in turn.deploy}
    return batches, turn


def sizes(how: Configuration, count: int) -> list[int]:
    return [len(batch) for batch in deploy(how, count)[0]]


def test_the_examples_are_true() -> None:
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


# -- the numbers of the guide ------------------------------------------------------------------------------
def test_all_at_once_needs_one_success() -> None:
    how = configuration(ALL)
    nine = {f"i-{n}" for n in range(1, 10)}
    assert sizes(how, 9) == [9]
    assert deploy(how, 9, nine - {"i-4"})[1].verdict == "Succeeded"
    assert deploy(how, 9, nine)[1].error == "HEALTH_CONSTRAINTS"


def test_half_at_a_time_is_four_of_nine_and_five_must_succeed() -> None:
    how = configuration(HALF)
    assert sizes(how, 9) == [4, 4, 1]
    assert deploy(how, 9, {"i-1", "i-2", "i-3", "i-9"})[1].verdict == "Succeeded"
    batches, end = deploy(how, 9, {"i-1", "i-2", "i-3", "i-4"})
    assert (len(batches), end.verdict, end.error) == (1, "Failed", "HEALTH_CONSTRAINTS")


def test_one_at_a_time_lets_only_the_last_fail() -> None:
    how = configuration(ONE)
    assert (how.kind, how.value) == ("MOST_CONCURRENCY", 1)
    for count in (2, 3, 10, 200):
        assert sizes(how, count) == [1] * count
        assert deploy(how, count, {f"i-{count}"})[1].verdict == "Succeeded"
        batches, end = deploy(how, count, {f"i-{count - 1}"})
        assert (len(batches), end.error) == (count - 1, "HEALTH_CONSTRAINTS")


def test_a_single_instance_must_succeed() -> None:
    assert deploy(configuration(ONE), 1)[1].verdict == "Succeeded"
    assert deploy(configuration(ONE), 1, {"i-1"})[1].error == "HEALTH_CONSTRAINTS"


def test_own_configurations_for_nine_instances() -> None:
    assert sizes(hosts(6), 9) == [3, 3, 3]
    assert sizes(percent(40), 9) == [5, 4]
    assert percent(40).minimum(9) == 4


def test_95_percent_of_ten_are_ten_and_nothing_is_deployed() -> None:
    batches, end = deploy(percent(95), 10)
    assert (batches, end.verdict, end.error) == ([], "Failed", "HEALTH_CONSTRAINTS_INVALID")
    assert "10 of 10 instances must stay healthy" in end.message


def test_nine_of_ten_is_one_at_a_time_and_any_failure_but_the_last_ends_it() -> None:
    assert sizes(hosts(9), 10) == [1] * 10
    batches, end = deploy(hosts(9), 10, {"i-3"})
    assert (len(batches), end.error) == (3, "HEALTH_CONSTRAINTS")
    assert deploy(hosts(9), 10, {"i-10"})[1].verdict == "Succeeded"


def test_eight_of_ten_is_two_at_a_time_and_the_second_failure_ends_it_unless_it_is_the_last() -> None:
    assert sizes(hosts(8), 10) == [2] * 5
    batches, end = deploy(hosts(8), 10, {"i-1"})
    assert ([len(batch) for batch in batches], end.verdict) == ([2, *[1] * 8], "Succeeded")
    assert deploy(hosts(8), 10, {"i-1", "i-5"})[1].error == "HEALTH_CONSTRAINTS"
    assert deploy(hosts(8), 10, {"i-1", "i-10"})[1].verdict == "Succeeded"


def test_none_of_ten_is_all_at_once_and_one_must_succeed() -> None:
    assert sizes(hosts(0), 10) == [10]
    assert deploy(hosts(0), 10, {f"i-{n}" for n in range(2, 11)})[1].verdict == "Succeeded"
    assert deploy(hosts(0), 10, {f"i-{n}" for n in range(1, 11)})[1].error == "HEALTH_CONSTRAINTS"


def test_a_percentage_is_counted_without_a_computers_fractions() -> None:
    assert [percent(p).minimum(100) for p in (7, 14, 28, 29, 55, 56, 57, 58)] == [
        7,
        14,
        28,
        29,
        55,
        56,
        57,
        58,
    ]


def test_unhealthy_instances_come_first_then_unknown_old_and_current_revisions() -> None:
    fleet = [
        InstanceState("current"),
        InstanceState("old", True, "old"),
        InstanceState("unknown", True, "unknown"),
        InstanceState("ill", False, "current"),
        InstanceState("new", False, "unknown"),
    ]
    batches, _ = deploy(hosts(4), fleet)
    assert [name for batch in batches for name in batch] == ["new", "ill", "unknown", "old", "current"]


def test_instances_that_are_ill_and_stay_so_leave_no_room_for_the_healthy_ones() -> None:
    fleet = [
        InstanceState("ill-1", False),
        InstanceState("ill-2", False),
        *(InstanceState(f"i-{n}") for n in range(8)),
    ]
    batches, end = deploy(hosts(8), fleet, {"ill-1", "ill-2"})
    assert (batches, end.error) == ([("ill-1", "ill-2")], "HEALTH_CONSTRAINTS")
    assert deploy(hosts(8), fleet)[1].verdict == "Succeeded"


def test_a_group_without_instances_is_told() -> None:
    assert next_batch([], configuration(ONE), {}).error == "NO_INSTANCES"


def test_a_configuration_that_cannot_be_is_told() -> None:
    with pytest.raises(ValueError, match=r"Use one of CodeDeployDefault\.AllAtOnce"):
        configuration("OneAtATime")
    with pytest.raises(ValueError, match="101 is not a valid percentage"):
        percent(101)
    with pytest.raises(ValueError, match="-1 is not a valid number"):
        hosts(-1)
    with pytest.raises(ValueError, match="The kind 'ALL' does not exist"):
        Configuration("own", "ALL", 1)  # type: ignore[arg-type]
    assert set(DEFAULTS) == {ALL, HALF, ONE}


# -- every fleet up to 20 and every minimum ----------------------------------------------------------------
@st.composite
def stories(draw: st.DrawFn) -> tuple[list[InstanceState], Configuration, set[str]]:
    count = draw(st.integers(1, 20))
    fleet = [
        InstanceState(f"i-{n}", draw(st.booleans()), draw(st.sampled_from(["unknown", "old", "current"])))
        for n in range(count)
    ]
    how = draw(
        st.one_of(
            st.integers(0, count + 1).map(hosts),
            st.integers(0, 100).map(percent),
            st.sampled_from(list(DEFAULTS.values())),
        )
    )
    failing = draw(st.sets(st.sampled_from([each.name for each in fleet])))
    return fleet, how, failing


@given(stories())
def test_healthy_never_drops_below_the_minimum_by_our_own_doing(
    story: tuple[list[InstanceState], Configuration, set[str]],
) -> None:
    fleet, how, failing = story
    healthy = {each.name for each in fleet if each.healthy}
    batches, _ = deploy(how, fleet, failing)
    for batch in batches:
        offline = healthy & set(batch)
        if offline:  # only an instance that works can be taken away from its users
            assert len(healthy - offline) >= min(how.minimum(len(fleet)), len(healthy))
        healthy = healthy - offline | (set(batch) - failing)


@given(stories())
def test_each_instance_is_deployed_to_at_most_once_and_in_order(
    story: tuple[list[InstanceState], Configuration, set[str]],
) -> None:
    fleet, how, failing = story
    batches, end = deploy(how, fleet, failing)
    taken = [name for batch in batches for name in batch]
    assert len(taken) == len(set(taken))
    health = {each.name: each.healthy for each in fleet}
    assert [health[name] for name in taken] == sorted(health[name] for name in taken)
    if end.verdict == "Succeeded":
        assert set(taken) == set(health)


def oracle(count: int, how: Configuration, failing_in_turn: list[bool]) -> str:
    """The verdict by counting alone, without batches: the story of a deployment to one list of instances.

    ``failing_in_turn`` says, in the order in which instances are taken, whether each one fails.
    """
    if how.kind == "MOST_CONCURRENCY":
        may_fail = 1
    elif how.kind == "FLEET_PERCENT":
        may_fail = count - ceil(round(count * how.value / 100, 6))
    else:
        may_fail = count - how.value
    if may_fail <= 0:
        return "Failed"
    at = 0
    allowed = may_fail
    while at < count:
        if allowed == 0:  # as many are missing as may be, and somebody is still waiting
            return "Failed"
        here = failing_in_turn[at : at + allowed]
        at += allowed
        allowed -= sum(here)
    return "Failed" if all(failing_in_turn) else "Succeeded"


@given(stories())
def test_the_verdict_is_that_of_plain_counting(
    story: tuple[list[InstanceState], Configuration, set[str]],
) -> None:
    fleet, how, failing = story
    turn = [each for ill in (True, False) for each in fleet if each.healthy is not ill]
    rank = {"unknown": 0, "old": 1, "current": 2}
    turn.sort(key=lambda each: (1 if each.healthy else 0) * 10 + rank[each.revision])
    expected = oracle(len(fleet), how, [each.name in failing for each in turn])
    assert deploy(how, fleet, failing)[1].verdict == expected


@pytest.mark.parametrize("count", range(1, 21) if os.environ.get("CP_TEACH_PROVE") else (1, 2, 3, 9, 20))
def test_every_minimum_of_every_fleet(count: int) -> None:
    """All of them, not some: each percentage and number, with none, each one, all but one, and all failing."""
    for share in range(101):
        assert percent(share).minimum(count) == (count * share + 99) // 100
    names = [f"i-{n}" for n in range(count)]
    fleet = [InstanceState(name, True, "old") for name in names]
    stories = [set(), set(names), *({name} for name in names), *(set(names) - {name} for name in names)]
    for least in range(count + 2):
        assert hosts(least).minimum(count) == least
        for failing in stories:
            expected = oracle(count, hosts(least), [name in failing for name in names])
            assert deploy(hosts(least), fleet, failing)[1].verdict == expected, (least, failing)
