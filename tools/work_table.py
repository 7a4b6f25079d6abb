"""Write the table of providers in docs/work.md from ``cp_teach/work/provider_checks/checks.toml``.

``python tools/work_table.py`` rewrites the part of the file between the two markers; a test compares.
"""

from __future__ import annotations

from pathlib import Path

from cp_teach.work.provider_checks.work_table import work_table

PAGE = Path(__file__).parents[1] / "docs" / "work.md"
BEGIN = "<!-- table: written by tools/work_table.py -->\n"
END = "<!-- end of the table -->\n"


def written(page: str) -> str:
    """The page with the table of today between its markers."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{work_table()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
