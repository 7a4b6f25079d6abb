"""The exercises of notebook 11: a batch that is small enough, with proof; and a verdict that knows its limits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cp_teach.course.checks.answers import kind_of
from cp_teach.course.checks.exercise import Exercise, Goal, WrongAnswer
from cp_teach.translation import message

if TYPE_CHECKING:
    from cp_teach.flow import Study

CHANCE, MOST, DAILY = 0.015, 0.10, 10.0
"""A change is bad with that chance; so many deployments may fail; so many changes are committed a day."""
LARGEST = 6
"""1 - 0.985^6 = 8.7 % of the deployments fail, and 1 - 0.985^7 = 10.04 %."""


def _a_study(name: str, answer: object) -> Study:
    from cp_teach.flow import Study
    from cp_teach.flow.inputs.commit_arrivals import Commits

    if not isinstance(answer, Study) or not answer.replications:
        raise WrongAnswer(
            message("This check looks at a Study, and it was given {kind}.", kind=kind_of(answer)),
            message('Hand over what released_together(…) returns: check("{name}", found).', name=name),
        )
    if not isinstance(answer.design.arrivals, Commits):
        raise WrongAnswer(
            message("In this study changes do not arrive by commits(…)."),
            message("Begin with the cell of the exercise: released_together(batch, …)."),
        )
    return answer


def _batch(found: Study) -> int:
    return int(getattr(found.design.arrivals, "batch", 0))


def _as_given(found: Study) -> bool:
    arrivals, policy = found.design.arrivals, found.design.model.policy
    return getattr(arrivals, "per_day", 0.0) == DAILY and policy.change_failure == CHANCE


def _rate(found: Study) -> str:
    return found.report["change_failure_rate"].__format__(".3f")


BATCH = Exercise(
    "11-largest-batch",
    "Find the largest batch of which fewer than 10 % of the deployments fail, and prove it.",
    _a_study,
    (
        Goal(
            "Ten changes a day, and each is bad in 1.5 % of the cases.",
            _as_given,
            "Leave the function of the exercise as it is, and change only what you hand over to it.",
        ),
        Goal(
            "The whole interval of the change failure rate lies below 10 %.",
            lambda found: found.report["change_failure_rate"].high < MOST,
            lambda found: message(
                "It is {rate}. A smaller batch makes it smaller, more replications make it narrower.",
                rate=_rate(found),
            ),
        ),
        Goal(
            "A larger batch would not do.",
            lambda found: _batch(found) >= LARGEST,
            "The law tells where to look: 1 - (1 - p)^n, with p = 0.015.",
        ),
    ),
)


class Tried(NamedTuple):
    """What a learner's function says of pairs of studies whose answer is known."""

    faster: str
    slower: str
    same: str


WORDS = ("faster", "slower", "cannot tell")


@cache
def _pairs() -> tuple[Study, Study, Study]:
    """(a team; the same with slower tests and the same luck; the first team again, with luck of its own)."""
    from cp_teach.flow import lognormal, preset, study

    settings = preset("healthy").settings

    def team(test: float, seed: int) -> Study:
        durations = {**settings["durations"], "Test": lognormal(test, 0.4)}
        return study(**{**settings, "durations": durations}, weeks=4, replications=20, seed=seed)

    return team(3.3, 1), team(4.0, 1), team(3.3, 51)


def _a_verdict(name: str, answer: object) -> Tried:
    if not callable(answer):
        raise WrongAnswer(
            message("This check calls a function, and it was given {kind}.", kind=kind_of(answer)),
            message(
                'Hand over the function itself, without calling it: check("{name}", verdict).', name=name
            ),
        )
    team, slow, again = _pairs()
    return Tried(*(_said(answer, one, other) for one, other in ((slow, team), (team, slow), (team, again))))


def _said(verdict: Callable[[Study, Study], Any], before: Study, after: Study) -> str:
    try:
        said = verdict(before, after)
    except Exception as error:  # it is the learner's, and may fail in any way
        raise WrongAnswer(
            message(
                "Called with two studies, the function fails: {kind}: {error}",
                kind=type(error).__name__,
                error=error,
            ),
            message("It takes two studies, verdict(before, after), and returns one of three texts."),
        ) from None
    if not isinstance(said, str) or said not in WORDS:
        words = repr(said) if isinstance(said, str) else kind_of(said)
        raise WrongAnswer(
            message("Called with two studies, the function returns {words}.", words=words),
            message("It has to return one of three texts: {words}.", words=", ".join(WORDS)),
        )
    return said


VERDICT = Exercise(
    "11-better-or-not",
    "Write a function that says of two studies whether the second is faster, slower, or whether nobody can tell.",
    _a_verdict,
    (
        Goal(
            "A team whose tests got quicker is faster, though the intervals overlap.",
            lambda tried: tried.faster == "faster",
            lambda tried: message(
                "It says: {faster}. Look at the differences of the pairs: difference(…).", faster=tried.faster
            ),
        ),
        Goal(
            "A team whose tests got slower is slower.",
            lambda tried: tried.slower == "slower",
            lambda tried: message(
                "It says: {slower}. A longer lead time is slower: mind which study comes first.",
                slower=tried.slower,
            ),
        ),
        Goal(
            "Of the same team twice, with luck of its own each time, nobody can tell.",
            lambda tried: tried.same == "cannot tell",
            lambda tried: message(
                "It says: {same}. Ask .clear first: an interval that has 0 in it tells nothing.",
                same=tried.same,
            ),
        ),
    ),
)

EXERCISES = (BATCH, VERDICT)
