"""The mutation runner: a test that checks a result detects the fault; the report lists faults that none detects."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from mutation.planting import operators
from mutation.planting.population import Candidate, Source, candidates, candidates_of
from mutation.planting.sampling import AT_LEAST, sample, subsample
from mutation.report import Report, Result
from mutation.survivors import BadList, Survivor, as_toml, read_survivors

TOOLS = Path(__file__).resolve().parents[2] / "tools"


@pytest.fixture(scope="module")
def many() -> list[Candidate]:
    """What can be planted in the files of the tests: any folder of Python files that is large enough."""
    rooms = ("pipeline", "explore", "engine")
    sources = [
        Source(TOOLS.parent / "tests", path.relative_to(TOOLS.parent / "tests").as_posix())
        for room in rooms
        for path in sorted((TOOLS.parent / "tests" / room).rglob("test_*.py"))[:4]
    ]
    return [candidate for source in sources for candidate in candidates_of(source)]


SHOP = '''"""A shop."""


def price(pieces, member):
    """What so many pieces cost."""
    if member and pieces > 10:
        return pieces * 9
    return pieces * 10


def greeting(name):
    return "Hello " + name if name else ""


def countdown(number):
    while number > 0:
        number -= 1
    return number
'''
TESTS = """
from shop import till

def test_price():
    assert till.price(10, True) == 100
    assert till.price(11, True) == 99
    assert till.price(11, False) == 110

def test_greeting():
    till.greeting("Ann")  # looks at nothing

def test_countdown():
    assert till.countdown(2) == 0
    assert till.countdown(-1) == -1
"""


def shop(folder: Path, path: str = "till.py") -> Path:
    """A small package and its tests; the folder of the package."""
    package = folder / "shop"
    (package / path).parent.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    (package / path).write_text(SHOP, encoding="utf-8")
    (folder / "tests" / "till").mkdir(parents=True, exist_ok=True)
    (folder / "tests" / "till" / "test_till.py").write_text(TESTS, encoding="utf-8")
    return package


def run(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """The tool, on that package."""
    survivors = folder / "known.toml"
    survivors.touch()
    command = [sys.executable, str(TOOLS / "mutate.py"), "--package", "shop", "--root", str(folder)]
    return subprocess.run(
        [*command, "--survivors", str(survivors), *more],
        env={**os.environ, "PYTHONPATH": str(folder), "XDG_CACHE_HOME": str(folder / "cache")},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# -- a whole run ---------------------------------------------------------------------------------------------------
@pytest.mark.needs("bubblewrap")
def test_a_fault_is_caught_by_a_test_that_looks_and_reported_where_none_does(tmp_path: Path) -> None:
    package = shop(tmp_path)
    first = run(tmp_path, "--count", "100")
    assert first.returncode == 1, first.stderr
    reported = {line for line in first.stdout.splitlines() if line.startswith("function")}
    # Nothing of price, and nothing of countdown: without its step it runs for ever, until the limit ends it.
    assert reported == {"function = 'greeting'"}
    assert (package / "till.py").read_text(encoding="utf-8") == SHOP

    # Once they are listed the same survivors are no fault; and the list does not care where the file lies.
    entries = first.stdout[first.stdout.index("[[open]]") : first.stdout.rindex("reason = ''") + 11]
    listed = entries.replace("reason = ''", "reason = 'nobody reads it'")
    (tmp_path / "known.toml").write_text(listed, encoding="utf-8")
    shutil.move(package / "till.py", package / "counter.py")
    test = tmp_path / "tests" / "till" / "test_till.py"
    test.write_text(TESTS.replace("till", "counter"), encoding="utf-8")
    second = run(tmp_path, "--count", "100")
    assert second.returncode == 0, second.stdout + second.stderr
    assert f"0 equivalent, {entries.count('[[open]]')} open (" in second.stdout


def test_what_cannot_be_run_is_told_in_a_sentence(tmp_path: Path) -> None:
    shop(tmp_path)
    wrong = run(tmp_path, "--room", "cellar")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "cellar is not a room; the rooms are till" in wrong.stderr


# -- the faults ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("code", "operator", "becomes"),
    [
        ("return a < b", "flip comparison", "return a <= b"),
        ("return a in b", "flip comparison", "return a not in b"),
        ("return a == 'Failed'", "change kind", "return a == '·'"),
        ("return a + 1", "off by one", "return a + 2"),
        ("return a - b", "change arithmetic", "return a + b"),
        ("return f(a, True)", "flip boolean", "return f(a, False)"),
        ("return a and b", "swap and/or", "return a or b"),
        ("return not a", "remove not", "return not not a"),
        ("if a:\n    return b", "negate condition", "if not a:"),
        ("if a:\n    return b", "drop branch", "if False and a:"),
        ("return [x for x in a if x]", "negate condition", "return [x for x in a if not x]"),
        ("f(a)", "remove statement", "pass"),
        ("raise ValueError(a)", "remove statement", "pass"),
        ("a.b = 1", "remove statement", "pass"),
        ("yield a", "remove statement", "if False:"),
        ("return f(a, b)", "swap arguments", "return f(b, a)"),
        ("return a", "return nothing", "return None"),
        ("try:\n    f()\nexcept KeyError:\n    pass", "drop except", "try: except ()"),
    ],
)
def test_each_fault_does_what_it_says(code: str, operator: str, becomes: str) -> None:
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    (function,) = ast.parse(f"def act(a, b):\n{lines}\n").body
    assert isinstance(function, ast.FunctionDef)
    change = next(each for each in operators.changes(function) if each.operator == operator)
    assert operators.text_of(operators.planted(function, change)) == becomes
    compile(ast.Module([function], []), "act", "exec")


def test_what_does_nothing_when_it_runs_is_left_alone() -> None:
    (function,) = ast.parse('def act(a: int = 1) -> "x":\n    """Words."""\n    b: list[1] = a\n').body
    assert isinstance(function, ast.FunctionDef)
    assert list(operators.changes(function)) == []


# -- the choice ----------------------------------------------------------------------------------------------------
def test_a_mutant_is_the_same_wherever_its_file_lies(tmp_path: Path) -> None:
    here, there = shop(tmp_path / "a"), shop(tmp_path / "b", "deep/down/counter.py")
    keys = [
        [each.mutant().key for each in candidates_of(Source(package, path)) if each.mutant()]
        for package, path in ((here, "till.py"), (there, "deep/down/counter.py"))
    ]
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == len(keys[0]) > 10


def test_a_changed_function_changes_the_sample_by_its_own_mutants_only(tmp_path: Path) -> None:
    package = shop(tmp_path)
    before = {mutant.key for mutant in sample(candidates(package), 12, "seed")}
    changed = "# a comment above moves every line\n" + SHOP.replace("Hello", "Good day")
    (package / "till.py").write_text(changed, encoding="utf-8")
    after = {mutant.key for mutant in sample(candidates(package), 12, "seed")}
    assert {key for key in before ^ after if key[0] != "greeting"} == set()
    assert before != {mutant.key for mutant in sample(candidates(package), 12, "another")}


def test_a_sample_takes_some_of_every_room_and_no_statement_twice(many: list[Candidate]) -> None:
    chosen = sample(many, 60, "seed")
    places = [(mutant.place, mutant.change.statement) for mutant in chosen]
    assert len(set(places)) == len(places)
    for room in ("pipeline", "explore", "engine"):
        assert sum(mutant.place.room == room for mutant in chosen) >= AT_LEAST
    some = subsample(chosen, 10, "commit")
    assert len(some) == 10
    assert set(some) < set(chosen)
    assert some != subsample(chosen, 10, "the next commit")


# -- the list and the report ---------------------------------------------------------------------------------------
def test_the_list_reads_what_the_report_writes(tmp_path: Path, many: list[Candidate]) -> None:
    chosen = sample(many, 60, "seed")
    file = tmp_path / "known.toml"
    file.write_text(as_toml(chosen, "equivalent", "It's the same"), encoding="utf-8")
    known = read_survivors(file)
    assert known == {mutant.key: Survivor("equivalent", "It's the same") for mutant in chosen}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[open]]\nfunction='f'", "entry 1 of [[open]] has no 'statement'"),
        ("[[open]]\nfunction='f'\nstatement='a'\nbecomes='b'\nreason=' '", "gives no reason"),
        ("[[closed]]\nfunction='f'", "closed is not a kind"),
        ("[[open", "known.toml"),
    ],
)
def test_a_list_that_cannot_be_read_says_where(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "known.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BadList) as bad:
        read_survivors(file)
    assert words in str(bad.value)


def test_the_report_counts_and_fails_for_what_is_not_listed(tmp_path: Path) -> None:
    mutants = sample(candidates(shop(tmp_path)), 12, "seed")
    one, two, three, four, five = mutants[:5]
    results = [
        Result(one, "caught", "test_price"),
        Result(two, "survived"),
        Result(three, "survived"),
        Result(four, "survived"),
        Result(five, "not run"),
    ]
    known = {two.key: Survivor("equivalent", "the same"), three.key: Survivor("open", "a test of it")}
    report = Report(results, known)
    assert report.exit_code() == 1
    assert report.summary() == (
        "4 planted, 1 caught, 1 equivalent, 1 open, 1 NOT LISTED; 1 not reached in the time "
        "(33.3% of what can be caught)"
    )
    assert Report(results[:3], known).exit_code() == 0
    assert Report([results[4]], known).exit_code() == 2
    stale = Report([Result(two, "caught", "test_price")], known)
    assert "listed as equivalent, but caught by test_price" in stale.text()
