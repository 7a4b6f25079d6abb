"""The core loops, compiled where Numba is installed; it is looked for when they are first wanted."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any


@cache
def have_numba() -> bool:
    """True where loops can be compiled (``pip install 'cp-teach[fast]'``)."""
    return find_spec("numba") is not None


@cache
def compiled(loop: Callable[..., None], *needs: Callable[..., Any]) -> Callable[..., None]:
    """That loop, with the functions that it calls, as machine code; it is kept on disk for the next time.

    Raises ``ImportError`` without Numba.
    """
    from numba import njit
    from numba.extending import register_jitable

    for function in needs:
        register_jitable(function)
    made: Any = njit(cache=True, nogil=True)(loop)
    return made  # type: ignore[no-any-return]  # Numba has no types
