"""Text of a template in which a part is unknown until a stack exists, such as an attribute or an import."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any


class Unresolved(str):
    """Text with unknown parts, written ``${name}``. Otherwise it is an ordinary string.

    ``names`` lists the unknown parts; ``roots`` lists the parameters, resources, and imports that they depend on.

    >>> value = concatenate(["s3://", unknown("Bucket"), "/site"])
    >>> value, value.names
    (<unknown: s3://${Bucket}/site>, ('Bucket',))
    """

    names: tuple[str, ...]
    roots: tuple[str, ...]

    def __new__(cls, text: str, names: Iterable[str], roots: Iterable[str] = ()) -> Unresolved:  # noqa: D102
        value = super().__new__(cls, text)
        value.names = tuple(dict.fromkeys(names))
        value.roots = tuple(dict.fromkeys(roots)) or value.names
        return value

    def __getnewargs__(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:  # type: ignore[override]
        return str(self), self.names, self.roots  # a str has one argument

    def __repr__(self) -> str:
        return f"<unknown: {self}>"

    @property
    def whole(self) -> bool:
        """Whether nothing of the text is known."""
        return self == f"${{{self.names[0]}}}"


def unknown(name: str, *sources: Any) -> Unresolved:
    """A value of which only the name is known. ``sources`` are the values from which it is made."""
    return Unresolved(f"${{{name}}}", (name,), unknown_roots(sources))


def concatenate(parts: Iterable[str], delimiter: str = "") -> str:
    """The joined parts; unresolved if one of them is."""
    texts = list(parts)
    return with_unknown_parts(delimiter.join(texts), texts)


def with_unknown_parts(text: str, sources: Any) -> str:
    """The text with the unknown parts of the values from which it is made, if they have any."""
    names = list(unknown_names(sources))
    return Unresolved(text, names, unknown_roots(sources)) if names else text


def unknown_places(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    """(path, name) of each unknown part in a structure, such as ``("ArtifactStore.Location", "Bucket")``."""
    if isinstance(value, Unresolved):
        for name in value.names:
            yield place, name
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unknown_places(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from unknown_places(item, f"{place}[{number}]")


def unknown_names(value: Any) -> Iterator[str]:
    """The names of all unknown parts in a structure."""
    for each in _unresolved(value):
        yield from each.names


def unknown_roots(value: Any) -> Iterator[str]:
    """The parameters, resources, and imports on which the unknown parts in a structure depend."""
    for each in _unresolved(value):
        yield from each.roots


def _unresolved(value: Any) -> Iterator[Unresolved]:
    if isinstance(value, Unresolved):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unresolved(key)
            yield from _unresolved(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _unresolved(item)
