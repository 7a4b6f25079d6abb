"""Pages of a list. A token says where the next page begins, and fits no other question."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any, TypeVar

from cp_teach.aws.protocol.errors import AwsError

Item = TypeVar("Item")


def page(
    items: Sequence[Item],
    token: str | None,
    limit: int | None,
    question: object,
    *,
    most: int = 100,
    newest_first: bool = False,
) -> tuple[list[Item], str | None]:
    """One page of ``items`` and the token of the next one.

    ``question`` is what was asked, without the token and the limit: a token of another question is foreign, and
    raises InvalidNextTokenException. With ``newest_first`` the list, oldest first, is read from its end; what
    arrives between two pages then moves nothing.
    """
    size = limit or most
    start = _read(token, question) if token else (len(items) if newest_first else 0)
    if start > len(items):
        raise _foreign(token)
    if newest_first:
        end = max(0, start - size)
        return list(reversed(items[end:start])), _write(end, question) if end else None
    end = start + size
    return list(items[start:end]), _write(end, question) if end < len(items) else None


def _write(place: int, question: object) -> str:
    return base64.urlsafe_b64encode(f"{place}:{_mark(place, question)}".encode()).decode()


def _read(token: str, question: object) -> int:
    try:
        place, _, mark = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        found = int(place)
    except ValueError:
        raise _foreign(token) from None
    if mark != _mark(found, question) or found < 0:
        raise _foreign(token)
    return found


def _mark(place: int, question: object) -> str:
    return hashlib.blake2b(f"{place}/{question!r}".encode(), digest_size=12).hexdigest()


def _foreign(token: Any) -> AwsError:
    return AwsError("InvalidNextTokenException", f"The next token '{token}' is not valid for this request.")
