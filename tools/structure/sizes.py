"""Sizes: at most 12 modules in a folder and 400 lines in a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from structure.sources import PACKAGE, ROOT, python_files

MODULES = 12
"""Modules in one folder (``__init__.py`` aside): a reader can scan a dozen names."""
LINES = 400
"""Lines in one file: a longer one has more than one responsibility."""
FOLDERS = (PACKAGE, "tools")


def faults() -> Iterator[str]:
    """Yield a sentence for each folder and each file that is too large."""
    counts: Counter[str] = Counter()
    for folder in FOLDERS:
        for path in python_files(folder):
            if path.name != "__init__.py":
                counts[str(path.parent.relative_to(ROOT))] += 1
    for name, count in sorted(counts.items()):
        if count > MODULES:
            yield f"{name}/ has {count} modules; at most {MODULES}: group them in folders."
    scripts = [path for path in (ROOT / PACKAGE).rglob("*.js") if "_share" not in path.parts]
    for path in (*python_files(), *python_files("tools"), *sorted(scripts)):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LINES:
            yield f"{path.relative_to(ROOT)} has {lines} lines; at most {LINES}: give it one responsibility."
