"""Text of a template in which a part is unknown until a stack exists, such as an attribute or an import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Unresolved(str):
    """Text with unknown parts, written ``${name}``; ``names`` lists them. Otherwise it is an ordinary string.

    >>> value = concatenate(["s3://", unknown("Bucket"), "/site"])
    >>> value, value.names
    ('s3://${Bucket}/site', ('Bucket',))
    """

    names: tuple[str, ...]

    def __new__(cls, text: str, names: Iterable[str]) -> Unresolved:  # noqa: D102 - the class describes it
        value = super().__new__(cls, text)
        value.names = tuple(dict.fromkeys(names))
        return value

    def __getnewargs__(self) -> tuple[str, tuple[str, ...]]:  # type: ignore[override]  # a str has one argument
        return str(self), self.names


def unknown(name: str) -> Unresolved:
    """A value of which only the name is known."""
    return Unresolved(f"${{{name}}}", (name,))


def concatenate(parts: Iterable[str], delimiter: str = "") -> str:
    """The joined parts; unresolved if one of them is."""
    texts = list(parts)
    names = [name for text in texts for name in unknown_names(text)]
    joined = delimiter.join(texts)
    return Unresolved(joined, names) if names else joined


def unknown_names(value: Any) -> Iterator[str]:
    """The names of all unknown parts in a structure."""
    if isinstance(value, Unresolved):
        yield from value.names
    elif isinstance(value, dict):
        for item in value.values():
            yield from unknown_names(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from unknown_names(item)


def unknown_places(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(path, name) of each unknown part in a structure, such as ``("artifactStore.location", "Bucket")``."""
    if isinstance(value, Unresolved):
        for name in value.names:
            yield place, name
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unknown_places(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from unknown_places(item, f"{place}[{number}]")
