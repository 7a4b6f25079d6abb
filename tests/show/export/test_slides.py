"""Slides: how a notebook is cut, what its cells become, and that the page holds nothing that could be fetched."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from cp_teach import resources
from cp_teach.show.export.book import chapter_number
from cp_teach.show.export.cell_html import Cells, coloured
from cp_teach.show.export.notebook_reader import read
from cp_teach.show.export.notebook_runner import ExecutedNotebook
from cp_teach.show.export.page_outline import Outline
from cp_teach.show.export.sanitize_html import clean
from cp_teach.show.export.slide_splitter import kind, parts, split
from cp_teach.show.export.slides import page, title
from cp_teach.show.offline.recording import MIME

GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00"  # only its first bytes are looked at


def typed(cell, slide_type):
    cell.metadata["slideshow"] = {"slide_type": slide_type}
    return cell


def md(text, slide_type=None):
    return typed(new_markdown_cell(text), slide_type) if slide_type else new_markdown_cell(text)


def cut(*cells):
    return [[(piece.source, piece.kind) for piece in slide.pieces] for slide in split(list(cells))]


# -- cutting ------------------------------------------------------------------------------------------------------
def test_without_metadata_each_heading_of_level_1_or_2_opens_a_slide():
    assert cut(md("# A\n\nx\n\n## B\n\n### C"), new_code_cell("1"), md("## D")) == [
        [("# A\n\nx\n", "plain")],
        [("## B\n\n### C", "plain"), ("1", "plain")],
        [("## D", "plain")],
    ]


def test_a_heading_in_a_fence_opens_nothing():
    text = "# A\n```python\n# B\n## C\n```\n~~~\n# D\n```\n# E\n~~~\n# F"
    assert [part.splitlines()[0] for _, part in parts(text)] == ["# A", "# F"]
    assert parts("intro\n#hashtag\n    # code")[0] == (False, "intro\n#hashtag\n    # code")


def test_metadata_rules_where_there_is_some():
    cells = [
        md("# A\n\n## B", "slide"),
        md("more", "-"),
        md("later", "fragment"),
        md("below", "subslide"),
        md("not this", "skip"),
        md("say this", "notes"),
    ]
    assert cut(*cells) == [
        [("# A\n\n## B", "plain"), ("more", "plain"), ("later", "fragment")],
        [("below", "plain"), ("say this", "notes")],
    ]


def test_notes_alone_do_not_stop_headings_from_cutting():
    assert cut(md("# A"), md("psst", "notes"), md("## B")) == [
        [("# A", "plain"), ("psst", "notes")],
        [("## B", "plain")],
    ]


def test_odd_metadata_and_empty_cells_do_no_harm():
    odd = md("x")
    odd.metadata["slideshow"] = "slide"
    gone = new_code_cell("secret")
    gone.metadata["tags"] = ["remove-cell"]
    assert cut(odd, md("  \n"), new_code_cell(""), gone) == [[("x", "plain")]]
    assert split([]) == []


def test_a_slide_without_a_heading_has_the_last_one_and_a_solution_is_no_slide():
    cells = [
        md("# A\n\n```\n## no heading\n```", "slide"),
        new_code_cell("1"),
        typed(new_code_cell("2"), "subslide"),
        md("text\n\n### 3. B `c`", "slide"),
        typed(new_code_cell("3"), "subslide"),
        md("<details>\n<summary>Show a solution</summary>\n\n4\n</details>\n", "subslide"),
        md("## C", "slide"),
        md("5\n\n<details>6</details>", "subslide"),
    ]
    slides = split(cells)
    assert [slide.heading for slide in slides] == ["", "A", "A", "3. B `c`", "", "C"]
    assert [len(slide.pieces) for slide in slides] == [2, 1, 1, 2, 1, 1]
    made = page(ExecutedNotebook(new_notebook(cells=cells), None), Path("a.ipynb"))
    assert '<h2 class="again">3. B <code>c</code></h2>' in made, "a number at the beginning makes no list"


# -- cells ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def cells(tmp_path):
    return Cells(tmp_path, {"consoles": [3]})


def shown(cells, *outputs, tags=()):
    cell = new_code_cell("x = 1", outputs=list(outputs))
    cell.metadata["tags"] = list(tags)
    return cells.code(cell)


def display(**data):
    return new_output(
        "display_data", {key.replace("__", "/").replace("_xml", "+xml"): v for key, v in data.items()}
    )


def test_code_has_pygments_classes_and_keeps_its_text():
    made = coloured("def f(x):\n    return '<b>' # no")
    assert '<span class="k">def</span>' in made
    assert "&lt;b&gt;" in made
    assert '<span class="c1">' in made
    assert coloured("%%bash\necho") == coloured("%%bash\necho").strip()


def test_tags_hide_code_and_outputs(cells):
    out = new_output("stream", text="told")
    assert "x" in shown(cells, out)
    assert 'class="code"' not in shown(cells, out, tags=["remove-input"])
    assert '<details class="fold">' in shown(cells, out, tags=["hide-input"])
    assert "told" not in shown(cells, out, tags=["remove-output"])


def test_streams_and_errors_are_plain_text(cells):
    made = shown(cells, new_output("stream", name="stderr", text="\x1b[31m<red>\x1b[0m"))
    assert "&lt;red&gt;" in made
    assert "\x1b" not in made
    assert "error stream" in made
    assert "✗ KeyError: &lt;x&gt;" in shown(
        cells, new_output("error", ename="KeyError", evalue="<x>", traceback=[])
    )


def test_a_foreign_widget_falls_back_to_html_or_text(cells):
    widget = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "x"},
        "text/plain": "IntSlider(value=0)",
    }
    assert "IntSlider(value=0)" in shown(cells, new_output("display_data", widget))
    assert "<b>hi</b>" in shown(cells, new_output("display_data", {**widget, "text/html": "<b>hi</b>"}))


def test_a_console_becomes_the_place_of_its_replay_with_the_still_picture_inside(cells):
    data = {MIME: {"console": 0, "at": 7}, "text/html": "<p>still</p>"}
    made = shown(cells, new_output("display_data", data))
    assert (
        '<div class="cp-alive" data-cp-widget="console" data-recording="3" data-at="7" '
        'data-number="0" data-prevent-swipe><p>still</p></div>' in made
    )
    lost = {**data, MIME: {"console": 9, "at": 0}}
    assert "cp-replay" not in shown(cells, new_output("display_data", lost))


def test_of_a_console_that_can_be_drawn_the_words_are_not_shown_too(cells):
    data = {MIME: {"console": 0, "at": 7}, "text/html": "<p>still</p>", "text/plain": "the words"}
    assert "<p>still</p></div>" in shown(cells, new_output("display_data", data))
    del data["text/html"]
    assert "the words</pre></div>" in shown(cells, new_output("display_data", data))
    del data["text/plain"]
    assert "data-prevent-swipe></div>" in shown(cells, new_output("display_data", data))


def test_pictures_have_words(cells):
    made = shown(cells, display(image__png="QUJD\n", text__plain='<Figure "a">'))
    assert 'src="data:image/png;base64,QUJD"' in made
    assert 'alt="&lt;Figure &quot;a&quot;&gt;"' in made
    assert "<svg" in shown(cells, display(image__svg_xml="<svg/>"))
    assert "<em>" in shown(cells, display(text__markdown="*a*"))


# -- cleaning -----------------------------------------------------------------------------------------------------
FAR = "https://far.example/x"
FETCHING = [
    f'<script src="{FAR}"></script>',
    "<script>fetch('x')</script>",
    f'<link rel="stylesheet" href="{FAR}">',
    f'<img src="{FAR}">',
    f'<img src="//far.example/x" srcset="{FAR} 2x">',
    f'<iframe src="{FAR}"></iframe>',
    f'<video poster="{FAR}" src="{FAR}"><source srcset="{FAR}"></video>',
    f'<div style="background:url({FAR})"></div>',
    f"<style>@import '{FAR}'; b {{ background: url('{FAR}') }}</style>",
    f'<svg><image href="{FAR}" xlink:href="{FAR}"/><use href="{FAR}#a"/></svg>',
    f'<object data="{FAR}"></object><embed src="{FAR}">',
    f'<table background="{FAR}"></table>',
    f'<form action="{FAR}"><button formaction="{FAR}"></button></form>',
    f'<base href="{FAR}"><meta http-equiv="refresh" content="0;{FAR}">',
    f"<b onclick=\"location='{FAR}'\">x</b>",
]


@pytest.mark.parametrize("html", FETCHING)
def test_what_would_fetch_or_run_is_gone(html, tmp_path):
    made = clean(html, tmp_path)
    assert "far.example" not in made
    assert "fetch(" not in made


def test_links_of_the_author_stay_and_tricks_go(tmp_path):
    assert f'<a href="{FAR}">' in clean(f'<a href="{FAR}">x</a>', tmp_path)
    assert "javascript" not in clean('<a href=" javascript:alert(1)">x</a>', tmp_path)
    assert clean('<a href="#b">x</a>', tmp_path) == '<a href="#b">x</a>'


def test_pictures_of_the_folder_come_inside_and_no_others(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "a b.gif").write_bytes(GIF)
    (tmp_path / "secret.gif").write_bytes(GIF)
    (home / "notes.txt").write_text("private")
    assert 'src="data:image/gif;base64,R0lGOD' in clean('<img src="a%20b.gif" alt="dot">', home)
    for src in ("../secret.gif", str(tmp_path / "secret.gif"), "notes.txt", "gone.gif", ""):
        made = clean(f'<img src="{src}" alt="words">', home)
        assert "base64" not in made
        assert "not in this page: words" in made


def test_a_picture_that_comes_inside_has_no_other_sizes_to_fetch(tmp_path):
    (tmp_path / "a.gif").write_bytes(GIF)
    made = clean(f'<img src="a.gif" srcset="{FAR} 2x" alt="dot">', tmp_path)
    assert 'src="data:image/gif;base64,' in made
    assert "far.example" not in made


def test_words_for_readers_in_jupyterlab_are_not_exported(tmp_path):
    html = '<p>Stay. <span class="notebook-only">Press <b>Enter</b>.</span></p><p><i class="notebook-only">x</i></p>'
    assert clean(html, tmp_path).strip() == "<p>Stay. </p>"


ONLY_IN_A_NOTEBOOK = re.compile(
    r"shift \+ enter|in this folder|run (the|this) (next )?cell|where the comment is|restart the kernel|run all",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "notebook", sorted(resources.notebooks().glob("*.ipynb")), ids=lambda path: path.stem
)
def test_no_lesson_tells_a_reader_of_its_page_to_run_a_cell(notebook):
    cells = Cells(notebook.parent, None)
    for cell in read(notebook).cells:
        if cell.cell_type == "markdown" and kind(cell) != "notes":
            text = BeautifulSoup(cells.text(cell.source, cell), "html.parser").get_text(" ")
            found = ONLY_IN_A_NOTEBOOK.search(text)
            assert not found, f"mark it with the class notebook-only: {text}"


def test_the_words_for_jupyterlab_are_looked_for_where_they_are():
    first = read(resources.notebooks() / "00_welcome.ipynb").cells[0]
    assert ONLY_IN_A_NOTEBOOK.search(first.source.replace("*", ""))


def test_an_empty_header_of_a_table_is_no_header(tmp_path):
    made = clean("<table><tr><th> </th><th>a</th></tr></table>", tmp_path)
    assert made == "<table><tr><td> </td><th>a</th></tr></table>"


def test_a_table_in_the_text_scrolls_in_its_own_box(cells):
    made = cells.text("| a |\n|---|\n| 1 |", {})
    assert made.count('<div class="wide" tabindex="0"') == made.count("</table></div>") == 1


def test_a_heading_has_no_sign_of_a_link_behind_it(cells):
    assert "<h2>A <strong>bold</strong> title</h2>" in cells.text("## A **bold** title", {})


def test_a_section_of_the_author_is_no_slide(tmp_path):
    assert clean("<section>x</section>", tmp_path) == "<div>x</div>"


# -- the outline of a page ------------------------------------------------------------------------------------------
def test_headings_have_anchors_as_jupyter_makes_them_and_no_anchor_twice(cells):
    outline = Outline()
    made = outline.add(cells.text("# A <b>title</b>\n\nOne.\n\n## Again\n\nTwo.", {}))
    made += outline.add(cells.text("Three.\n\n## Again\n\n### Deep & down", {}))
    assert re.findall(r'<h\d id="([^"]*)"', made) == ["A-title", "Again", "Again-2", "Deep-&amp;-down"]
    assert [(section.heading.anchor, section.text) for section in outline.sections] == [
        ("A-title", "One."),
        ("Again", "Two. Three."),
        ("Again-2", ""),
        ("Deep-&-down", ""),
    ]
    assert 'href="#Deep-&amp;-down">Deep &amp; down</a>' in outline.contents()
    assert "A title" not in outline.contents()
    assert Outline().contents() == ""


def test_a_chapter_has_the_number_of_its_file():
    names = ("00_welcome", "12-quotas", "practice", "2024report")
    assert [chapter_number(Path(f"{name}.ipynb")) for name in names] == ["0", "12", "", ""]


# -- the page -----------------------------------------------------------------------------------------------------
def requests(html):
    """Every address in a place that a browser would fetch from."""
    found = re.findall(
        r"""<[^>]+\s(?:src|srcset|poster|data|xlink:href)\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", html
    )
    found += re.findall(r"""<(?!a\b|area\b)[^>]+\shref\s*=\s*["']?((?:https?:)?//[^"'\s>]+)""", html)
    found += re.findall(r"""url\(\s*["']?((?:https?:)?//[^"')\s]+)""", html)
    return found + re.findall(
        r"""(?:@import|\bimport\b[^;\n]{0,80}from|\bimport\s*\()\s*["'](https?://[^"']+)""", html
    )


def test_the_search_for_requests_finds_them():
    for html in FETCHING[:1] + FETCHING[2:4] + FETCHING[7:10]:
        assert requests(html), html
    assert requests('import x from "https://far.example/x.js"')
    assert not requests(f'<a href="{FAR}">x</a>')


def test_the_page_has_no_address_to_fetch_and_its_scripts_once():
    notebook = new_notebook(cells=[md("# A"), *(new_code_cell("c", outputs=[console(n)]) for n in range(3))])
    recordings = {"consoles": [0, 0, 0], "pool": [], "recordings": [[{"sentence": "</script><!-- x"}]]}
    made = page(ExecutedNotebook(notebook, recordings), Path("a.ipynb"))
    assert requests(made) == []
    assert made.count('class="cp-alive"') == 3
    assert made.count("class Picture") == 1
    assert made.count("class Replay") == 1
    assert "sourceMappingURL" not in made
    assert "</script><!-- x" not in made
    assert "default-src 'none'" in made
    for word in ("require.js", "jquery", "mathjax", "mermaid"):
        assert word not in made.lower()


def console(number):
    return new_output("display_data", {MIME: {"console": number, "at": 0}, "text/html": "<p>still</p>"})


def test_a_page_has_a_title_and_a_first_heading():
    assert title(new_notebook(cells=[md("text\n\n# A *fine* `title` #")]), Path("a.ipynb")) == "A fine title"
    assert title(new_notebook(), Path("a.ipynb")) == "a"
    assert title(new_notebook(metadata={"title": " T "}), Path("a.ipynb")) == "T"
    made = page(ExecutedNotebook(new_notebook(cells=[md("## No first")]), None), Path("a<b.ipynb"))
    assert '<h1 class="unseen">a&lt;b</h1>' in made
    assert "nothing to show" in page(ExecutedNotebook(new_notebook(), None), Path("a.ipynb"))


def test_attached_pictures_are_shown():
    cell = md("![dot](attachment:a.gif)")
    cell["attachments"] = {"a.gif": {"image/gif": "R0lGODlh"}}
    made = page(ExecutedNotebook(new_notebook(cells=[cell]), None), Path("a.ipynb"))
    assert "data:image/gif;base64,R0lGODlh" in made
