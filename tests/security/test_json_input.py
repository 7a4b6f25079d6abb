"""JSON of strangers: it is read as the standard says, or refused in one sentence."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.security.json_input import MAX_DEPTH, MAX_DIGITS, BadJson, parse_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(VALUES)
def test_what_json_writes_is_read_back(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "The text is not JSON: line 1, column 2"),
        ("", "The text is not JSON: line 1, column 1"),
        ("[NaN]", "NaN is not a number"),
        ("[-Infinity]", "-Infinity is not a number"),
        (b'"\xff"', "The text is not UTF-8: byte 2 is wrong."),
        ('"\\ud800"', "half a surrogate pair"),
        ('{"\\udfff": 1}', "half a surrogate pair"),
        ('{"a": ["\ud800"]}', "half a surrogate pair"),
        ("[" * 100_000, f"nested deeper than {MAX_DEPTH} levels"),
        ('{"a":' * 100_000, f"nested deeper than {MAX_DEPTH} levels"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), f"nested deeper than {MAX_DEPTH} levels"),
        ("9" * 5_000, f"a number of 5000 digits; at most {MAX_DIGITS} are read"),
        ("-0." + "1" * 5_000, "a number of"),
    ],
)
def test_anything_else_is_one_sentence(text: str | bytes, sentence: str) -> None:
    with pytest.raises(BadJson) as caught:
        parse_json(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_deepest_value_within_the_bound_is_read() -> None:
    value = parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH)
    depth = 0
    while value:
        value, depth = value[0], depth + 1
    assert depth == MAX_DEPTH - 1
