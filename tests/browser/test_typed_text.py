"""Scripts of a page quote what a person types, and refuse a reason, as Python does: one table, both run on it."""

import json
import re
import shlex
import shutil
import subprocess

import pytest
from awscli.shorthand import ShorthandParser

from cp_teach import Refused, load_pipeline
from cp_teach.engine import DisableTransition, PutApprovalResult, initial_state, refusal
from cp_teach.engine.model.commands import Revision, StartExecution
from cp_teach.show.offline.move_effects import TYPED
from cp_teach.show.offline.page_rules import reason_rules
from cp_teach.show.static_files import static
from cp_teach.show.view.aws_commands import api_call

pytestmark = pytest.mark.needs("chromium")

TEXTS = [
    "Fine", "fine.", "two words", "Wait (until Monday).", "Sue's page", 'say "yes"', 'Sue\'s "page"', "a,b=c",
    "C:\\temp",
    "it's C:\\temp", "$HOME `id` $& $1", "!history", "Grüße", "完了", "🚀", "a#b;c&d|e<f>g", "{x}", "100 %", "-", "tab",
]  # fmt: skip
"""What a person may type: quotes, backslashes, and characters that a shell, Python or AWS's shorthand reads."""


@pytest.fixture(scope="module")
def run_script(chromium):
    page = chromium.new_page()
    page.set_content(f"<script>{static('offline/typed_text.js')}{static('console/share/shells.js')}</script>")
    yield page.evaluate
    page.close()


def calls(typed):
    """The commands with a typed text, as (kind, call with the marker, call with the text)."""
    pipeline = load_pipeline("course-source-build-beta-prod")
    for make in (
        lambda text: DisableTransition("Beta", text),
        lambda text: PutApprovalResult(1, "Prod", "Approve", "Approved", text),
        lambda text: PutApprovalResult(1, "Prod", "Approve", "Rejected", text),
        lambda text: StartExecution((Revision("Source", "0" * 40, text),)),
    ):
        yield [api_call("shop/0", pipeline.name, make(text)).row() for text in (TYPED, typed)]


@pytest.mark.parametrize("typed", TEXTS)
def test_a_typed_text_is_quoted_as_python_quotes_it(run_script, typed):
    for marked, expected in calls(typed):
        made = run_script("([call, marker, typed]) => typedCall(call, marker, typed)", [marked, TYPED, typed])
        assert made == expected


@pytest.mark.parametrize("typed", [*TEXTS, "", "  ", "bad: comma, colon", "a\\b", "''''"])
def test_a_reason_is_refused_as_the_engine_refuses_it(run_script, typed):
    pipeline = load_pipeline("course-source-build-beta-prod")
    rules = json.loads(json.dumps(reason_rules(pipeline)))
    # An empty reason is replaced by the default, in a page and in a notebook.
    refused = refusal(initial_state(pipeline), DisableTransition("Beta", typed)) if typed.strip() else None
    assert refused is None or isinstance(refused, Refused)
    made = run_script("([reason, rules]) => refusedReason(reason, rules)", [typed, rules])
    assert made == ("" if refused is None else str(refused))


# -- other shells ------------------------------------------------------------------------------------------------
MARKS = "['\u2018-\u201b]"
"""What PowerShell takes for a single quotation mark."""
POWERSHELL_WORD = re.compile(rf"{MARKS}((?:[^'\u2018-\u201b]|{MARKS}{{2}})*){MARKS}|([\w./:=-]+)", re.ASCII)


def powershell_words(line):
    """The words of a line as PowerShell reads them; every character must belong to one."""
    words, at = [], 0
    while at < len(line):
        match = POWERSHELL_WORD.match(line, at)
        assert match, line[at:]
        words.append(re.sub(f"({MARKS}){MARKS}", r"\1", match[1]) if match[2] is None else match[2])
        at = match.end() + 1
        assert line[match.end() : at] in (" ", "")
    return words


def same_value(word):
    """A structure as the CLI reads it, whether it is written as JSON or as shorthand; another word as it is."""
    if word.startswith('{"'):
        return json.loads(word)
    return ShorthandParser().parse(word) if word.startswith("summary=") else word


@pytest.mark.parametrize("typed", [*TEXTS, "It\u2019s Sue\u2018s", "a\\'b"])
def test_a_command_is_one_line_that_every_shell_reads_the_same(run_script, typed):
    for _, call in calls(typed):
        line = call["cli"]
        words = shlex.split(line)
        shells = [["bash", "-c"], *([["zsh", "-c"]] if shutil.which("zsh") else [])]
        for shell in shells:
            printed = subprocess.run(
                [*shell, f"printf '%s\\0' {line}"], capture_output=True, check=True
            ).stdout
            assert printed.decode().split("\0")[:-1] == words
        other = run_script("line => SHELLS.powershell[1](line)", line)
        assert "\n" not in other + line
        assert [*map(same_value, powershell_words(other))] == [*map(same_value, words)]
        assert run_script("line => SHELLS.posix[1](line)", line) == line
