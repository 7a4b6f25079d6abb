"""What people do to a command line: odd files, closed pipes, full disks. One sentence each, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cp_teach import resources
from cp_teach.cli import main

DEMO = resources.pipelines() / "demo.json"


def cp_teach(*args, **options):
    return subprocess.run(
        [sys.executable, "-m", "cp_teach", *map(str, args)], stderr=subprocess.PIPE, check=False, **options
    )


@pytest.mark.parametrize("command", [["check", "--rules-only", DEMO], ["doctor"]])
def test_a_reader_that_goes_away_meets_no_traceback(command):
    read, write = os.pipe()
    os.close(read)
    try:
        done = cp_teach(*command, stdout=write)
    finally:
        os.close(write)
    assert done.stderr == b""
    assert done.returncode == 1


def test_a_terminal_without_arrows_gets_question_marks():
    done = cp_teach(
        "check",
        DEMO,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 0, done.stderr
    assert b"Compile (CodeBuild) ? UnitTest" in done.stdout


def test_ctrl_c_ends_quietly(monkeypatch):
    def interrupted(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("cp_teach.cli.commands.doctor.run", interrupted)
    assert main(["doctor"]) == 130


def test_any_other_trouble_with_the_machine_is_one_sentence(monkeypatch, capsys):
    def full(_):
        raise OSError(28, "No space left on device", "a.svg")

    monkeypatch.setattr("cp_teach.cli.commands.doctor.run", full)
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err == "cp-teach: No space left on device: a.svg.\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[" * 100_000, "nested deeper than 100 levels"),
        ('{"pipeline": {"version": ' + "9" * 5000 + "}}", "a number of 5000 digits"),
    ],
)
def test_json_that_python_cannot_hold_is_told(text, words, tmp_path, capsys):
    file = tmp_path / "odd.json"
    file.write_text(text, encoding="utf-8")
    for line in (["check", "--rules-only", str(file)], ["draw", str(file), "-o", str(tmp_path / "a.svg")]):
        assert main(line) == 1
        said = capsys.readouterr().err
        assert words in said
        assert said.count("\n") == 1


def test_a_name_that_no_terminal_can_show_is_refused(tmp_path):
    file = tmp_path / "half.json"
    file.write_text(
        DEMO.read_text(encoding="utf-8").replace('"name": "', '"name": "\\ud800', 1), encoding="utf-8"
    )
    done = cp_teach("check", "--rules-only", file, stdout=subprocess.PIPE)
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr
    assert b"half a surrogate pair" in done.stderr


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_what_powershell_writes_is_read(encoding, tmp_path, capsys):
    file = tmp_path / "shell.json"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    file.write_bytes((mark + DEMO.read_text(encoding="utf-8")).encode(encoding))
    assert main(["check", "--rules-only", str(file)]) == 0
    assert main(["draw", str(file), "-o", str(tmp_path / "a.dot")]) == 0
    assert "MyFirstPipeline" in capsys.readouterr().out


def test_names_that_no_file_can_have(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("file").touch()
    long = "a" * 300
    for line in (
        ["draw", long, "-o", "a.svg"],
        ["draw", str(DEMO), "-o", f"{long}.svg"],
        ["slides", long],
        ["lab", "--copy-only", "--folder", long],
        ["lab", "--copy-only", "--folder", "file/inside"],
    ):
        assert main(line) == 1
        said = capsys.readouterr().err
        assert said.startswith("cp-teach: ")
        assert "cannot be" in said.lower() or "cannot write" in said.lower()
        assert said.count("\n") == 1


@pytest.mark.parametrize("port", ["99999", "-5", "0", "http"])
def test_a_port_that_no_machine_has_is_not_called_taken(port, capsys):
    with pytest.raises(SystemExit):
        main(["lab", f"--port={port}"])
    assert "a port must be a number from 1 to 65535" in capsys.readouterr().err


def test_a_command_that_reads_notebooks_builds_no_parsers_for_addresses(tmp_path):
    code = (
        "import sys; from cp_teach.cli import main; "
        f"assert main(['editions', '--no-slides', '-o', {str(tmp_path / 'out')!r}]) == 0; "
        "assert 'jsonschema' in sys.modules and 'rfc3987_syntax.syntax_helpers' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
