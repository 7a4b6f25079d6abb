"""The same pipeline to look at: the console widget, drawings, slides. Everything is loaded when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cp_teach.show.console import Console

_HOMES = {
    "Console": "cp_teach.show.console",
    "draw": "cp_teach.show.drawing",
    "view": "cp_teach.show.view",
}

__all__ = ["Console", "draw", "view"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'cp_teach.show' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
