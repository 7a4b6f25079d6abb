"""The truths of the questions of notebook 11, each from a scenario that is played."""

from functools import cache
from typing import TYPE_CHECKING, Any

from cp_teach.pipeline import Pipeline

if TYPE_CHECKING:
    from cp_teach.flow import Study

# The lab brings numpy and scipy, so it is imported where a truth is asked for.


def _one_of(found: dict[str, bool]) -> str:
    """The one option that holds; "" where it is none or several, which no question has among its options."""
    (*true,) = (option for option, holds in found.items() if holds)
    return true[0] if len(true) == 1 else ""


@cache
def _busier() -> str:
    """Lead time at a load of 90 %, over that at 80 %."""
    from cp_teach.flow import Line, exponential, poisson

    takes = [
        Line(1, "queue")
        .study(
            arrivals=poisson(load / 10), durations=exponential(10), revisions=10_000, replications=20, seed=1
        )
        .lead_time
        for load in (0.8, 0.9)
    ]
    more = takes[1] / takes[0]
    return _one_of(
        {
            "About an eighth more: it has an eighth more work.": more < 1.3,
            "About twice as long.": 1.6 < more < 2.4,
            "About ten times as long.": more > 7,
        }
    )


@cache
def _fewer_at_a_time() -> str:
    """Deployments and lead time with 10 executions in progress at most, over those with 50."""
    from cp_teach.flow import Line, gamma, poisson

    many, few = (
        Line(3, "queue", limit=limit).study(
            arrivals=poisson(0.2), durations=gamma(10, 0.16), revisions=2_000, replications=20, seed=1
        )
        for limit in (50, 10)
    )
    made, took = few.throughput / many.throughput, few.lead_time / many.lead_time
    return _one_of(
        {
            "A fifth of them is left.": made < 0.4,
            "Nearly as many, and each takes as long as before.": made > 0.85 and took > 0.8,
            "Nearly as many, and each takes a fifth of the time.": made > 0.85 and took < 0.3,
        }
    )


@cache
def _older_or_younger() -> str:
    """The age of production when four times as many changes are released."""
    from cp_teach.flow import Line, exponential, poisson

    rare, often = (
        Line(1, "supersede")
        .study(
            arrivals=poisson(rate / 10), durations=exponential(10), revisions=5_000, replications=20, seed=1
        )
        .estimate("age")
        for rate in (0.5, 2)
    )
    return _one_of(
        {
            "Older: more than half of the changes are superseded.": often.low > rare.high,
            "Younger, although more than half of the changes are superseded.": often.high < rare.low,
            "As old as before: the stage is as fast as before.": often.low <= rare.high
            and often.high >= rare.low,
        }
    )


@cache
def _approved_first() -> str:
    """The share of changes that the tests see when the approval comes before the build."""
    from cp_teach.flow import commits, lognormal, study

    shop = Pipeline.of("shop", Source="CodeCommit", Gate="Manual", Build="CodeBuild", Test="Test/CodeBuild")
    found = study(
        shop, arrivals=commits(12), policy={"approval": lognormal(60, 0.8)}, replications=20, weeks=4, seed=1
    ).report
    tested = 1 - found["superseded"].mean
    return _one_of(
        {
            "All of them, only later.": tested > 0.9,
            "About nine of ten.": 0.8 < tested <= 0.9,
            "Fewer than half of them.": tested < 0.5,
        }
    )


@cache
def _six_tests() -> str:
    """The share of releases that pass six tests, each of which is red for no reason in one run of 20."""
    from cp_teach.flow import Line, exponential, poisson

    red = 1 - (
        Line(6, "parallel")
        .study(
            arrivals=poisson(1),
            durations=exponential(1),
            failures=0.05,
            revisions=1_000,
            replications=20,
            seed=1,
        )
        .delivered_share
    )
    return _one_of(
        {
            "About 5 %, as for each test.": red < 0.1,
            "About a quarter.": 0.2 < red < 0.3,
            "About half.": red > 0.4,
        }
    )


@cache
def _three_at_once() -> str:
    """What a change takes through three tests that run at once, without its 2 minutes of deployment."""
    from cp_teach.flow import commits, lognormal, study

    shop = Pipeline.of(
        "shop",
        Source="CodeCommit",
        Test="A:Test/CodeBuild and B:Test/CodeBuild and C:Test/CodeBuild",
        Prod="CodeDeploy",
    )
    found = study(
        shop,
        arrivals=commits(2),
        durations={"Source": 0, "Test": lognormal(10, 0.4), "Deploy": 2},
        replications=20,
        seed=1,
    ).report
    minutes = found["lead_time"].mean - 2
    return _one_of(
        {
            "About 10 minutes.": minutes < 11.5,
            "About 15 minutes.": 13 < minutes < 17,
            "About 30 minutes.": minutes > 25,
        }
    )


@cache
def _twenty_together() -> str:
    """The share of deployments that fail when 20 changes are released together, each bad in one case of 50."""
    from cp_teach.flow import commits, study

    shop = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Prod="CodeDeploy")
    found = study(
        shop,
        arrivals=commits(10, batch=20),
        policy={"change_failure": 0.02},
        replications=100,
        seed=1,
    ).report["change_failure_rate"]
    return _one_of(
        {
            "About 2 %: the changes are the same.": found.mean < 0.05,
            "About a third.": 0.25 < found.mean < 0.37,
            "About 40 %: 20 times 2 %.": found.mean > 0.38,
        }
    )


def _friday(leaves: str) -> "Study":
    from cp_teach.flow import study, train

    policy: dict[str, Any] = {"change_failure": 0.02, "recovery": "hotfix"}
    shop = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Prod="CodeDeploy")
    return study(shop, arrivals=train(leaves, 6), policy=policy, weeks=13, replications=20, seed=1)


@cache
def _on_a_friday() -> str:
    """Recovery time of a train on Friday afternoon over that on Tuesday morning, with a hotfix either way."""
    friday, tuesday = (_friday(leaves).report["recovery_time"].mean for leaves in ("Fri 16:00", "Tue 10:00"))
    longer = friday / tuesday
    return _one_of(
        {
            "As long as on a Tuesday: a hotfix waits for no train.": longer < 1.5,
            "About twice as long.": 1.5 <= longer < 3,
            "More than five times as long.": longer > 5,
        }
    )


@cache
def _overlapping() -> str:
    """Two studies whose intervals overlap, on the same luck: what the differences tell."""
    from cp_teach.flow import difference, lognormal, preset, study

    settings = preset("healthy").settings
    one, other = (
        study(
            **{**settings, "durations": {**settings["durations"], "Test": lognormal(median, 0.4)}},
            weeks=4,
            replications=20,
            seed=1,
        )
        for median in (3.3, 4.0)
    )
    name = "lead_time_median"
    apart = one.report[name].high < other.report[name].low
    clear = difference(other.measures[name], one.measures[name]).clear
    return _one_of(
        {
            "No: intervals that overlap prove nothing.": not apart and not clear,
            "Yes, from the differences of the pairs.": not apart and clear,
            "Yes, from the means alone.": apart,
        }
    )


TRUTHS = {
    "11-busier": _busier,
    "11-fewer-at-a-time": _fewer_at_a_time,
    "11-older-or-younger": _older_or_younger,
    "11-approved-first": _approved_first,
    "11-six-tests": _six_tests,
    "11-three-at-once": _three_at_once,
    "11-twenty-together": _twenty_together,
    "11-on-a-friday": _on_a_friday,
    "11-overlapping": _overlapping,
}
