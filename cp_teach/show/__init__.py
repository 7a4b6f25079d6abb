"""The same pipeline to look at: console, drawings, timelines, fleets, slides. All is loaded when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cp_teach.show.console import Console
    from cp_teach.show.drawing import draw
    from cp_teach.show.fleet import fleet
    from cp_teach.show.timeline import timeline

_HOMES = {
    "Console": "cp_teach.show.console",
    "draw": "cp_teach.show.drawing",
    "fleet": "cp_teach.show.fleet",
    "timeline": "cp_teach.show.timeline",
}

__all__ = ["Console", "draw", "fleet", "timeline"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'cp_teach.show' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
