"""YAML becomes the same plain data as with PyYAML's safe loader, within limits, with and without libyaml."""

import random
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from cp_teach.security.input import yaml_data
from cp_teach.security.input.yaml_data import load_yaml
from cp_teach.security.input.yaml_input import InvalidYaml, TooMuchYaml

ROOT = Path(__file__).parents[3]
sys.path.append(str(ROOT / "benchmarks"))

TEXTS = [
    "a: 1\nb: [0x10, 1_000, 0o7, 012, 1.5, .5, 1e3, 1.0e+3, -7, +8, 12:30]\n",
    "a: [yes, No, ON, off, true, False, ~, null, Null, '', '1', \"2\"]\n",
    "x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}\nz: [*x, *x]\n",
    "m: [&p {a: 1}, &q {a: 2, c: 3}]\nn: {<<: [*p, *q], d: 4}\n",
    "a: |\n  one\n  two\nb: >\n  three\n  four\nc: 'it''s'\nd: \"\\u00e9\\n\"\n",
    "? a\n: b\n? 'c d'\n: [e]\n",
    "--- # comment\n- a\n- - b\n  - c\n- {d: e}\n...\n",
    "!!map {a: !!str 1, b: !!int '2', c: !!seq [d]}\n",
    "=: a\n1: b\ntrue: c\n~: d\n1.5: e\n",
]


def without_libyaml(text: str) -> tuple[Any, bool]:
    return yaml.SafeLoader(text), False


@pytest.fixture(params=["libyaml", "Python"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "Python":
        monkeypatch.setattr(yaml_data, "_parser", without_libyaml)
    return str(request.param)


def with_text_keys(value: Any) -> Any:
    """PyYAML converts keys, too; here they stay text."""
    if isinstance(value, dict):
        return {str(key): with_text_keys(item) for key, item in value.items()}
    return [with_text_keys(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("text", TEXTS[:-1])
def test_it_reads_what_pyyaml_reads(text: str, parser: str) -> None:
    assert load_yaml(text) == with_text_keys(yaml.safe_load(text))


def test_keys_stay_as_they_are_written(parser: str) -> None:
    assert list(load_yaml(TEXTS[-1])) == ["=", "1", "true", "~", "1.5"]


def test_a_date_stays_text_and_an_empty_text_is_none(parser: str) -> None:
    assert load_yaml("a: 2010-09-09\nb: 2001-12-14t21:59:43.10-05:00") == {
        "a": "2010-09-09",
        "b": "2001-12-14t21:59:43.10-05:00",
    }
    assert load_yaml("# nothing\n") is None


def test_a_template_is_read_like_pyyaml_reads_it() -> None:
    from template_speed import c_loader, template

    text = template(30_000)
    assert load_yaml(text, lambda tag, value: {tag: value}) == with_text_keys(c_loader(text))


def test_an_alias_counts_as_what_it_stands_for(parser: str) -> None:
    text = "a: &a [1, 2, 3]\nb: [*a, *a, *a]\n"
    assert load_yaml(text, max_values=20) == {"a": [1, 2, 3], "b": [[1, 2, 3]] * 3}
    with pytest.raises(TooMuchYaml, match=r"more than 19 values\. Make it smaller at line 1"):
        load_yaml(text, max_values=19)


def test_a_long_text_can_have_more_values_than_a_short_one() -> None:
    line = "key: [value of some length, another one]\n"
    many = "".join(f"{n}-{line}" for n in range(20_000))
    assert len(load_yaml(many)) == 20_000
    with pytest.raises(TooMuchYaml, match="more than 50000 values"):
        load_yaml("[" + "x," * 60_000 + "]")


def test_levels_count_through_aliases(parser: str) -> None:
    chain = "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 120))
    with pytest.raises(TooMuchYaml, match="nested deeper than 100 levels at line 100"):
        load_yaml(f"a0: &a0 [x]\n{chain}")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "{a: " * 50_000,
        "- " * 100_000,
        "? " * 100_000,
        "&a " * 50_000,
        "a: &a [*a]",
        "a: [" + "b, " * 300_000 + "]",
        "x" * 1_000_001,
        "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
    ],
    ids=lambda text: text[:12],
)
def test_a_hostile_text_ends_at_once(text: str) -> None:
    begun = time.process_time()
    with pytest.raises(InvalidYaml):
        load_yaml(text)
    assert time.process_time() - begun < 5


PIECES = [
    *"{}[]:,'\"|>%@`#?!&*~\\",
    *(
        "\t",
        "\n",
        "- ",
        ": ",
        "  ",
        "a",
        "1",
        "<<: ",
        "&a ",
        "*a ",
        "!Ref ",
        "!!int ",
        "!<x> ",
        "---\n",
        "...\n",
    ),
    *("\ufeff", "\x85", "\u2028", "\ud800", "\x07", "é", ".inf", "0x", "1e999", "\\x"),
]


def test_noise_is_read_or_refused_in_plain_words(parser: str) -> None:
    choose = random.Random(7)
    for _ in range(1500):
        text = "".join(choose.choices(PIECES, k=choose.randrange(1, 25)))
        try:
            load_yaml(text, lambda tag, value: {tag: value})
        except InvalidYaml as error:  # any other exception fails the test
            message = str(error)
            assert "\n" not in message
            assert not {"token", "scalar", "mapping", "node", "block", "stream"} & set(
                message.lower().split()
            )


def test_a_large_template_takes_at_most_three_times_what_pyyaml_alone_needs() -> None:
    from template_speed import TARGET, ratio

    alone, ours = ratio(rounds=2, size=150_000)
    assert ours / alone <= TARGET
