"""`cp-teach slides`: it runs the notebook, writes one page, and leaves nothing half-written behind."""

import base64
import gzip
import json
import re

import pytest
from nbformat import writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from packed_recordings import unpack

from cp_teach.cli import main
from cp_teach.show.export import notebook_reader, notebook_runner

pytestmark = pytest.mark.usefixtures("warm_kernels")


@pytest.fixture
def write(tmp_path):
    def write(*cells, name="mine.ipynb", kernel="python3"):
        spec = {"name": kernel, "display_name": "Python 3", "language": "python"}
        path = tmp_path / name
        made = [c if hasattr(c, "cell_type") else new_code_cell(c) for c in cells]
        path.write_text(writes(new_notebook(cells=made, metadata={"kernelspec": spec})), encoding="utf-8")
        return path

    return write


def refused(capsys, *line):
    assert main(["slides", "--yes", *map(str, line)]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    assert said.startswith("cp-teach: ")
    return said


def test_a_notebook_becomes_one_file(write, tmp_path, capsys):
    notebook = write(new_markdown_cell("# Hello\n\n## Sum"), "print(6 * 7)")
    before = notebook.read_bytes()
    assert main(["slides", "--yes", str(notebook), "-o", str(tmp_path / "deep" / "out")]) == 0
    files = list((tmp_path / "deep" / "out").iterdir())
    assert [file.name for file in files] == ["mine.html"]
    assert f"Slides: {files[0]}" in capsys.readouterr().out
    made = files[0].read_text(encoding="utf-8")
    assert made.count("\n<section>") == 2
    assert ">42</pre>" in made
    assert notebook.read_bytes() == before, "the notebook itself gets no outputs"


def exported(tmp_path, notebook, states):
    """The page with at most this many states, and the data that it carries."""
    out = tmp_path / "out"
    assert main(["slides", "--yes", str(notebook), "-o", str(out), "--states", str(states)]) == 0
    page = (out / "mine.html").read_text(encoding="utf-8")
    packed = page.partition('id="cp-data">')[2].partition("</script>")[0]
    return page, json.loads(gzip.decompress(base64.b64decode(packed)))


def states_of(data):
    return sum(len(atlas["nodes"]) for atlas in data["atlases"])


def test_a_console_is_recorded_to_the_end_of_the_notebook_and_the_page_stays_small(write, tmp_path):
    notebook = write(
        "import cp_teach\nconsole = cp_teach.demo()\nconsole",
        "for i in range(20):\n    console.run.release(f'Change {i}')\n    console.run.settle()",
    )
    # Also with a graph of full size: tests/browser/test_alive.py walks through one.
    page, data = exported(tmp_path, notebook, 1500)
    views = slides_unpack(data)
    assert len(views) == 1
    assert len(views[0]) > 60
    assert [view["position"] for view in views[0]] == list(range(len(views[0])))
    assert 'data-recording="0" data-at="0"' in page
    assert len(page.encode()) < 1_000_000
    assert 40 < states_of(data) <= 1500


def test_a_file_can_be_told_to_carry_fewer_states(write, tmp_path, capsys):
    notebook = write("import cp_teach\ncp_teach.demo()")
    assert 0 < states_of(exported(tmp_path, notebook, 40)[1]) <= 40
    capsys.readouterr()
    assert "of 1 or more" in refused(capsys, notebook, "-o", tmp_path / "out", "--states", "0")


def slides_unpack(data):
    return [one["views"] for one in unpack(data["pool"], data["recordings"])]


def test_the_working_folder_is_the_notebooks_own(write, tmp_path):
    (tmp_path / "here.txt").write_text("found it", encoding="utf-8")
    notebook = write("print(open('here.txt').read())")
    assert main(["slides", "--yes", str(notebook), "-o", str(tmp_path / "out")]) == 0
    assert "found it" in (tmp_path / "out" / "mine.html").read_text(encoding="utf-8")


def test_a_failing_cell_is_named_and_nothing_is_written(write, tmp_path, capsys):
    notebook = write(new_markdown_cell("# A"), "x = 1", "1 / 0\nprint('no')", "2")
    said = refused(capsys, notebook, "-o", tmp_path / "out")
    assert "mine.ipynb: cell 3 of 4 fails: ZeroDivisionError: division by zero" in said
    assert not (tmp_path / "out").exists()


def test_an_earlier_page_survives_a_failure(write, tmp_path, capsys):
    out = tmp_path / "out"
    assert main(["slides", "--yes", str(write("1")), "-o", str(out)]) == 0
    before = (out / "mine.html").read_bytes()
    capsys.readouterr()
    refused(capsys, write("1 / 0"), "-o", out)
    assert (out / "mine.html").read_bytes() == before
    assert len(list(out.iterdir())) == 1


def test_a_cell_may_fail_where_its_tag_says_so(write, tmp_path):
    cell = new_code_cell("1 / 0")
    cell.metadata["tags"] = ["raises-exception"]
    assert main(["slides", "--yes", str(write(cell)), "-o", str(tmp_path / "out")]) == 0
    assert "✗ ZeroDivisionError" in (tmp_path / "out" / "mine.html").read_text(encoding="utf-8")


def test_a_dead_kernel_and_an_unknown_one_are_told(write, tmp_path, capsys):
    assert "kernel died in cell 1" in refused(capsys, write("import os; os._exit(1)"), "-o", tmp_path / "out")
    assert "needs the kernel 'fortran'" in refused(
        capsys, write("1", kernel="fortran"), "-o", tmp_path / "out"
    )


def test_a_cell_that_takes_too_long_is_told(write):
    with pytest.raises(notebook_reader.BadNotebook, match="cell 2 had not ended after 1 seconds"):
        notebook_runner.run(write("1", "import time; time.sleep(60)"), yes=True, patience=1)


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", '{"cells": 3}', '{"cells": [3], "nbformat": 4, "nbformat_minor": 5}',
     '{"cells": [{"cell_type": "code"}], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
     '{"cells": [], "nbformat": "x"}', "\xff\xfe"],
)  # fmt: skip
def test_what_is_not_a_notebook_is_told(text, tmp_path, capsys):
    path = tmp_path / "a.ipynb"
    path.write_bytes(text.encode("latin-1"))
    message = refused(capsys, path, "-o", tmp_path / "out")
    assert re.search(r"a\.ipynb (is not|cannot be read as) a notebook", message)


def test_bad_paths_are_told_before_the_notebook_runs(write, tmp_path, capsys, monkeypatch):
    def never(*_, **__):
        raise AssertionError("it ran")

    monkeypatch.setattr(notebook_runner, "run", never)
    taken = tmp_path / "taken"
    taken.write_text("mine", encoding="utf-8")
    assert "There is no file" in refused(capsys, tmp_path / "gone.ipynb", "-o", tmp_path / "out")
    assert "taken is a file" in refused(capsys, write("1"), "-o", taken)
    assert taken.read_text(encoding="utf-8") == "mine"
