"""Evaluate the rules of stage conditions that need no AWS account.

>>> from datetime import datetime
>>> from cp_teach.pipeline import Rule, RuleType
>>> rule = Rule("OnMain", RuleType("VariableCheck"))
>>> evaluate_rule(rule, {"Variable": "main", "Operator": "EQ", "Value": "main"}, datetime(2026, 11, 24)).met
True
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cp_teach.pipeline import Rule
from cp_teach.pipeline.rules.variable_rules import REFERENCE
from cp_teach.security.patterns.automaton import TooCostly
from cp_teach.security.patterns.regex import MAX_PATTERN, BadPattern, UnsupportedPattern, compile_pattern
from cp_teach.work.simulation.quartz_cron import Cron


class RuleResult(NamedTuple):
    """Whether a rule is met, and why.

    ``later`` is the time when a closed deployment window opens. The service waits until then, or until the rule's
    timeout (user guide, rule-reference-DeploymentWindow: "before the window opens").
    """

    met: bool
    message: str
    later: datetime | None = None


def evaluate_rule(rule: Rule, configuration: Mapping[str, str], at: datetime) -> RuleResult | None:
    """Whether a rule is met at this time; None if it cannot be decided here.

    ``configuration`` is the rule's own, with every ``#{namespace.key}`` replaced by its value; ``at`` without a time
    zone is UTC. VariableCheck and DeploymentWindow are evaluated, except regular expressions that only Java
    understands. The results of alarms, functions, commands, and builds are unknown here. An invalid rule is not met,
    as in the service, and the message says why.
    """
    evaluate = EVALUATORS.get(rule.type.provider)
    return evaluate(configuration, at if at.tzinfo else at.replace(tzinfo=UTC)) if evaluate else None


def _variable(configuration: Mapping[str, str], at: datetime) -> RuleResult | None:
    """User guide: rule-reference-VariableCheck."""
    missing = [key for key in ("Variable", "Operator", "Value") if key not in configuration]
    if missing:
        return RuleResult(False, f"The rule has no {' and no '.join(missing)}.")
    variable, value = configuration["Variable"], configuration["Value"]
    if REFERENCE.fullmatch(variable):
        return RuleResult(False, f"{variable} has no value: no action has set this variable yet.")
    operator = configuration["Operator"]
    if operator not in OPERATORS:
        return RuleResult(
            False, f"The operator {operator!r} does not exist. Use one of: {', '.join(OPERATORS)}."
        )
    met_text, unmet_text, compare = OPERATORS[operator]
    try:
        met = compare(variable, value)
    except _OnlyJava:
        return None
    except BadPattern as error:
        return RuleResult(False, f"The regular expression {_short(value)} cannot be read: {error}.")
    except (UnsupportedPattern, TooCostly) as error:
        return RuleResult(False, f"The regular expression {_short(value)} cannot be evaluated here. {error}")
    return RuleResult(met, f"{_short(variable)} {met_text if met else unmet_text} {_short(value)}.")


def _window(configuration: Mapping[str, str], at: datetime) -> RuleResult:
    """User guide: rule-reference-DeploymentWindow."""
    if "Cron" not in configuration:
        return RuleResult(False, "The rule has no Cron.")
    try:
        window = Cron(configuration["Cron"])
        local = at.astimezone(zone(configuration.get("TimeZone", "")))
    except ValueError as error:
        return RuleResult(False, str(error))
    window_text = f"the deployment window {window.text}"
    if window.open(local):
        return RuleResult(True, f"{_local_time(local)} is in {window_text}.")
    later = window.opens(local)
    then = f"it opens on {_local_time(later)}" if later else "it never opens again"
    return RuleResult(False, f"{_local_time(local)} is not in {window_text}; {then}.", later)


def _local_time(when: datetime) -> str:
    return f"{when:%A %Y-%m-%d %H:%M %Z}"


def _short(value: str) -> str:
    return repr(value if len(value) <= 60 else value[:57] + "...")


class _OnlyJava(Exception):
    """A construct of Java's regular expressions that Python does not have, or that has another meaning in Python."""


OTHER_MEANING = re.compile(r"\\[Zv]|\[[^\]]*(?:\[|&&|--|~~|\|\|)")
"""Constructs with another meaning in Java: two escapes, and sets within sets."""
MAYBE_JAVA_ONLY = (
    "bad escape",
    "look-behind",
    "unknown extension",
    "global flags",
    "ASCII and UNICODE",
    "cannot use LOCALE",
)
"""The beginnings of Python's messages about constructs that Java may understand."""


def _matches(variable: str, pattern: str) -> bool:
    """The whole value must match, as in Java's ``String.matches``; the guide does not say."""
    if len(pattern) > MAX_PATTERN:
        raise TooCostly(f"It has {len(pattern):,} characters; the limit is {MAX_PATTERN:,}.")
    # An escaped backslash or bracket has no special meaning.
    if OTHER_MEANING.search(re.sub(r"\\[\\\[\]]", "", pattern)):
        raise _OnlyJava
    try:
        compiled = compile_pattern(re.sub(r"\(\?<(?=\w)", "(?P<", pattern))
    except BadPattern as error:
        if str(error).startswith(MAYBE_JAVA_ONLY):
            raise _OnlyJava from error
        raise
    return compiled.fullmatch(variable)


OPERATORS: dict[str, tuple[str, str, Callable[[str, str], bool]]] = {
    "EQ": ("equals", "does not equal", lambda variable, value: variable == value),
    "NE": ("does not equal", "equals", lambda variable, value: variable != value),
    "CONTAINS": ("contains", "does not contain", lambda variable, value: value in variable),
    "MATCHES": ("matches", "does not match", _matches),
}
EVALUATORS: dict[str, Callable[[Mapping[str, str], datetime], RuleResult | None]] = {
    "VariableCheck": _variable,
    "DeploymentWindow": _window,
}

SHORT = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}
"""Abbreviations and their zones, from Java's ``java.time.ZoneId.SHORT_IDS``, because the service refers to Java and
Quartz. Many abbreviations have several meanings; a name like Europe/Berlin is unambiguous."""


def zone(text: str = "") -> tzinfo:
    """The zone of "Europe/Berlin", "UTC", "UTC+05:30" or "PST"; UTC for an empty text.

    Raises ``ValueError`` for an unknown name.
    """
    if text in ("", "UTC"):
        return UTC
    if match := re.fullmatch(r"UTC([+-])([01]\d|2[0-3]):([0-5]\d)", text):
        span = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(span if match[1] == "+" else -span, text)
    try:
        return ZoneInfo(SHORT.get(text, text))
    except (LookupError, ValueError, OSError):  # unknown, not a valid name, or a folder of zones
        raise ValueError(
            f"The time zone {text!r} does not exist. Write Europe/Berlin, UTC+05:30, or UTC."
        ) from None
