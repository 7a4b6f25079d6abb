"""Pages of a list. A token contains the start of the next page, and is valid for one query only."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import TypeVar

from cp_teach.aws.protocol.errors import AwsError

Item = TypeVar("Item")


def page(
    items: Sequence[Item],
    token: str | None,
    limit: int | None,
    query: object,
    *,
    most: int = 100,
    newest_first: bool = False,
) -> tuple[list[Item], str | None]:
    """One page of ``items`` and the token of the next page; None after the last one.

    ``query`` identifies the request without its token and limit. With ``newest_first``, the items, oldest first, are
    read from the end, so items that arrive between two pages do not shift the pages.

    Raises InvalidNextTokenException for the token of another query.
    """
    size = limit or most
    start = _read(token, query) if token else (len(items) if newest_first else 0)
    if start > len(items):
        raise _invalid_token(token)
    if newest_first:
        end = max(0, start - size)
        return list(reversed(items[end:start])), _write(end, query) if end else None
    end = start + size
    return list(items[start:end]), _write(end, query) if end < len(items) else None


def _write(start: int, query: object) -> str:
    return base64.urlsafe_b64encode(f"{start}:{_checksum(start, query)}".encode()).decode()


def _read(token: str, query: object) -> int:
    try:
        number, _, checksum = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
        start = int(number)
    except ValueError:
        raise _invalid_token(token) from None
    if checksum != _checksum(start, query) or start < 0:
        raise _invalid_token(token)
    return start


def _checksum(start: int, query: object) -> str:
    return hashlib.blake2b(f"{start}/{query!r}".encode(), digest_size=12).hexdigest()


def _invalid_token(token: str | None) -> AwsError:
    return AwsError("InvalidNextTokenException", f"The next token '{token}' is not valid for this request.")
