"""JSON of strangers: within the bounds it is read as `json` reads it, beyond them one sentence says what is wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.security.input.json_input import MAX_DEPTH, MAX_DIGITS, InvalidJson, parse_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
)


@given(VALUES)
def test_what_json_writes_is_read_back(value: object) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


def nested(levels: int, opening: str = "[", closing: str = "]") -> str:
    return opening * levels + "1" + closing * levels


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, 2.5, -3e2, true, null, "ü 😀 \\ud83d\\ude00"]}',
        nested(MAX_DEPTH),
        nested(MAX_DEPTH, '{"a":', "}"),
        "9" * MAX_DIGITS,
        '"a text alone"',
    ],
)
def test_what_lies_within_the_bounds_is_read(text: str) -> None:
    assert parse_json(text) == json.loads(text)
    assert parse_json(text.encode()) == json.loads(text)
    assert parse_json(bytearray(text.encode())) == json.loads(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("NaN", "NaN is not a number"),
        ('{"a": [-Infinity]}', "-Infinity is not a number"),
        (nested(MAX_DEPTH + 1), f"nested deeper than {MAX_DEPTH} levels"),
        (nested(MAX_DEPTH + 1, '{"a":', "}"), f"nested deeper than {MAX_DEPTH} levels"),
        (nested(200_000), f"nested deeper than {MAX_DEPTH} levels"),
        ("[" * 200_000, f"nested deeper than {MAX_DEPTH} levels"),
        ("9" * (MAX_DIGITS + 1), f"a number of {MAX_DIGITS + 1} digits"),
        ("0." + "9" * MAX_DIGITS, f"a number of {MAX_DIGITS + 2} digits"),
        ('"\\ud800"', "half a surrogate pair"),
        ('{"\\udfff": 1}', "half a surrogate pair"),
        ('[["\\ud83d"]]', "half a surrogate pair"),
        ("{", "line 1, column 2"),
        ("\n\n nothing", "line 3, column 2"),
        (b'"\xff"', "not UTF-8: byte 2"),
        ("", "line 1, column 1"),
    ],
)
def test_what_lies_beyond_is_told_in_one_sentence(text: str | bytes, words: str) -> None:
    with pytest.raises(InvalidJson) as bad:
        parse_json(text)
    assert words in str(bad.value)
    assert str(bad.value).endswith(".")
    assert "\n" not in str(bad.value)
