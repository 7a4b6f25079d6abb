"""The settings and the store that the next backend is made with; set while a mock or a server runs."""

from __future__ import annotations

from cp_teach.aws.config.settings import Settings
from cp_teach.aws.persistence.store import Store

_settings: list[Settings] = []
_stores: list[Store] = []


def settings() -> Settings:
    """The settings in force; the plain ones where nobody chose."""
    if not _settings:
        _settings.append(Settings())
    return _settings[-1]


def choose(chosen: Settings) -> None:
    """Put settings in force."""
    _settings.append(chosen)


def unchoose(chosen: Settings) -> None:
    """Take settings out of force again."""
    if chosen in _settings:
        _settings.remove(chosen)


def chosen() -> bool:
    """True while a mock or a server needs our backend."""
    return bool(_settings)


def store() -> Store | None:
    """The store in force; None where nothing is kept."""
    return _stores[-1] if _stores else None


def keep(kept: Store) -> None:
    """Put a store in force."""
    _stores.append(kept)


def unkeep(kept: Store) -> None:
    """Take a store out of force again."""
    if kept in _stores:
        _stores.remove(kept)
