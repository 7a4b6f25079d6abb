"""Compilation by Numba, an optional dependency that is imported only when a loop is compiled."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

PATHS = ("auto", "compiled", "arrays", "reference")
"""How a study can be computed: the values of its ``path``."""


@cache
def have_numba() -> bool:
    """Return True if loops can be compiled (``pip install 'cp-teach[fast]'``)."""
    return find_spec("numba") is not None


def choose_path(path: str) -> str:
    """Return the path to take: "auto" becomes "compiled" with Numba and "arrays" without.

    Raises ``ValueError`` for an unknown path, and for "compiled" without Numba.
    """
    if path not in PATHS:
        raise ValueError(f"path must be one of {', '.join(PATHS)}, not {path!r}")
    if path == "compiled" and not have_numba():
        raise ValueError("Numba is not installed: pip install 'cp-teach[fast]', or path=\"arrays\"")
    return ("compiled" if have_numba() else "arrays") if path == "auto" else path


@cache
def compile_loop(loop: Callable[..., None], *called: Callable[..., Any]) -> Callable[..., None]:
    """Compile a loop and the functions called by it. The machine code is cached on disk.

    Raises ``ImportError`` if Numba is not installed.
    """
    from numba import njit
    from numba.extending import register_jitable

    for function in called:
        register_jitable(function)
    compiled: Callable[..., None] = njit(cache=True, nogil=True)(loop)
    return compiled
