"""Links from one notebook to another, in pages and slides: they lead to what was made of it, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

LINK = re.compile(r'<a\b[^>]*?href="([^":/#]+)\.ipynb(#[^"]*)?"[^>]*>(.*?)</a>', re.DOTALL)


def linked(known: Collection[str]) -> Callable[[str], str]:
    """Mends HTML in which notebooks refer to each other. ``known`` are those that were made together, by their names
    without ending: a link leads to their page. The link to any other notebook would end in nothing, so its words stay
    and the link goes."""

    def mend(html: str) -> str:
        return LINK.sub(
            lambda m: f'<a href="{m[1]}.html{m[2] or ""}">{m[3]}</a>' if m[1] in known else m[3], html
        )

    return mend
