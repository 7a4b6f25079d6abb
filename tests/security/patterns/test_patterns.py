"""Patterns of strangers are matched in bounded time, and mean what they meant."""

import ast
import os
import re
import subprocess
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import cp_teach
from cp_teach.pipeline import Rule, RuleType, globs
from cp_teach.security.input.placeholders import fill, placeholders
from cp_teach.security.patterns.automaton import MAX_STATES, TooCostly
from cp_teach.security.patterns.regex import BadPattern, UnsupportedPattern, check_syntax, compile_pattern
from cp_teach.security.patterns.wildcard import (
    One,
    Run,
    Wildcard,
    appspec_like,
    arn_like,
    event_like,
    resource_like,
    string_like,
)
from cp_teach.work.simulation.rule_evaluation import evaluate_rule

PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
EXAMPLES = 20_000 if PROVE else 150

# -- regular expressions -----------------------------------------------------------------------------------
ATOMS = [
    *"abA01_ ",
    "é",
    ".",
    r"\d",
    r"\w",
    r"\s",
    r"\W",
    r"\b",
    r"\B",
    "^",
    "$",
    r"\A",
    r"\Z",
    "[ab]",
    "[^a]",
    "[a-c0]",
    r"[^\W_]",
]
REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,3}", "{,2}", "{2,}"]
PATTERNS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: (
        st.tuples(inner, inner).map("".join)
        | st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})")
        | st.tuples(inner, st.sampled_from(REPEATS)).map(lambda pair: f"(?:{pair[0]}){pair[1]}")
        | st.tuples(st.sampled_from(["(", "(?i:", "(?s:", "(?m:", "(?-i:"]), inner).map(
            lambda p: f"{p[0]}{p[1]})"
        )
    ),
    max_leaves=8,
)


@settings(max_examples=EXAMPLES)
@given(st.sampled_from(["", "(?i)", "(?m)", "(?s)"]), PATTERNS, st.text("abAB01\n é_", max_size=8))
def test_the_automaton_agrees_with_the_standard_library(flags: str, pattern: str, text: str) -> None:
    try:
        known = re.compile(flags + pattern, re.ASCII)
    except re.error:  # (?-i:…) within (?i) and its like
        return
    assume(text or r"\B" not in pattern)  # Python before 3.14 finds no \B in an empty text
    assert compile_pattern(flags + pattern).fullmatch(text) == (known.fullmatch(text) is not None)
    within = compile_pattern(f"{flags}(?s:.*)(?:{pattern})(?s:.*)")
    assert within.fullmatch(text) == (known.search(text) is not None)


@pytest.mark.parametrize("length", [100, 200_000 if PROVE else 20_000])
@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*x", "(a*)*b", "(?:a?){40}a{40}", r"([a-z]+\d*)+!"]
)
def test_a_match_visits_each_state_once_for_a_character(pattern: str, length: int) -> None:
    automaton = compile_pattern(pattern)
    automaton.fullmatch("a" * length + "?", automaton.states * (length + 2))  # raises after more steps


@pytest.mark.parametrize(
    "pattern",
    [
        "(a{1000}){1000}",
        "(){1000000000}",
        "((a{99}){99}){99}",
        "(" * 5000,
        "(?:" * 150 + "a" + ")" * 150,
        "a" * 10_001,
        "(?:a{500}b{500}|c){6}",
    ],
)
def test_a_pattern_that_is_too_large_is_refused_with_a_sentence(pattern: str) -> None:
    with pytest.raises(TooCostly, match=r"^The pattern .*\.$"):
        compile_pattern(pattern)


def test_a_match_that_is_too_long_is_refused_with_a_sentence() -> None:
    automaton = compile_pattern("(a|b)*a(a|b){500}")
    assert automaton.states < MAX_STATES
    with pytest.raises(TooCostly, match=r"more than 10,000 steps on a text of 9,000 characters"):
        automaton.fullmatch("ab" * 4500, 10_000)


@pytest.mark.parametrize(
    ("pattern", "construct"),
    [
        (r"(a)\1", "backreference"),
        ("(?P<x>a)(?P=x)", "backreference"),
        ("(?i)(a)\\1", "backreference"),
        ("a(?=b)b", "look"),
        ("(?<!a)b", "look"),
        ("(a)?(?(1)b|c)", "condition on a group"),
        ("(?>a+)b", "atomic group"),
        ("a++b", "possessive repeat"),
    ],
)
def test_what_needs_backtracking_is_refused_with_a_sentence(pattern: str, construct: str) -> None:
    with pytest.raises(UnsupportedPattern, match=construct):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    ["(", "a{2,1}", "a{99999999999999999999}", "a{" + "9" * 5000 + "}", "[b-a]", "*", "(?u)a", "(?L)a", "\\"],
)
def test_what_is_not_a_pattern_is_refused_with_a_sentence(pattern: str) -> None:
    with pytest.raises(BadPattern) as refused:
        compile_pattern(pattern)
    assert str(refused.value)


def test_a_syntax_check_takes_what_python_reads_and_nothing_else() -> None:
    check_syntax(r"(a)\1(?=b)")
    for pattern in ("(", "(" * 5000, "a{" + "9" * 5000 + "}"):
        with pytest.raises((BadPattern, TooCostly)):
            check_syntax(pattern)


@given(st.text(max_size=30))
def test_any_text_is_a_pattern_or_is_refused(pattern: str) -> None:
    with suppress(BadPattern, UnsupportedPattern, TooCostly):
        assert compile_pattern(pattern).fullmatch("abc") in (True, False)


def check(variable: str, pattern: str) -> tuple[bool, str]:
    judgement = evaluate_rule(
        Rule("r", RuleType("VariableCheck")),
        {"Variable": variable, "Operator": "MATCHES", "Value": pattern},
        datetime(2026, 11, 24),
    )
    assert judgement is not None
    return judgement.met, judgement.message


def test_a_rule_is_judged_whatever_its_pattern_is() -> None:
    assert check("a" * 40 + "!", "(a+)+$") == (False, f"'{'a' * 40}!' does not match '(a+)+$'.")
    assert check("a" * 40, "(a+)+$")[0]
    for pattern, words in (
        (r"(a)\1", "backreference"),
        ("(a{999}){999}", "states"),
        ("a" * 10_001, "the limit is 10,000"),
    ):
        met, message = check("aa", pattern)
        assert not met
        assert "cannot be evaluated here" in message
        assert words in message


# -- wildcards and globs -----------------------------------------------------------------------------------
@given(st.text("ab*?:[", max_size=7), st.text("ab:[", max_size=7))
def test_wildcards_mean_what_they_mean_in_iam(pattern: str, text: str) -> None:
    known = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert string_like(pattern, text) == (re.fullmatch(known, text, re.DOTALL) is not None)


@given(st.text("ab*/", max_size=7), st.text("ab/", max_size=7))
def test_wildcards_mean_what_they_mean_in_an_appspec(pattern: str, name: str) -> None:
    assert appspec_like(pattern, name) == (
        re.fullmatch("[^/]*".join(map(re.escape, pattern.split("*"))), name) is not None
    )


@pytest.mark.parametrize(
    ("pattern", "arn", "in_condition", "in_resource"),
    [
        ("arn:aws:iam::*:user/grace", "arn:aws:iam::123456789012:user/grace", True, True),
        ("arn:aws:iam::*:user/grace", "arn:aws:iam::1:role:user/grace", False, True),
        ("arn:aws:s3:::*", "arn:aws:s3:::bucket/a:b", True, True),
        ("arn:aws:*", "arn:aws:s3:::bucket", False, True),
        ("arn:aws:sqs:eu-*-1:1:q", "arn:aws:sqs:eu-a:b-1:1:q", False, False),
        ("arn:aws:sqs:us-east-?:1:q", "arn:aws:sqs:us-east-::q", False, False),
        ("arn:aws:sqs:us-east-?:1:q", "arn:aws:sqs:us-east-1:1:q", True, True),
        ("arn:aws:logs:*:1:group:a*z", "arn:aws:logs:eu-west-1:1:group:a:b:z", True, True),
        ("*", "arn:aws:s3:::bucket", False, True),
    ],
)
def test_where_a_wildcard_crosses_a_colon(
    pattern: str, arn: str, in_condition: bool, in_resource: bool
) -> None:
    assert arn_like(pattern, arn) == in_condition
    assert resource_like(pattern, arn) == in_resource


def test_wildcards_of_events_can_be_escaped() -> None:
    assert event_like(r"a*c\*", "abbc*")
    assert not event_like(r"a*c\*", "abbcd")
    assert event_like("a\\\\*", "a\\b")


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("**/*a" * 8 + "b", "a" * 5000),
        ("{*a,?b,[!c]d}" * 100 + "z", "ab" * 500),
        ("**/" * 300 + "b", "a/" * 500),
        ("*a?" * 400 + "b", "a" * 3000),
    ],
)
def test_a_glob_takes_a_step_for_each_character_and_word(pattern: str, name: str) -> None:
    wildcard = globs._read(pattern)
    assert not wildcard.matches(name)
    assert len(wildcard._skips) <= len(pattern)  # a character of the name visits each once


def test_stars_do_not_multiply() -> None:
    words = [each for _ in range(2000) for each in (Run(), One("a"))]
    wildcard = Wildcard([*words, One("b")])
    assert not wildcard.matches("a" * 20_000)
    assert not wildcard._skips


def test_a_glob_that_is_too_long_is_told() -> None:
    assert "the limit is 2000" in globs.find_glob_error("*a" * 1001)


# -- placeholders ------------------------------------------------------------------------------------------
@given(st.text("${}ab", max_size=12))
def test_placeholders_are_those_that_a_pattern_finds(text: str) -> None:
    assert [each.name for each in placeholders(text)] == re.findall(r"\$\{([^}]+)\}", text)
    assert fill(text, str.upper) == re.sub(r"\$\{([^}]+)\}", lambda found: found[1].upper(), text)


# -- webhooks and events -----------------------------------------------------------------------------------
def test_a_body_of_many_values_is_not_searched_for_long():
    from cp_teach.aws.operations.pipelines.webhook_calls import WebhookRefused, _check_work

    wide = [1] * 150_000
    _check_work(wide, ["$.ref", "$.commits[0].id"])  # names look at few values
    _check_work(wide[:50_000], ["$..id"])
    for paths in (["$..id"], ["$[*]"], ["$[0:9]"], ["$..*.*.*.*"], ["$..id"] * 5):
        with pytest.raises(WebhookRefused, match="too many values") as turned:
            _check_work(wide, paths)
        assert turned.value.status == 400


@pytest.mark.parametrize(
    "path",
    [
        "$..*..*..*..*",
        "$..a..b",
        "$.(a|a).(a|a)",
        "$['a','a']",
        "$.a[0,0]",
        "$.a where b",
        "$.a.`parent`",
        "$" + ".(" * 70,
    ],
)
def test_a_path_that_finds_a_value_again_and_again_is_refused(path: str) -> None:
    from cp_teach.aws.operations.pipelines.webhook_calls import BadPattern as BadPath
    from cp_teach.aws.operations.pipelines.webhook_calls import parse_path as read

    with pytest.raises(BadPath, match="not a JSON path that this webhook can follow"):
        read(path)


@pytest.mark.parametrize(
    ("path", "found"),
    [("$.ref", 1), ("$.a[0].b", 2), ("$..b", 2), ("$.a[*].b", 2), ("$.*", 1), ("$['ref','a']", 1)],
)
def test_ordinary_paths_are_followed(path: str, found: object) -> None:
    from cp_teach.aws.operations.pipelines.webhook_calls import parse_path as read

    assert read(path).find({"ref": 1, "a": [{"b": 2}]})[0].value == found


def test_rules_of_eventbridge_are_matched_without_trying_again() -> None:
    import boto3

    from cp_teach.aws import mock_aws

    with mock_aws():
        events = boto3.client("events", region_name="us-east-1")
        pattern = (
            '{"source": [{"wildcard": "%s"}, {"anything-but": {"wildcard": "*"}}], "detail": {"x": ["y"]}}'
        )
        events.put_rule(Name="a" * 60, EventPattern=pattern % ("*a" * 30 + "b"))
        events.put_events(Entries=[{"Source": "a" * 200, "DetailType": "t", "Detail": '{"x": "y"}'}])
        assert events.list_rules(NamePrefix="(a+)+$")["Rules"] == []
        assert len(events.list_rules(NamePrefix="aaa")["Rules"]) == 1
        with pytest.raises(events.exceptions.InvalidEventPatternException, match="nested deeper"):
            events.put_rule(Name="deep", EventPattern='{"a":' * 3000 + "[1]" + "}" * 3000)


# -- everywhere else ---------------------------------------------------------------------------------------
WORST = r"""
from datetime import datetime
from cp_teach import Pipeline
from cp_teach.aws.iam.policy_evaluation import decide
from cp_teach.aws.protocol.request_validation import _faults
from cp_teach.aws.operations.pipelines.webhook_calls import expected
from cp_teach.pipeline import InvalidPipeline, Rule, RuleType, globs
from cp_teach.pipeline.formats.cloudformation import _as_name
from cp_teach.pipeline.rules.value_rules import PLACEHOLDER
from cp_teach.pipeline.formats.shorthand import THEN
from cp_teach.security.patterns.regex import check_syntax, compile_pattern
from cp_teach.security.patterns.wildcard import appspec_like
from cp_teach.show.export.cell_html import linked
from cp_teach.show.export.slides import _first_heading
from cp_teach.show.export.sanitize_html import URL
from cp_teach.work.simulation.rule_evaluation import evaluate_rule

def policy(**more):
    return {"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*", **more}}

for size in (1_000, 50_000):
    a = "a" * size
    for pattern in ("(a+)+$", "(.*)*.*x", "(a|aa)+b"):
        settings = {"Variable": a + "!", "Operator": "MATCHES", "Value": pattern}
        evaluate_rule(Rule("r", RuleType("VariableCheck")), settings, datetime(2026, 1, 1))
    decide(policy(Resource="arn:aws:s3:::" + "*a" * 500 + "b"), "s3:GetObject", "arn:aws:s3:::" + a)
    decide(policy(Action="s3:" + "*a" * 500 + "b"), "s3:" + a)
    decide(policy(Resource="arn:aws:s3:::" + "${" * 5000), "s3:GetObject", "arn:aws:s3:::x")
    for operator in ("StringLike", "ArnLike", "ArnNotEquals"):
        condition = {operator: {"aws:username": ["arn:aws:iam::1:" + "*a" * 500 + "b", "${" * size]}}
        decide(policy(Condition=condition), "s3:GetObject", "*", {"aws:username": "arn:aws:iam::1:" + a})
    globs.matches("**/*a" * 8 + "b", a)
    globs.matches("{*a,?a}" * 200 + "b", a[:5000])
    appspec_like("*a" * 300 + "b", a)
    _as_name("${" * size)
    URL.sub("none", "url(" * size)
    linked('<a href="x.ipynb">' * size, {"x"})
    _first_heading("# a" + " " * size + "b#" + "#" * size + "b")
    THEN.split("a" + " " * size + "b")
    PLACEHOLDER.fullmatch("arn:aws:iam::" + a)
    expected("{" * size, None)
    check_syntax("a|" * 4000)
    compile_pattern("(?i)" + "[\x00-\U0010ffff]" * 400).fullmatch("a" * 400)
print("done")
"""


def test_the_worst_that_each_place_can_be_given_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WORST], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "done\n", done.stderr


FROM_OUTSIDE = {
    ("aws/protocol/request_validation.py", "search"): "AWS's own patterns, on texts of bounded length",
    ("pipeline/rules/value_rules.py", "fullmatch"): "our own patterns, in schema.py",
    (
        "work/provider_checks/configuration_check.py",
        "fullmatch",
    ): "our own patterns, in checks.toml, on bounded texts",
    ("security/network/signature_v4.py", "compile"): "put together of constants",
    ("show/offline/execution_renumbering.py", "compile"): "put together of constants",
    ("course/levels/level_parser.py", "match"): "escaped words of a level, on one line",
}
"""Where a pattern is no constant of the program, and why that is no danger."""


def test_no_other_pattern_comes_from_outside() -> None:
    root = Path(cp_teach.__file__).parent
    found = set()
    for path in root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)) if "import re\n" in text or "fnmatch" in text else ():
            place = path.relative_to(root).as_posix()
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [getattr(node, "module", ""), *(each.name for each in node.names)]
                assert "fnmatch" not in names, (
                    f"{place}: fnmatch tries again and again; use cp_teach.security.patterns.wildcard"
                )
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and getattr(node.func.value, "id", "") == "re"
                and node.func.attr
                in ("compile", "match", "search", "fullmatch", "sub", "split", "findall", "finditer")
                and not isinstance(node.args[0], ast.Constant)
            ):
                found.add((place, node.func.attr))
    assert found == set(FROM_OUTSIDE)
