"""Pictures of a pipeline: console, drawings, timelines, deployments, slides. Each module loads on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cp_teach.show.console.widget import Console
    from cp_teach.show.diagrams.deployment_cards import fleet
    from cp_teach.show.diagrams.gantt import timeline
    from cp_teach.show.diagrams.svg import draw

_HOMES = {
    "Console": "cp_teach.show.console.widget",
    "draw": "cp_teach.show.diagrams.svg",
    "fleet": "cp_teach.show.diagrams.deployment_cards",
    "timeline": "cp_teach.show.diagrams.gantt",
}

__all__ = ["Console", "draw", "fleet", "timeline"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'cp_teach.show' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
