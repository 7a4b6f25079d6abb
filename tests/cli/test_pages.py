"""`cp-teach page`, `book` and several notebooks at once: what is made, and what is told when one fails."""

import pytest
from nbformat import writes
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from cp_teach.cli import main

pytestmark = pytest.mark.usefixtures("warm_kernels")
SPEC = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


@pytest.fixture
def write(tmp_path):
    def make(name, *cells):
        path = tmp_path / name
        made = [
            new_markdown_cell(text) if text.startswith(("#", "$", "[")) else new_code_cell(text)
            for text in cells
        ]
        path.write_text(writes(new_notebook(cells=made, metadata=SPEC)), encoding="utf-8")
        return path

    return make


def test_a_page_holds_everything_from_top_to_bottom(write, tmp_path, capsys):
    path = write("one.ipynb", "# One", "print(6 * 7)", "$$\\frac{\\lambda}{\\mu}$$")
    assert main(["page", "--yes", str(path), "-o", str(tmp_path / "out")]) == 0
    made = (tmp_path / "out" / "one.html").read_text(encoding="utf-8")
    assert ">42</pre>" in made
    assert "<mfrac>" in made, "a formula is typeset by the browser itself"
    assert 'class="reveal"' not in made
    assert "[1/1] Page: " in capsys.readouterr().out


def test_a_formula_that_cannot_be_read_stays_as_it_was_typed(write, tmp_path):
    path = write("one.ipynb", "# One", "$\\frac{$")
    assert main(["page", "--yes", str(path), "-o", str(tmp_path)]) == 0
    assert "<code>$\\frac{$</code>" in (tmp_path / "one.html").read_text(encoding="utf-8")


def test_one_that_fails_is_told_and_the_others_are_made(write, tmp_path, capsys):
    good, bad = write("good.ipynb", "# Good", "1"), write("bad.ipynb", "# Bad", "1 / 0")
    assert main(["slides", "--yes", str(bad), str(good), "-o", str(tmp_path / "out")]) == 1
    told = capsys.readouterr()
    assert "bad.ipynb: cell 2 of 2 fails: ZeroDivisionError" in told.err
    assert (tmp_path / "out" / "good.html").is_file()
    assert not (tmp_path / "out" / "bad.html").exists()


def test_a_book_links_what_it_has_and_nothing_else(write, tmp_path):
    one = write(
        "a_one.ipynb", "# One\n\nIn 10 minutes you can go on.", "[on](b_two.ipynb) [away](c_three.ipynb)"
    )
    two = write("b_two.ipynb", "# Two")
    out = tmp_path / "book"
    assert main(["book", "--yes", str(one), str(two), "-o", str(out)]) == 0
    first = (out / "a_one.html").read_text(encoding="utf-8")
    assert 'href="b_two.html"' in first
    assert ".ipynb" not in first
    assert "away" in first, "the words stay"
    deck = (out / "slides" / "a_one.html").read_text(encoding="utf-8")
    assert 'href="b_two.html"' in deck
    assert ".ipynb" not in deck
    index = (out / "index.html").read_text(encoding="utf-8")
    assert index.index("One") < index.index("Two")
    assert "10 minutes" in index
    assert (out / "slides" / "b_two.html").is_file()


def test_two_notebooks_of_one_name_are_not_written_over_each_other(write, tmp_path, capsys):
    one = write("one.ipynb", "# One")
    (tmp_path / "deep").mkdir()
    other = tmp_path / "deep" / "one.ipynb"
    other.write_bytes(one.read_bytes())
    assert main(["slides", "--yes", str(one), str(other), "-o", str(tmp_path / "out")]) == 1
    assert "Two notebooks are called one" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(["book", "--yes", str(one), str(other), "-o", str(tmp_path / "out")]) == 1
    assert "these are in several" in capsys.readouterr().err


def test_on_a_terminal_the_cells_are_counted(write, tmp_path, capsys, monkeypatch):
    path = write("one.ipynb", "# One", "1", "2")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert main(["page", "--yes", str(path), "-o", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "one: cell 3 of 3" in told
    assert told.endswith(" s)\n"), "the count is wiped away at the end"


def test_a_book_without_a_chapter_has_no_index(write, tmp_path):
    bad = write("bad.ipynb", "# Bad", "1 / 0")
    assert main(["book", "--yes", str(bad), "-o", str(tmp_path / "book")]) == 1
    assert not (tmp_path / "book" / "index.html").exists()


@pytest.mark.parametrize("command", ["slides", "page"])
def test_mistakes_are_told_in_a_sentence(command, tmp_path, capsys):
    assert main([command, str(tmp_path / "none.ipynb")]) == 1
    assert "There is no file" in capsys.readouterr().err
    (tmp_path / "x.ipynb").write_text("{}", encoding="utf-8")
    assert main([command, str(tmp_path / "x.ipynb"), "-o", str(tmp_path), "-j", "0"]) == 1
    assert "0 is too small" in capsys.readouterr().err
