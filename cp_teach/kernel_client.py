"""Tells whether a person at a page with widgets, or a program that writes a file, runs a notebook's cell."""

from __future__ import annotations

import os
import sys


def runs_unattended() -> bool:
    """Whether a program runs this cell, such as ``jupyter nbconvert --execute``, which cannot answer ``input()``.

    A widget in the file would need a network to be drawn, and no kernel would answer it. Voilà runs cells in the same
    way, but shows them to a person while the kernel lives.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if (
        shell is None
        or not hasattr(shell, "get_parent")
        or os.environ.get("SERVER_SOFTWARE", "").startswith("voila")
    ):
        return False
    request = shell.get_parent() or {}
    return request.get("content", {}).get("allow_stdin") is False
