"""Words: the private vocabulary that code and messages must not use, listed in ``words.toml``."""

from __future__ import annotations

import io
import re
import tokenize
import tomllib
from collections.abc import Iterator
from pathlib import Path

from structure.sources import ROOT, is_content, python_files

LIST = Path(__file__).with_name("words.toml")
_TEXT = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}


def faults() -> Iterator[str]:
    """Yield a sentence for each word of the list in a name, a comment, a docstring, or a message."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    names: dict[str, str] = listed["names"]
    modules: dict[str, str] = listed["modules"]
    texts: dict[str, str] = listed["texts"]
    allowed: dict[str, list[str]] = listed["allowed"]
    pattern = re.compile(r"\b(" + "|".join(texts) + r")\b", re.IGNORECASE)
    for path in python_files():
        where = path.relative_to(ROOT).as_posix()
        if path.stem in modules:
            yield f"{where}: the name {path.stem!r} does not say what is in it; {modules[path.stem]}"
        if is_content(path):
            continue
        source = io.StringIO(path.read_text(encoding="utf-8"))
        for token in tokenize.generate_tokens(source.readline):
            line = token.start[0]
            if token.string in allowed.get(where, ()):
                continue
            if token.type == tokenize.NAME and token.string.strip("_") in names:
                advice = names[token.string.strip("_")]
                yield f"{where}:{line}: the name {token.string!r} is private vocabulary; {advice}"
            elif token.type in _TEXT:
                for match in pattern.finditer(token.string):
                    line += token.string.count("\n", 0, match.start())
                    advice = next(text for word, text in texts.items() if re.fullmatch(word, match[0], re.I))
                    yield f"{where}:{line}: {match[0]!r}: {advice}"
                    line = token.start[0]
