"""What is said where a yes is asked for: what confines a script on this machine, and what does not."""

import io

import pytest
from nbformat import writes
from nbformat.v4 import new_code_cell, new_notebook, new_output

import cp_teach
from cp_teach import resources
from cp_teach.aws.local.lambda_provider import Lambda
from cp_teach.cli import main
from cp_teach.show.export.notebook_consent import is_lesson
from cp_teach.show.export.notebook_reader import read
from cp_teach.show.export.slides import export
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.codedeploy.provider import CodeDeploy
from cp_teach.work.runtime.local_pipeline import LocalPipeline
from cp_teach.work.runtime.local_resources import LocalProviders
from cp_teach.work.sandbox import bubblewrap, run_command
from cp_teach.work.sandbox.run_command import NotAllowed
from cp_teach.work.workers.lambda_function import Function


@pytest.fixture
def free(monkeypatch):
    """A machine without bubblewrap."""
    for module in (bubblewrap, run_command):
        monkeypatch.setattr(module, "working_bwrap", lambda: "")
    monkeypatch.setattr(bubblewrap, "_bwrap", lambda: "")


@pytest.mark.parametrize("place", ["backports/zstd.py", "org/python/core.py", "OpenSSL/SSL.SO", "x.PY"])
def test_a_copy_of_a_lesson_beside_something_to_import_is_no_lesson(tmp_path, place):
    lesson = sorted(resources.notebooks().glob("*.ipynb"))[0]
    copy = tmp_path / lesson.name
    copy.write_bytes(lesson.read_bytes())
    (tmp_path / "my-notes").mkdir()
    (tmp_path / "my-notes" / "a.py").touch()  # no name of a package
    assert is_lesson(copy)
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).touch()
    assert not is_lesson(copy)


def asked(tmp_path):
    code = tmp_path / "handler.py"
    code.write_text("def main(event, context): pass\n")
    pipeline = cp_teach.load_pipeline("sample-app")
    content = {"": cp_teach.resources.sample_app()}
    yield lambda yes: cp_teach.workplace("sample-app", yes=yes)
    yield lambda yes: LocalPipeline(pipeline, content, tmp_path / "work", yes=yes)
    yield lambda yes: LocalProviders(pipeline, content, tmp_path / "work", yes=yes)
    yield lambda yes: CodeBuild(yes=yes)
    yield lambda yes: CodeDeploy(yes=yes)
    yield lambda yes: Lambda(yes=yes)
    yield lambda yes: Function("f", code, "handler.main", "http://127.0.0.1:1", yes=yes)({}, tmp_path)


@pytest.mark.parametrize("answer", [False, None, 1, "yes", "True", [True]])
def test_every_question_for_a_yes_says_what_is_confined_here_and_what_is_not(free, tmp_path, answer):
    for ask in asked(tmp_path):
        with pytest.raises(NotAllowed) as refused:
            ask(answer)
        told = str(refused.value)
        assert bubblewrap.jail() in told
        for words in (
            "Not confined: a script runs as you",
            "environment of your other processes",
            "your network",
        ):
            assert words in told


def test_with_a_jail_it_says_what_is_not_confined_there(jailed):
    told = bubblewrap.jail()
    assert "memory, and processes are limited" in told
    assert "Not confined: it can read the system's programs and settings" in told


def test_run_says_it_with_a_yes_and_without(capsys, free, needs, monkeypatch):
    needs("git")
    line = [
        "run",
        str(cp_teach.resources.pipelines() / "sample-app.json"),
        "--repo",
        str(cp_teach.resources.sample_app()),
    ]
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(line) == 1
    assert bubblewrap.jail() in capsys.readouterr().err
    assert main([*line, "--yes", "--quiet"]) == 0
    assert capsys.readouterr().out.count(bubblewrap.jail()) == 1


# -- notebooks ---------------------------------------------------------------------------------------------
@pytest.fixture
def write(tmp_path):
    def write(*cells, name="mine.ipynb"):
        path = tmp_path / name
        path.write_text(writes(new_notebook(cells=[new_code_cell(cell) for cell in cells])), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("command", ["slides", "page", "book"])
def test_a_stranger_s_notebook_runs_with_a_yes_only(write, tmp_path, capsys, command):
    ran = tmp_path / "ran"
    notebook = write(f"open({str(ran)!r}, 'w')")
    assert main([command, str(notebook), "-o", str(tmp_path / "out")]) == 1
    told = capsys.readouterr().err
    assert "mine.ipynb is not an unchanged lesson of this kit" in told
    assert "nothing confines it" in told
    assert "use --yes" in told
    assert not ran.exists()
    with pytest.raises(SystemExit):
        main([command, "--help"])
    assert "nothing confines their code" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("answer", [False, None, 1, "yes"])
def test_in_python_only_a_literal_yes_is_a_yes(write, tmp_path, answer):
    notebook = write(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(NotAllowed, match=r"nothing confines it.*yes=True"):
        export(notebook, tmp_path / "out", yes=answer)
    assert not (tmp_path / "ran").exists()


def test_one_stranger_among_lessons_is_asked_for_before_any_is_run(write, tmp_path, capsys):
    lesson = cp_teach.resources.notebooks() / "00_welcome.ipynb"
    assert main(["page", str(lesson), str(write("1")), "-o", str(tmp_path / "out")]) == 1
    assert "mine.ipynb is not an unchanged lesson" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def copied(folder, change=lambda notebook: None):
    lesson = read(cp_teach.resources.notebooks() / "00_welcome.ipynb")
    change(lesson)
    folder.mkdir(exist_ok=True)
    path = folder / "00_welcome.ipynb"
    path.write_text(writes(lesson), encoding="utf-8")
    return path


def test_lessons_need_no_yes_in_their_folder_or_as_a_copy_with_outputs(tmp_path):
    for lesson in cp_teach.resources.notebooks().glob("*.ipynb"):
        assert is_lesson(lesson)

    def played(notebook):
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.execution_count = 7
                cell.outputs = [new_output("stream", text="played")]

    assert is_lesson(copied(tmp_path, played))


def test_a_lesson_that_was_changed_is_a_stranger_s(tmp_path):
    def cell(notebook):
        notebook.cells[-1].source += "\n"

    def more(notebook):
        notebook.cells.append(new_code_cell("import os"))

    def kernel(notebook):
        notebook.metadata["kernelspec"]["name"] = "bash"

    for change in (cell, more, kernel):
        assert not is_lesson(copied(tmp_path, change))


@pytest.mark.parametrize("beside", ["json.py", "cp_teach/__init__.py", "numpy.so", "ipython_config.json"])
def test_a_lesson_beside_what_it_would_import_is_a_stranger_s(tmp_path, beside):
    path = copied(tmp_path)
    (tmp_path / beside).parent.mkdir(exist_ok=True)
    (tmp_path / beside).write_text("print('not what you mean')")
    assert not is_lesson(path)


def test_a_link_to_a_lesson_is_run_in_the_lesson_s_own_folder(tmp_path):
    (tmp_path / "json.py").write_text("print('not what you mean')")
    path = tmp_path / "00_welcome.ipynb"
    path.symlink_to(cp_teach.resources.notebooks() / path.name)
    assert is_lesson(path)
    path.unlink()
    path.symlink_to(copied(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere" / "json.py").write_text("print('not what you mean')")
    assert not is_lesson(path)
