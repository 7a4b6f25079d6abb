"""The picture of the rooms in ``docs/design.md``: drawn from the contracts and the imports, so it cannot be wrong.

``python tools/draw_rooms.py`` writes it; the check compares it with the code.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator

from structure.sources import PACKAGE, ROOT, imports, module_name, python_files, room_of

DESIGN = ROOT / "docs" / "design.md"
BEGIN, END = "<!-- picture of the rooms: tools/draw_rooms.py -->", "<!-- end of the picture -->"


def layers() -> list[list[str]]:
    """Return the layers of the contract in ``pyproject.toml``, from high to low, each with its rooms."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    contract = next(each for each in contracts if each["type"] == "layers")
    return [[room.strip() for room in layer.replace(":", "|").split("|")] for layer in contract["layers"]]


def arrows() -> dict[str, set[str]]:
    """Return which room imports which, counting every import."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in python_files():
        room = room_of(module_name(path))
        for _, name in imports(path):
            if room and name.startswith(f"{PACKAGE}.") and room_of(name) != room:
                found[room].add(room_of(name))
    return found


def draw() -> str:
    """Return the Mermaid text: one box a layer, and an arrow from each room to the next rooms below that it imports.

    An arrow that follows from two others (``cli`` to ``engine`` through ``work``) is left out.
    """
    rooms = layers()
    below = arrows()
    lines = ["```mermaid", "flowchart TD"]
    for number, layer in enumerate(rooms):
        lines.append(f"  subgraph layer{number}[ ]")
        lines += [f"    {room}" for room in layer]
        lines.append("  end")
    known = {room for layer in rooms for room in layer}
    for layer in rooms:
        for room in layer:
            direct = below.get(room, set()) & known
            implied = {deep for each in direct for deep in _reachable(each, below)}
            lines += [f"  {room} --> {each}" for each in sorted(direct - implied)]
    return "\n".join([*lines, "```"])


def _reachable(room: str, below: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [room]
    while waiting:
        for each in below.get(waiting.pop(), set()) - reached:
            reached.add(each)
            waiting.append(each)
    return reached


def written() -> str:
    """Return the picture that ``docs/design.md`` has now."""
    _, _, rest = DESIGN.read_text(encoding="utf-8").partition(BEGIN + "\n")
    return rest.partition("\n" + END)[0]


def faults() -> Iterator[str]:
    """Yield a sentence if the picture in ``docs/design.md`` differs from the code."""
    if written() != draw():
        yield "docs/design.md: the picture of the rooms is not that of the code; run python tools/draw_rooms.py."
