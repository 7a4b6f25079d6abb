"""How rules of stage conditions are judged: variables, windows in time, and what nobody here can know."""

import doctest
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.pipeline import Rule, RuleType, catalog
from cp_teach.work.simulation import rule_evaluation
from cp_teach.work.simulation.rule_evaluation import SHORT, RuleResult, evaluate_rule, zone

TUESDAY = datetime(2026, 11, 24, 10, 30)


def asked(provider: str, at: datetime = TUESDAY, **configuration: str) -> RuleResult | None:
    return evaluate_rule(Rule("r", RuleType(provider)), configuration, at)


def check(variable: str, operator: str, value: str) -> RuleResult | None:
    return asked("VariableCheck", Variable=variable, Operator=operator, Value=value)


def window(cron: str, zone: str = "", at: datetime = TUESDAY) -> RuleResult:
    found = asked("DeploymentWindow", at, Cron=cron, **({"TimeZone": zone} if zone else {}))
    assert found is not None
    return found


def test_the_examples_are_true() -> None:
    result = doctest.testmod(rule_evaluation)
    assert result.attempted
    assert not result.failed


# -- VariableCheck -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("variable", "operator", "value", "met"),
    [
        ("main", "EQ", "main", True),
        ("main", "EQ", "Main", False),
        ("main", "EQ", "mai", False),
        ("main", "NE", "dev", True),
        ("main", "NE", "main", False),
        ("[skip] fix", "CONTAINS", "[skip]", True),
        ("fix", "CONTAINS", "[skip]", False),
        ("release/1.2", "MATCHES", r"release/\d+\.\d+", True),
        ("release/1.2-rc", "MATCHES", r"release/\d+\.\d+", False),
        ("main", "MATCHES", "mai", False),
        ("main", "MATCHES", "(?<name>m.*)", True),
        ("٣", "MATCHES", r"\d", False),
        ("a[b", "MATCHES", r"a\[[b]", True),
        ("a\\Z", "MATCHES", r"a\\Z", True),
    ],
)
def test_a_variable_is_compared(variable: str, operator: str, value: str, met: bool) -> None:
    judgement = check(variable, operator, value)
    assert judgement is not None
    assert judgement.met == met


def test_the_message_says_what_was_compared() -> None:
    assert str(getattr(check("main", "EQ", "dev"), "message", "")) == "'main' does not equal 'dev'."
    assert getattr(check("main", "NE", "main"), "message", "") == "'main' equals 'main'."
    assert len(getattr(check("x" * 5000, "CONTAINS", "x"), "message", "")) < 100


@given(st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_equal_and_not_equal_are_never_both(variable: str, value: str) -> None:
    equal, unequal, part = (check(variable, operator, value) for operator in ("EQ", "NE", "CONTAINS"))
    assert equal is not None
    assert unequal is not None
    assert part is not None
    assert equal.met != unequal.met
    assert part.met or not equal.met


@given(st.text(max_size=20), st.text(min_size=1, max_size=20))
def test_whatever_is_given_as_a_pattern_is_judged_or_left_open(variable: str, pattern: str) -> None:
    judgement = check(variable, "MATCHES", pattern)
    assert judgement is None or judgement.message


@pytest.mark.parametrize(
    "pattern",
    [r"\p{Alpha}+", r"[a-z&&[^b]]", r"[a[bc]]", r"main\Z", r"(?<=a+)b", r"\Qa.b\E", "a(?i)b", r"\v"],
)
def test_what_only_java_reads_so_is_left_open(pattern: str) -> None:
    assert check("main", "MATCHES", pattern) is None


def test_a_rule_that_is_written_wrongly_is_not_met_and_says_so() -> None:
    for judgement, words in (
        (check("main", "GT", "1"), "The operator 'GT' does not exist"),
        (check("main", "MATCHES", "(a"), "cannot be read"),
        (asked("VariableCheck", Variable="main"), "no Operator and no Value"),
        (check("#{Src.CommitId}", "NE", "x"), "#{Src.CommitId} has no value"),
        (asked("DeploymentWindow"), "no Cron"),
        (window("* * *"), "has 3 fields"),
        (window("* * * ? * MON", "Mars/Base"), "The time zone 'Mars/Base' does not exist"),
    ):
        assert judgement is not None
        assert not judgement.met
        assert words in judgement.message


# -- DeploymentWindow --------------------------------------------------------------------------------------
OFFICE = "0 * 9-16 ? * MON-FRI"


@pytest.mark.parametrize(
    ("name", "met"),
    [
        ("", True),
        ("UTC", True),
        ("UTC+05:30", True),  # 16:00
        ("UTC-03:00", False),  # 07:30
        ("Europe/Berlin", True),  # 11:30
        ("America/New_York", False),  # 05:30
        ("PST", False),  # 02:30
        ("IST", True),
        ("EST", False),
        ("JST", False),  # 19:30
    ],
)
def test_the_window_is_open_by_the_clock_of_its_zone(name: str, met: bool) -> None:
    assert window(OFFICE, name).met == met
    assert window(OFFICE, name, TUESDAY.replace(tzinfo=UTC)).met == met


def test_a_closed_window_says_when_it_opens() -> None:
    friday = window(OFFICE, "Europe/Berlin", datetime(2026, 11, 27, 18, 0))
    assert not friday.met
    assert friday.later == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    assert friday.message == (
        "Friday 2026-11-27 19:00 CET is not in the deployment window 0 * 9-16 ? * MON-FRI; "
        "it opens on Monday 2026-11-30 09:00 CET."
    )
    again = window(OFFICE, "Europe/Berlin", friday.later)
    assert again.met
    assert again.later is None
    never = window("0 * * ? * MON 2020")
    assert not never.met
    assert never.later is None
    assert "it never opens again" in never.message


# -- the others --------------------------------------------------------------------------------------------
def test_every_other_rule_waits_for_somebody() -> None:
    judged = {name for name in catalog("today").rules if asked(name) is not None}
    assert judged == {"VariableCheck", "DeploymentWindow"}


def test_every_abbreviation_stands_for_a_zone() -> None:
    for short in SHORT:
        assert datetime(2026, 1, 1, tzinfo=zone(short)).utcoffset() is not None


@pytest.mark.parametrize(
    "text", ["UTC+24:00", "UTC+5", "XYZ", "America", "../etc/passwd", "/etc", "\0", "europe"]
)
def test_what_is_no_zone_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=r"The time zone .* does not exist"):
        zone(text)
