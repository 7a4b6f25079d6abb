"""Text of strangers that is printed: nothing in it acts on the terminal, hides, or passes for a line of ours."""

import argparse
import contextlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import unicodedata
import xml.dom.minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cp_teach import Pipeline, resources
from cp_teach.cli import main, number_arguments, parser, terminal_output
from cp_teach.cli.commands import run as run_command
from cp_teach.cli.commands.run import RunReporter
from cp_teach.cli.user_error import UserError
from cp_teach.pipeline import InvalidPipeline
from cp_teach.security.output.terminal import escape_controls, escape_line
from cp_teach.show.diagrams.dot import clean
from cp_teach.show.diagrams.svg import dot
from cp_teach.style.svg_chart import Chart
from cp_teach.work.simulation.simulated_tests import Measurement, Quantity, Report

PROVE = bool(os.environ.get("CP_TEACH_PROVE"))
DEMO = resources.pipelines() / "demo.json"
CLIPBOARD = "\x1b]52;c;ZXZpbA==\x07"
HOSTILE = f"{CLIPBOARD}\x1b[2J\x1b[1;1H\x9b2J\x9d0;t\x9c\rSucceeded\x08\x7f\u202eneddih\u202c\u2066\u200b\ufeff\u2028"
ACTS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


# -- the function ------------------------------------------------------------------------------------------

READABLE = [
    "Zoë, Łódź, ﬁle, e\u0301, 日本語, Ελληνικά, नमस्ते, \ttab\nline",
    "שלום, مرحبا, می\u200cخواهم, क\u094d\u200dष",
    "👩\u200d👩\u200d👧\u200d👦 🏳\ufe0f\u200d🌈 ❤\ufe0f 👍🏽 🇩🇪 1\ufe0f\u20e3",
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    r"C:\new\x1b → ✓ ✗ · │ ⊘",
]


@pytest.mark.parametrize("text", READABLE)
def test_letters_accents_emoji_and_their_joiners_stay(text):
    assert escape_controls(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("10%\r20%", r"10%\r20%".replace(r"\r", r"\x0d")),
        ("\x9b31m", r"\x9b31m"),
        ("a\x00b\x7f", r"a\x00b\x7f"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u2066x\u2069\u200f\u061c", r"\u2066x\u2069\u200f\u061c"),
        ("pay\u200dpal, a\u200cb, \u200d", r"pay\u200dpal, a\u200cb, \u200d"),
        ("a\ufe0f\ufe0f", "a\ufe0f" + r"\ufe0f"),
        ("half \udcff \ud800", r"half \udcff \ud800"),
        ("\u2028\u2029\x85\x0b\x0c", r"\u2028\u2029\x85\x0b\x0c"),
        ("\U000e0041\U000e0042", r"\U000e0041\U000e0042"),
        ("\u3164\u115f\u2060\u00ad", r"\u3164\u115f\u2060\xad"),
    ],
)
def test_what_acts_or_hides_is_shown(text, shown):
    assert escape_controls(text) == shown


def test_every_control_and_format_character_is_shown_and_every_letter_stays():
    for code in [*range(0x3000), *range(0xD7F0, 0xE010), *range(0xFE00, 0x10000), *range(0xE0000, 0xE0200)]:
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Zl", "Zp") and character not in "\t\n":
            assert escape_controls(character).isprintable(), hex(code)
        elif category[0] in "LMNPS" and unicodedata.name(character, "").find("FILLER") < 0:
            invisible = "SELECTOR" in unicodedata.name(character, "") or code in (0x34F, 0x17B4, 0x17B5)
            assert invisible or escape_controls(character) == character, hex(code)


@given(st.text(st.characters()))
def test_nothing_that_acts_is_left_and_twice_is_as_once(text):
    shown = escape_controls(text)
    assert not ACTS.search(shown)
    assert escape_controls(shown) == shown
    assert "\n" not in escape_line(text)


# -- the command line --------------------------------------------------------------------------------------


def told(capfd):
    """What stood on the terminal, which must hold nothing that acts on it."""
    printed = capfd.readouterr()
    for text in printed:
        assert not ACTS.search(text), ascii(ACTS.search(text))
    return printed.out + printed.err


def hostile_files():
    """The demo pipeline with something hostile in one place after the other, or in one place of each kind."""
    given = json.loads(DEMO.read_text(encoding="utf-8"))

    def places_of(value, path=()):
        if isinstance(value, dict | list):
            for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
                yield from places_of(inner, (*path, key))
        else:
            yield path

    seen = set()
    for path in places_of(given["pipeline"]):
        kind = tuple(key for key in path if isinstance(key, str))
        if kind in seen and not PROVE:
            continue
        seen.add(kind)
        changed = json.loads(json.dumps(given))
        inner = changed["pipeline"]
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = f"{inner[path[-1]]}{HOSTILE}\nSucceeded"
        yield changed
        inner[f"{path[-1]}{HOSTILE}"] = 1 if isinstance(inner, dict) else inner.append(HOSTILE)
        yield changed


def structures():
    for changed in hostile_files():
        with contextlib.suppress(TypeError):  # a list takes no name
            yield json.dumps(changed)


def test_names_in_a_file_are_harmless_in_every_command_that_reads_one(tmp_path, capfd):
    file = tmp_path / "shop.json"
    seen = 0
    for number, text in enumerate(structures()):
        file.write_text(text, encoding="utf-8")
        others = [["run", file], ["classroom", file, "--host", "x..y"], ["draw", file, "-o", "/proc/x.svg"]]
        for line in (["check", "--rules-only", file], others[number % 3]):
            main([str(word) for word in line])
            printed = told(capfd)
            seen += r"\x1b]52" in printed
            assert "\nSucceeded" not in printed
    assert seen > 15


def test_arguments_are_harmless_in_every_command(tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quoted = 0
    (commands,) = [action for action in parser()._actions if action.dest == "==SUPPRESS==" and action.choices]
    for name, command in commands.choices.items():
        for action in command._actions:
            if "-h" in action.option_strings or action.nargs == 0:
                continue
            option = action.option_strings[:1] or []
            words = [name, *option, HOSTILE]
            if name == "lab" and "--port" not in option:
                words = [name, "--copy-only", "--folder", "/dev/null/" + HOSTILE]
            elif name in ("serve", "classroom", "book", "editions", "doctor") and "--port" not in option:
                words = (
                    [name, "--port", HOSTILE]
                    if name in ("serve", "classroom")
                    else [name, "-o", "/proc/" + HOSTILE]
                )
            with contextlib.suppress(SystemExit):
                assert main(words) != 0
            quoted += r"\x1b]52" in told(capfd)
    assert quoted > 30


def test_the_output_of_a_build_is_harmless(tmp_path, capfd):
    app = tmp_path / "app"
    app.mkdir()
    octal = "".join(f"\\{byte:03o}" for byte in HOSTILE.encode())
    spec = {"version": 0.2, "phases": {"build": {"commands": [f"printf '{octal}\\nSucceeded\\n'; exit 3"]}}}
    (app / "buildspec.yml").write_text(json.dumps(spec), encoding="utf-8")
    pipeline = Pipeline.of("shop", Source="S3", Build="CodeBuild").to_aws()
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(pipeline), encoding="utf-8")
    assert main(["run", str(file), "--repo", str(app), "--yes"]) == 1
    printed = told(capfd)
    assert r"Build | \x1b]52;c;ZXZpbA==\x07\x1b[2J" in printed
    assert "\nSucceeded" not in printed
    assert printed.rstrip().endswith("Failed")


def test_a_question_is_harmless_although_readline_prints_it(monkeypatch):
    asked = []
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda prompt: asked.append(prompt) or "y")
    assert run_command._confirm(f"Run the scripts of {HOSTILE}?")
    assert not ACTS.search(asked[0])


def test_a_message_of_several_lines_cannot_pass_for_a_line_of_the_command(capsys):
    RunReporter(quiet=False)._print("Build failed:\nSucceeded")
    assert capsys.readouterr().out == "Build failed:\n      Succeeded\n"


def test_every_thread_and_library_prints_through_the_same_streams(capfd):
    with terminal_output.escaped_output():
        print(HOSTILE)
        print(HOSTILE, file=sys.stderr)
        sys.stdout.write(HOSTILE)
        sys.stdout.writelines([HOSTILE])
        terminal_output.erase_line(sys.stdout)
        sys.stdout.flush()
    printed = capfd.readouterr()
    assert printed.out.count("\r") == 2  # our own
    assert not ACTS.search((printed.out + printed.err).replace("\r", ""))


def cp_teach(*words, **options):
    return subprocess.run(
        [sys.executable, "-m", "cp_teach", *words], stderr=subprocess.PIPE, check=False, timeout=60, **options
    )


def test_streams_that_are_closed_full_or_of_another_encoding_meet_no_traceback(tmp_path):
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    name = os.fsencode(tmp_path / "na") + b"\xff\x1b[2Jme.json"
    shutil.copyfile(DEMO, name)
    for variables in ({"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii:strict"}):
        done = cp_teach("check", "--rules-only", name, stdout=subprocess.PIPE, env=environment | variables)
        assert (done.returncode, done.stderr) == (0, b"")
        assert rb"na\udcff\x1b[2Jme.json: AWS would accept this pipeline" in done.stdout
    shell = f"exec {sys.executable} -m cp_teach "
    for line, status in (
        (f"check --rules-only {DEMO} >&- 2>&-", 0),
        (f"check --rules-only {DEMO} > /dev/full", 1),
        ("check - <&-", 1),
        (f"run {DEMO} <&- 2>/dev/full", 1),
    ):
        done = subprocess.run(shell + line, shell=True, capture_output=True, check=False, timeout=60)
        assert done.returncode == status, line
        assert b"Traceback" not in done.stderr
        assert b"Exception ignored" not in done.stderr
        assert done.stderr.count(b"\n") <= 1


def test_a_traceback_quotes_nothing_that_acts():
    code = (
        "from cp_teach.cli import main\nfrom cp_teach.cli.commands import doctor\n"
        "def fault(_): raise AssertionError('\\x1b[2J\\u202e')\n"
        "doctor.run = fault\nmain(['doctor'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert r"AssertionError: \x1b[2J\u202e" in done.stderr
    assert not ACTS.search(done.stderr)
    assert done.returncode == 1


def test_help_for_a_reader_that_has_gone():
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as gone:
        done = cp_teach("--help", stdout=gone)
    assert done.stderr == b""


# -- numbers and places ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tick", "nan"], "The clock cannot move by"),
        (["tick", "1e400"], "The clock cannot move by"),
        (["tick", "-5"], "The clock cannot move by"),
        (["clock", "--factor", "-1"], "factor must be a number greater than 0"),
        (["clock", "manual", "--factor", "0"], "factor must be a number greater than 0"),
        (["clock", "real", "--factor", "inf"], "factor must be a number greater than 0"),
        (["serve", "--factor", "nan"], "factor must be a number greater than 0"),
        (["inject", "a", "b", "c", "--times", "-1"], "give a number of 1 or more"),
        (["run", "x.json", "--minutes", "nan"], "minutes is out of range"),
        (["run", "x.json", "--silence", "inf"], "seconds is out of range"),
        (["editions", "-j", "0"], "give a number of 1 or more"),
        (["classroom", "--port", "99999"], "is not a valid port"),
        (["classroom", "--port", "-1"], "is not a valid port"),
        (["serve", "--port", "65536"], "is not a valid port"),
        (["classroom", "--host", ""], "the host is empty"),
    ],
)
def test_numbers_that_make_no_sense_are_refused_with_a_sentence(words, said, capsys):
    assert main(words) == 1
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    "parse",
    [number_arguments.port, number_arguments.count, number_arguments.factor, number_arguments.seconds],
)
@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "-1", "1e400", "9" * 5_000, "", "x", "\ud800"])
def test_every_number_has_bounds(parse, text):
    with pytest.raises((UserError, argparse.ArgumentTypeError)):
        parse(text)


@pytest.mark.parametrize("command", ["book", "slides", "page", "editions", "draw", "explore"])
def test_a_place_that_cannot_be_written_is_told_before_the_work(command, capsys, monkeypatch):
    def worked(*_, **__):
        raise AssertionError("the work has begun")

    for name in ("show.export.slides.export", "show.diagrams.svg.svg", "explore.explore"):
        monkeypatch.setattr(f"cp_teach.{name}", worked)
    welcome = str(resources.notebooks() / "00_welcome.ipynb")
    words = {
        "book": ["-o", "/proc/x"],
        "editions": ["-o", "/proc/x"],
        "draw": [str(DEMO), "-o", "/proc/x/a.svg"],
        "explore": [str(DEMO), "--json", "/proc/x/a.json"],
    }
    assert main([command, *words.get(command, [welcome, "-o", "/proc/x"])]) == 1
    assert "Cannot write /proc/x" in capsys.readouterr().err


# -- pictures ----------------------------------------------------------------------------------------------


def test_pictures_and_reports_of_hostile_text_are_valid_xml_without_controls():
    odd = f"{HOSTILE}\x00\ufffe\uffff\ud800"
    chart = Chart("light")
    chart.add_text(1, 1, odd)
    report = Report(
        "partner", odd, "1", {"revision": odd}, (Measurement(Quantity(odd, odd, 0, 9, odd), 2, 1),)
    )
    for text in (chart.svg(9, 9, odd, odd), report.junit()):
        xml.dom.minidom.parseString(text.encode())
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    drawn = 0
    for text in structures():
        with contextlib.suppress(InvalidPipeline):
            pipeline = Pipeline.from_aws(json.loads(text))
            assert not ACTS.search(dot(pipeline))
            drawn += 1
    assert drawn > 5
    assert not ACTS.search(clean(odd))


@pytest.mark.parametrize(
    "answer", [b"{}", b"[]", b'{"clock": 7}', b'{"clock": {"mode": "manual", "now": 1e300}}', b"\x1b"]
)
def test_a_strange_server_is_told_in_a_sentence(answer, capfd):
    class Strange(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Strange) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert main(["clock", "--endpoint", f"http://127.0.0.1:{server.server_port}"]) == 1
    assert told(capfd).count("\n") == 1
