"""Globs, word by word of the user guide, and against a second way to say the same."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.pipeline.globs import find_glob_error, matches

# (glob, names it matches, names it does not)
WORDS = [
    ("*.java", ["a.java", ".java"], ["a.class", "src/a.java", "a.java/b"]),
    ("*.*", ["a.b", "a.b.c"], ["ab"]),
    ("*.{java,class}", ["a.java", "a.class"], ["a.jar", "a.{java,class}"]),
    ("foo.?", ["foo.c"], ["foo.", "foo.cc", "foo./"]),
    ("my-file.jar", ["my-file.jar"], ["a/my-file.jar", "MY-FILE.jar"]),
    ("**", ["a", "a/b/c", ""], []),
    ("directory/**", ["directory/a", "directory/a/b"], ["directory", "other/a"]),
    ("directory/*", ["directory/a"], ["directory/a/b", "directory"]),
    ("prod*", ["prod", "production"], ["prod/a", "a/prod"]),
    ("release**", ["release", "release/1/2"], ["a/release"]),
    ("common/**/*.js", ["common/app.js", "common/a/b.js"], ["src/common/app.js", "common/app.ts"]),
    ("**/README.md", ["README.md", "a/b/README.md"], ["a-README.md", "README.md/a"]),
    ("a**/b", ["a/b", "a/x/b", "ax/b"], ["ab", "a/xb"]),
    ("[abc]x", ["ax", "cx"], ["dx", "abcx"]),
    ("[a-c]x", ["bx"], ["dx", "-x"]),
    ("[!a-c]", ["d", "-"], ["a", "/"]),
    ("[-a]", ["-", "a"], ["b"]),
    ("[!-a]", ["b"], ["-", "a"]),
    ("[*?\\]", ["*", "?", "\\"], ["a"]),
    ("[^a]", ["^", "a"], ["b"]),
    ("[&&b]", ["&", "b"], ["a"]),
    (r"\*", ["*"], ["a", r"\*"]),
    (r"\{a,b\}", ["{a,b}"], ["a"]),
    ("a,b}", ["a,b}"], ["a", "b"]),
    ("v{,1}", ["v", "v1"], ["v,1"]),
    ("{src,test}/**/*.py", ["src/a.py", "test/x/b.py"], ["doc/a.py"]),
    ("a.b+(c)|d$", ["a.b+(c)|d$"], ["aXb"]),
    ("é*", ["été", "é"], ["e"]),
    ("a\nb", ["a\nb"], ["a b"]),
]


@pytest.mark.parametrize(("glob", "yes", "no"), WORDS)
def test_each_word_of_a_glob(glob: str, yes: list[str], no: list[str]) -> None:
    assert [name for name in yes if not matches(glob, name)] == []
    assert [name for name in no if matches(glob, name)] == []
    assert find_glob_error(glob) == ""


@pytest.mark.parametrize(
    ("glob", "words"),
    [
        ("a[b", "close it with ]"),
        ("a\\", "write two"),
        ("{a,b", "close it with }"),
        ("{a,{b,c}}", "groups cannot be nested"),
        ("[]", "names no character"),
        ("[!]", "names no character"),
        ("[z-a]", "runs backwards"),
    ],
)
def test_a_glob_that_cannot_be_read_says_why(glob: str, words: str) -> None:
    assert words in find_glob_error(glob)
    assert repr(glob) in find_glob_error(glob)
    with pytest.raises(ValueError, match="is invalid"):
        matches(glob, "a")


NAMES = st.text("ab/.-", max_size=8)


@given(NAMES)
def test_a_plain_name_matches_itself_alone(name: str) -> None:
    assert matches(name, name)
    assert not matches(name, name + "x")


@given(st.text(max_size=12), st.text(max_size=12))
def test_whatever_is_written_is_read_or_told(glob: str, name: str) -> None:
    if not find_glob_error(glob):
        assert matches(glob, name) in (True, False)


@given(st.text(max_size=12))
def test_a_name_whose_letters_are_all_escaped_matches_itself_alone(name: str) -> None:
    glob = "".join(f"\\{letter}" for letter in name)
    assert matches(glob, name)
    assert not matches(glob, name + "x")


def by_hand(parts: list[str], name: str) -> bool:
    """The same question, answered by trying every way to cut the name."""
    if not parts:
        return name == ""
    part, rest = parts[0], parts[1:]
    if part == "?":
        return name != "" and name[0] != "/" and by_hand(rest, name[1:])
    if part == "*":
        return any(by_hand(rest, name[i:]) for i in range(len(name) + 1) if "/" not in name[:i])
    if part == "**":
        return any(by_hand(rest, name[i:]) for i in range(len(name) + 1))
    return name.startswith(part) and by_hand(rest, name[len(part) :])


@given(st.lists(st.sampled_from(["a", "b", "/", ".", "?", "*", "**"]), max_size=5), NAMES)
def test_it_agrees_with_trying_every_way(parts: list[str], name: str) -> None:
    # Two stars side by side would be read as one longer word, and **/ has a meaning of its own.
    words = [
        part
        for i, part in enumerate(parts)
        if not (part[0] == "*" and parts[i - 1 : i] and parts[i - 1][0] == "*")
    ]
    if any(a == "**" and b == "/" for a, b in itertools.pairwise(words)):
        return
    assert matches("".join(words), name) == by_hand(words, name)
