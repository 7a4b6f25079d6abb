"""`cp-teach doctor`: what it looks at, what it says to do, and when it fails."""

import subprocess
import sys

import pytest

from cp_teach.cli import main
from cp_teach.cli.commands import doctor
from cp_teach.cli.optional_tools import TOOLS, Tool


def test_all_that_is_required_is_here(capsys):
    status = main(["doctor"])
    told = capsys.readouterr().out
    assert status == 0, told
    for name in (
        "Python",
        "packages",
        "drawing",
        "widget front end",
        "widget module",
        "port",
        "browser",
    ):
        assert f" {name}: " in told


def test_an_old_python_is_told(capsys):
    found = doctor.python((3, 10, 4))
    assert not found.ok
    assert found.required
    assert "3.11 or newer" in str(found)


def test_a_package_that_is_missing_is_told_with_the_command(monkeypatch):
    monkeypatch.setattr(
        doctor.metadata, "requires", lambda _: ["no-such-thing[x]>=1", "pytest>=1; extra == 'test'"]
    )
    (found,) = doctor.packages()
    assert str(found).startswith("NO  package: no-such-thing is not installed")
    assert found.todo.endswith("pip install no-such-thing")


@pytest.mark.parametrize(("required", "status"), [(True, 1), (False, 0)])
def test_only_what_is_required_decides_the_exit_status(monkeypatch, capsys, required, status):
    found = doctor.Finding("thing", False, "not there", "Put it there.", required)
    monkeypatch.setattr(doctor, "findings", lambda: iter([found]))
    assert main(["doctor"]) == status
    assert "→ Put it there." in capsys.readouterr().out


def test_an_optional_tool_that_is_missing_is_said_with_its_command():
    found = doctor.optional_tool(
        Tool("fig", "nobody needs it", ("no-such-fig",), "apt fig", "brew fig", "winget fig")
    )
    assert not found.ok
    assert not found.required
    assert "nobody needs it" in found.detail
    assert found.todo in ("apt fig", "brew fig", "winget fig")


def test_a_tool_that_is_there_but_does_not_run_is_told():
    broken = Tool("py", "a stub", (sys.executable,), "a", "b", "c", probe=("-c", "raise SystemExit(1)"))
    assert "does not run" in doctor.optional_tool(broken).detail


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_every_tool_has_its_command_on_every_system(tool, platform):
    assert tool.install(platform)
    assert tool.purpose


def test_the_widget_file_is_looked_for_in_the_package(monkeypatch, tmp_path):
    class Spec:
        origin = str(tmp_path / "__init__.py")

    monkeypatch.setattr(doctor, "find_spec", lambda _: Spec)
    assert not doctor.widget_file().ok
    (tmp_path / "show" / "static" / "console" / "frame").mkdir(parents=True)
    (tmp_path / "show" / "static" / "console" / "frame" / "render.js").write_text("//", encoding="utf-8")
    assert doctor.widget_file().ok


def test_help_loads_no_jupyter():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cp_teach", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "usage: cp-teach" in done.stdout
    assert "jupyter" not in done.stderr


def test_a_mistake_is_one_sentence_and_no_traceback(capsys, tmp_path):
    broken = tmp_path / "broken.json"
    broken.write_text('{"pipeline": }', encoding="utf-8")
    for line, status, words in (
        (["draw", str(tmp_path / "none.json"), "-o", "x.svg"], 1, "There is no file"),
        (["draw", str(tmp_path), "-o", "x.svg"], 1, "is a folder"),
        (["draw", str(broken), "-o", "x.svg"], 1, "is not JSON: Expecting value at line 1, column 14"),
        (["draw", str(broken), "-o", "x.png"], 1, "must end in .svg or .dot"),
        (["slides", "none.ipynb"], 1, "There is no file"),
    ):
        assert main(line) == status
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1
    assert main([]) == 2
