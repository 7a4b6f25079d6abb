"""The questions of notebook 11: how releases flow. Each truth is what a study has found, small enough to be quick."""

from functools import cache
from typing import TYPE_CHECKING, Any

from cp_teach.course.predictions.question import Question
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


QUESTIONS = (
    Question(
        "11-busier",
        "A stage is busy for 80 % of the time, and a change is 50 minutes on its way. Now it is busy for 90 %. How "
        "long does a change take?",
        {
            "About an eighth more: it has an eighth more work.": "The work is an eighth more, but the wait is not. "
            "Of the idle time half is gone, and only idle time eats a queue.",
            "About twice as long.": "The wait goes with 1 / (1 - load). Half of the idle time means twice the wait.",
            "About ten times as long.": "So it would be at a load of 98 %.",
        },
        _busier,
    ),
    Question(
        "11-fewer-at-a-time",
        "More is released than a queue of three stages can take. So far 50 executions may be in progress; from now on "
        "10. What becomes of the deployments?",
        {
            "A fifth of them is left.": "The stages decide how many get through, and with 10 in progress they are "
            "still hardly ever idle.",
            "Nearly as many, and each takes as long as before.": "By Little's law it cannot be: a fifth in progress "
            "at the same throughput takes a fifth of the time.",
            "Nearly as many, and each takes a fifth of the time.": "Work that waits delivers nothing. Little's law: "
            "time = work in progress / throughput.",
        },
        _fewer_at_a_time,
    ),
    Question(
        "11-older-or-younger",
        "A stage in SUPERSEDED mode gets four times as many changes as before, and now more than half of them are "
        "superseded. Is what runs in production older or younger than before?",
        {
            "Older: more than half of the changes are superseded.": "Who is superseded is not lost: the newer one "
            "has all of it.",
            "Younger, although more than half of the changes are superseded.": "The newest change goes first, and "
            "the more there are, the newer it is.",
            "As old as before: the stage is as fast as before.": "The stage is, but what enters it is newer.",
        },
        _older_or_younger,
    ),
    Question(
        "11-approved-first",
        "Twelve changes a day, and an approval takes about an hour. It stands before the build. How many of the "
        "changes are ever tested?",
        {
            "All of them, only later.": "Who waits at the door of the approval is superseded by the next one, before "
            "any test.",
            "About nine of ten.": "That would take an approver who nearly always answers before the next change is "
            "there, also at five in the afternoon.",
            "Fewer than half of them.": "The slowest stage supersedes most. What stands behind it sees only what is "
            "left.",
        },
        _approved_first,
    ),
    Question(
        "11-six-tests",
        "There are six tests. Each is red for no reason in one run of 20. How many of the releases are red for no "
        "reason?",
        {
            "About 5 %, as for each test.": "So it would be if they were always red together.",
            "About a quarter.": "All six have to be green: 0.95 to the power of 6 is 0.74.",
            "About half.": "That takes 14 such tests.",
        },
        _six_tests,
    ),
    Question(
        "11-three-at-once",
        "Three tests, half of whose runs take more than 10 minutes each. They run at the same time. How long does "
        "the stage take, on average?",
        {
            "About 10 minutes.": "One of them takes about that. But the stage waits for the slowest of three.",
            "About 15 minutes.": "The slowest of three counts, and one of three is often slow.",
            "About 30 minutes.": "That is one after the other.",
        },
        _three_at_once,
    ),
    Question(
        "11-twenty-together",
        "One change of 50 fails in production. Twenty changes are released together. How many of the deployments "
        "fail?",
        {
            "About 2 %: the changes are the same.": "The changes are, the deployment is not: one bad change of the "
            "20 is enough.",
            "About a third.": "All 20 have to be good: 1 - 0.98 to the power of 20 is 0.33.",
            "About 40 %: 20 times 2 %.": "Nearly. But two bad ones in one deployment make one failure.",
        },
        _twenty_together,
    ),
    Question(
        "11-on-a-friday",
        "A train leaves on Friday at 16:00, and its deployment fails. The fix is released at once, as a hotfix. How "
        "long until the service is well again?",
        {
            "As long as on a Tuesday: a hotfix waits for no train.": "It waits for no train, but for the person who "
            "writes it. Two hours of work do not fit before the weekend.",
            "About twice as long.": "There are 64 hours between Friday at 17:00 and Monday at 9:00.",
            "More than five times as long.": "Most repairs are finished on Monday.",
        },
        _on_a_friday,
    ),
    Question(
        "11-overlapping",
        "Two pipelines were studied with the same luck: the same commits, the same slow days. The intervals of their "
        "lead times overlap. Can it be told which is faster?",
        {
            "No: intervals that overlap prove nothing.": "They prove nothing, neither way. But the same luck makes "
            "pairs, and pairs tell more.",
            "Yes, from the differences of the pairs.": "Luck that both had falls out of the difference. What is left "
            "is what the pipelines make of it.",
            "Yes, from the means alone.": "One mean is always the smaller one, even where nothing "
            "differs but luck.",
        },
        _overlapping,
    ),
)
