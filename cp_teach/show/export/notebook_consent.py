"""Notebook consent: only the kit's own lessons run without it, because any other notebook is untrusted code."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from cp_teach import resources
from cp_teach.security.consent import NotAllowed
from cp_teach.show.export.notebook_reader import read

IMPORTABLE = (".py", ".pyc", ".pyd", ".so", "_config.json")
"""Endings of files that a notebook's cells would import from its folder instead of the intended module."""
MOST = 20_000
"""A folder with more files than this is not searched, so a notebook in it needs consent."""
UNCONFINED = (
    "Its code would run on this machine as you, and nothing confines it, with or without bubblewrap: it can read "
    "everything that you can read, including your keys, write where you can write, and use your network."
)


def allow_notebook(path: Path, yes: bool) -> None:
    """Raise ``NotAllowed`` unless the notebook is a lesson of the kit, or ``yes`` is literally True."""
    if yes is not True and not is_lesson(path):
        raise NotAllowed(
            f"{path.name} is not an unchanged lesson of this kit. {UNCONFINED} Read it first; if you trust it, "
            "pass yes=True."
        )


def is_lesson(path: Path) -> bool:
    """Whether the notebook is in the kit's own folder, or is a copy of a lesson with the same cells in a folder from
    which nothing can be imported."""
    home, real = resources.notebooks().resolve(), path.resolve()
    if real.parent == home:
        return True
    lesson = home / real.name
    if not lesson.is_file() or _brings_code(real.parent):
        return False
    return _code(real) == _code(lesson)


def _brings_code(folder: Path) -> bool:
    """Whether something can be imported from a folder. Its subfolders count even without ``__init__.py``, because they
    can be parts of a namespace package that is usually missing, such as ``backports/zstd.py``."""
    seen = 0
    for _, folders, files in os.walk(folder, followlinks=True):
        folders[:] = [name for name in folders if name.isidentifier()]
        seen += len(files) + len(folders)
        if seen > MOST or any(name.lower().endswith(IMPORTABLE) for name in files):
            return True
    return False


def _code(path: Path) -> tuple[Any, ...]:
    """The kernel and the cells of a notebook, without the outputs of an earlier run."""
    notebook = read(path)
    kernel = notebook.metadata.get("kernelspec", {}).get("name", "python3")
    return kernel, *((cell.cell_type, cell.source) for cell in notebook.cells)
