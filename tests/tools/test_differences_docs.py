"""docs/differences.md has the readings and the differences of today."""

import differences_docs


def test_the_page_of_differences_is_current():
    page = differences_docs.PAGE.read_text(encoding="utf-8")
    assert page == differences_docs.written(page), "run `python tools/differences_docs.py`"
