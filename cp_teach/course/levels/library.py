"""The levels of the kit, and levels from files of the learner's own."""

from __future__ import annotations

from pathlib import Path

from cp_teach import resources
from cp_teach.course.levels.level import Level
from cp_teach.course.levels.level_parser import read_level


def levels(folder: Path | None = None) -> dict[str, Level]:
    """All levels of a folder (default: the kit's) by name, in the order of their names.

    Raises ``BadLevel`` for a file with a mistake.
    """
    return {path.stem: read_level(path) for path in sorted((folder or _folder()).glob("*.toml"))}


def load_level(name: str | Path) -> Level:
    """A level of the kit by its name, such as "05-hold-a-change"; or a file of your own, ending in ``.toml``.

    Raises ``BadLevel`` with the line and the key of a mistake, or ``FileNotFoundError`` with the names of the kit.
    """
    path = Path(name)
    if path.suffix != ".toml":
        path = _folder() / f"{name}.toml"
    if not path.is_file():
        names = ", ".join(sorted(each.stem for each in _folder().glob("*.toml")))
        raise FileNotFoundError(f"there is no level {str(name)!r}; the kit has: {names}")
    return read_level(path)


def _folder() -> Path:
    return resources.data() / "levels"
