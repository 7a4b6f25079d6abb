"""`cp-teach lab`: the working copy, the address, the settings it brings, and its end."""

import json
import os
import platform
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import webbrowser

import pytest

from cp_teach import resources
from cp_teach.cli import main
from cp_teach.cli.commands import lab
from cp_teach.course.kernel_metadata import kernel_metadata


def notebook(*cells, outputs=()):
    code = [{"cell_type": "code", "source": cell, "outputs": list(outputs)} for cell in cells]
    return json.dumps({"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def originals(tmp_path, monkeypatch):
    folder = tmp_path / "originals"
    (folder / "more").mkdir(parents=True)
    (folder / "00_welcome.ipynb").write_text(notebook("1 + 1"), encoding="utf-8")
    (folder / "more" / "table.csv").write_text("a,b\n", encoding="utf-8")
    monkeypatch.setattr(resources, "notebooks", lambda: folder)
    return folder


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "copy"


def prepare(copy, **how):
    return list(lab.prepare(copy, **how))


def test_the_first_time_everything_is_copied(originals, copy):
    assert prepare(copy) == [f"The notebooks are copied to {copy}. You can change them."]
    assert (copy / "00_welcome.ipynb").read_text(encoding="utf-8") == notebook("1 + 1")
    assert (copy / "more" / "table.csv").exists()
    assert prepare(copy) == []


def test_a_copied_lesson_names_the_kernel_of_this_python_and_counts_as_unchanged(originals, copy):
    lesson = json.loads(notebook("1 + 1"))
    lesson["metadata"] = {"kernelspec": {"name": "python3"}, "language_info": {"version": "3.0.0"}, "own": 1}
    (originals / "00_welcome.ipynb").write_text(json.dumps(lesson), encoding="utf-8")
    (originals / "shell.ipynb").write_text(
        shell := json.dumps({**lesson, "metadata": {"kernelspec": {"name": "bash"}}}), encoding="utf-8"
    )
    prepare(copy)
    copied = json.loads((copy / "00_welcome.ipynb").read_text(encoding="utf-8"))
    assert copied == {**lesson, "metadata": {**kernel_metadata(), "own": 1}}
    assert copied["metadata"]["language_info"]["version"] == platform.python_version()
    assert (copy / "shell.ipynb").read_text(encoding="utf-8") == shell
    (originals / "00_welcome.ipynb").write_text(notebook("2 + 2"), encoding="utf-8")
    assert prepare(copy) == []
    assert "2 + 2" in (copy / "00_welcome.ipynb").read_text(encoding="utf-8")


def test_what_is_new_comes_and_what_was_not_touched_is_refreshed(originals, copy):
    prepare(copy)
    (originals / "00_welcome.ipynb").write_text(notebook("2 + 2"), encoding="utf-8")
    (originals / "01_new.ipynb").write_text(notebook("3"), encoding="utf-8")
    assert prepare(copy) == []
    assert "2 + 2" in (copy / "00_welcome.ipynb").read_text(encoding="utf-8")
    assert (copy / "01_new.ipynb").exists()


def test_what_the_student_changed_is_never_overwritten(originals, copy):
    prepare(copy)
    (copy / "00_welcome.ipynb").write_text(notebook("mine"), encoding="utf-8")
    assert prepare(copy) == []
    (originals / "00_welcome.ipynb").write_text(notebook("2 + 2"), encoding="utf-8")
    assert [line for line in prepare(copy) if "00_welcome.ipynb has a newer version" in line]
    assert "mine" in (copy / "00_welcome.ipynb").read_text(encoding="utf-8")


def test_fresh_restores_and_keeps_what_was_changed_aside(originals, copy):
    prepare(copy)
    (copy / "00_welcome.ipynb").write_text(notebook("mine"), encoding="utf-8")
    (copy / "own.ipynb").write_text(notebook("my own"), encoding="utf-8")
    told = prepare(copy, fresh=True)
    assert told[0] == f"Your changed files are in {copy / 'before-fresh-1'}."
    assert "1 + 1" in (copy / "00_welcome.ipynb").read_text(encoding="utf-8")
    assert "mine" in (copy / "before-fresh-1" / "00_welcome.ipynb").read_text(encoding="utf-8")
    assert (copy / "own.ipynb").exists()
    (copy / "00_welcome.ipynb").write_text(notebook("again"), encoding="utf-8")
    assert "before-fresh-2" in prepare(copy, fresh=True)[0]


def test_running_a_notebook_is_no_change(originals, copy):
    prepare(copy)
    ran = notebook("1 + 1", outputs=[{"output_type": "stream", "name": "stdout", "text": "2"}])
    (copy / "00_welcome.ipynb").write_text(ran, encoding="utf-8")
    told = prepare(copy, fresh=True)
    assert not [line for line in told if "kept" in line]
    assert "stdout" not in (copy / "00_welcome.ipynb").read_text(encoding="utf-8")


def test_a_lost_memory_loses_no_work(originals, copy):
    prepare(copy)
    (copy / "00_welcome.ipynb").write_text(notebook("mine"), encoding="utf-8")
    (copy / ".jupyter" / "handed-out.json").unlink()
    prepare(copy)
    assert "mine" in (copy / "00_welcome.ipynb").read_text(encoding="utf-8")


def test_a_deleted_notebook_comes_back(originals, copy):
    prepare(copy)
    (copy / "00_welcome.ipynb").unlink()
    prepare(copy)
    assert (copy / "00_welcome.ipynb").exists()


@pytest.mark.parametrize("where", [".", "more", ".."])
def test_the_originals_are_not_worked_in(originals, where, capsys):
    assert main(["lab", "--copy-only", "--folder", str(originals / where)]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "choose another folder with --folder" in error


def test_a_file_in_the_way_is_told(originals, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert main(["lab", "--copy-only", "--folder", str(tmp_path / "file")]) == 1
    assert "is a file; choose another folder" in capsys.readouterr().err


def test_a_port_that_is_taken_is_passed_over_unless_it_was_asked_for(originals, copy, capsys):
    with socket.socket() as other:
        other.bind((lab.HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        assert lab.free_port(taken) != taken
        assert main(["lab", "--folder", str(copy), "--port", str(taken)]) == 1
    assert f"Port {taken} is in use" in capsys.readouterr().err


def test_without_a_screen_no_browser_is_tried(monkeypatch):
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not lab.browser_possible()


def test_with_a_screen_the_browser_is_tried_that_python_finds(monkeypatch):
    monkeypatch.delenv("BROWSER", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(webbrowser, "get", lambda: webbrowser.GenericBrowser("a-browser"))
    assert lab.browser_possible()

    def none():
        raise webbrowser.Error

    monkeypatch.setattr(webbrowser, "get", none)
    assert not lab.browser_possible()


def test_it_serves_loopback_only_and_opens_the_welcome(originals, copy):
    prepare(copy)
    line = lab.jupyter_arguments(copy, None, "secret")
    assert "--ServerApp.ip=127.0.0.1" in line
    assert "--LabApp.default_url=/lab/tree/00_welcome.ipynb" in line
    assert ("--KernelManager.transport=ipc" in line) == (os.name == "posix")  # no port of a kernel is open


@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_jupyter_is_allowed_to_run_as_root_only_for_root(monkeypatch, tmp_path, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user, raising=False)
    line = lab.jupyter_arguments(tmp_path, None, "secret")
    assert any("allow_root=True" in each or each == "--allow-root" for each in line) == allowed


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals to send to another process")
@pytest.mark.parametrize("way", ["SIGINT", "SIGHUP"])  # SIGHUP becomes SIGTERM
def test_it_answers_touches_nothing_at_home_and_stops_cleanly(tmp_path, way):
    home = tmp_path / "home"
    home.mkdir()
    bare = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "XDG_"))}
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"):
        bare.pop(name, None)
    process = subprocess.Popen(
        [sys.executable, "-m", "cp_teach", "lab"],
        cwd=tmp_path,
        env=bare | {"HOME": str(home), "USERPROFILE": str(home), "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    alarm = threading.Timer(90, process.kill)
    alarm.start()
    told = ""
    try:
        while not (found := re.search(r"http://127\.0\.0\.1:\d+(/\S*)\?token=(\w+)", told)):
            line = process.stdout.readline()
            assert line, told
            told += line
        assert found.group(1) == "/lab/tree/00_welcome.ipynb"
        origin = found.group().partition("/lab")[0]
        with urllib.request.urlopen(f"{origin}/api/contents?token={found.group(2)}", timeout=30) as answer:
            names = [entry["name"] for entry in json.load(answer)["content"]]
        assert "00_welcome.ipynb" in names
        time.sleep(0.5)
        process.send_signal(getattr(signal, way))
        told += process.stdout.read()  # until it has stopped
        process.wait()
    finally:
        alarm.cancel()
        process.kill()
        process.stdout.close()
    assert process.returncode == 0, told
    assert "Open that address in a browser." in told
    assert "JupyterLab has stopped." in told
    assert told.count("token=") == 1, "the address is said once"
    assert "Traceback" not in told
    assert "?" not in re.sub(r"\?token=\w+", "", told), "it asked a question"
    assert list(home.iterdir()) == []
