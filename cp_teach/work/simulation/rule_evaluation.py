"""How the rules of stage conditions are judged, as far as they can be without an account.

>>> from datetime import datetime
>>> from cp_teach.pipeline import Rule, RuleType
>>> rule = Rule("OnMain", RuleType("VariableCheck"))
>>> judge(rule, {"Variable": "main", "Operator": "EQ", "Value": "main"}, datetime(2026, 11, 24)).met
True
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from cp_teach.pipeline import Rule
from cp_teach.pipeline.rules.variable_rules import REFERENCE
from cp_teach.security.patterns.automaton import TooCostly
from cp_teach.security.patterns.regex import MAX_PATTERN, BadPattern, UnsupportedPattern, compile_pattern
from cp_teach.work.simulation.quartz_cron import Cron
from cp_teach.work.simulation.time_zones import zone


@dataclass(frozen=True)
class Judgement:
    """Whether a rule is met, and why.

    ``later`` is for a window that is closed now: when it opens. The service goes on waiting until then, or until
    the rule's time limit is over (user guide, rule-reference-DeploymentWindow: "before the window opens").
    """

    met: bool
    message: str
    later: datetime | None = None

    def __bool__(self) -> bool:
        return self.met


def judge(rule: Rule, configuration: Mapping[str, str], at: datetime) -> Judgement | None:
    """Whether this rule is met at this time, or None where somebody has to say so.

    ``configuration`` is the rule's own, with every ``#{namespace.key}`` replaced by its value; ``at`` without a time
    zone is UTC. VariableCheck and DeploymentWindow are judged; what an alarm, a function, a command or a build would
    say is nobody's to know here, nor what Java makes of a regular expression that Python cannot read. A rule that
    cannot be judged because it is written wrongly is not met, as with the service, and says what is wrong.
    """
    how = JUDGES.get(rule.type.provider)
    return how(configuration, at if at.tzinfo else at.replace(tzinfo=UTC)) if how else None


def _variable(configuration: Mapping[str, str], at: datetime) -> Judgement | None:
    """User guide: rule-reference-VariableCheck."""
    missing = [key for key in ("Variable", "Operator", "Value") if key not in configuration]
    if missing:
        return Judgement(False, f"The rule has no {' and no '.join(missing)}.")
    variable, value = configuration["Variable"], configuration["Value"]
    if REFERENCE.fullmatch(variable):
        return Judgement(False, f"{variable} has no value: no action has made this variable by now.")
    operator = configuration["Operator"]
    if operator not in COMPARED:
        return Judgement(False, f"There is no operator {operator!r}. Use one of: {', '.join(COMPARED)}.")
    yes, no, compare = COMPARED[operator]
    try:
        met = compare(variable, value)
    except _OnlyJava:
        return None
    except BadPattern as wrong:
        return Judgement(False, f"The regular expression {_short(value)} cannot be read: {wrong}.")
    except (UnsupportedPattern, TooCostly) as wrong:
        return Judgement(False, f"The regular expression {_short(value)} cannot be evaluated here. {wrong}")
    return Judgement(met, f"{_short(variable)} {yes if met else no} {_short(value)}.")


def _window(configuration: Mapping[str, str], at: datetime) -> Judgement:
    """User guide: rule-reference-DeploymentWindow."""
    if "Cron" not in configuration:
        return Judgement(False, "The rule has no Cron.")
    try:
        window = Cron(configuration["Cron"])
        local = at.astimezone(zone(configuration.get("TimeZone", "")))
    except ValueError as wrong:
        return Judgement(False, str(wrong))
    shown = f"the deployment window {window.text}"
    if window.open(local):
        return Judgement(True, f"{_told(local)} is in {shown}.")
    later = window.opens(local)
    then = f"it opens on {_told(later)}" if later else "it never opens again"
    return Judgement(False, f"{_told(local)} is not in {shown}; {then}.", later)


def _told(when: datetime) -> str:
    return f"{when:%A %Y-%m-%d %H:%M %Z}"


def _short(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "...")


class _OnlyJava(Exception):
    """A construct of Java's regular expressions that Python's do not have, or have with another meaning."""


OTHER_MEANING = re.compile(r"\\[Zv]|\[[^\]]*(?:\[|&&|--|~~|\|\|)")
"""What Python reads in another way than Java: two escapes, and sets within sets."""
NOT_PYTHON = (
    "bad escape",
    "look-behind",
    "unknown extension",
    "global flags",
    "ASCII and UNICODE",
    "cannot use LOCALE",
)
"""How Python begins to complain about what Java may well understand."""


def _matches(variable: str, pattern: str) -> bool:
    """The whole value must match, as with Java's ``String.matches``; the guide does not say."""
    if len(pattern) > MAX_PATTERN:
        raise TooCostly(f"It has {len(pattern):,} characters; the limit is {MAX_PATTERN:,}.")
    # A backslash or a bracket that is escaped is only itself.
    if OTHER_MEANING.search(re.sub(r"\\[\\\[\]]", "", pattern)):
        raise _OnlyJava
    try:
        read = compile_pattern(re.sub(r"\(\?<(?=\w)", "(?P<", pattern))
    except BadPattern as wrong:
        if str(wrong).startswith(NOT_PYTHON):
            raise _OnlyJava from wrong
        raise
    return read.fullmatch(variable).matched


COMPARED: dict[str, tuple[str, str, Callable[[str, str], bool]]] = {
    "EQ": ("equals", "does not equal", lambda variable, value: variable == value),
    "NE": ("does not equal", "equals", lambda variable, value: variable != value),
    "CONTAINS": ("contains", "does not contain", lambda variable, value: value in variable),
    "MATCHES": ("matches", "does not match", _matches),
}
JUDGES: dict[str, Callable[[Mapping[str, str], datetime], Judgement | None]] = {
    "VariableCheck": _variable,
    "DeploymentWindow": _window,
}
