"""Draw the rooms and their arrows into ``docs/design.md``: ``python tools/draw_rooms.py``."""

from __future__ import annotations

from structure import picture


def main() -> None:
    """Replace the picture between the two marks."""
    text = picture.DESIGN.read_text(encoding="utf-8")
    head, _, rest = text.partition(picture.BEGIN)
    _, _, tail = rest.partition(picture.END)
    new = f"{head}{picture.BEGIN}\n{picture.draw()}\n{picture.END}{tail}"
    picture.DESIGN.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
