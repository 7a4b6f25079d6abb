"""How hard a text is to read: the Flesch-Kincaid grade, the school year for which it is written.

J. P. Kincaid, R. P. Fishburne, R. L. Rogers, B. S. Chissom: Derivation of New Readability Formulas for Navy Enlisted
Personnel, Research Branch Report 8-75, 1975:

    grade = 0.39 * words / sentences + 11.8 * syllables / words - 15.59
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple


class Reading(NamedTuple):
    """What was measured of a text."""

    words: int
    sentences: int
    syllables: int

    @property
    def length(self) -> float:
        """Words in a sentence, on average."""
        return self.words / max(1, self.sentences)

    @property
    def grade(self) -> float:
        """The Flesch-Kincaid grade."""
        return 0.39 * self.length + 11.8 * self.syllables / max(1, self.words) - 15.59


def syllables(word: str) -> int:
    """About how many syllables an English word has: its groups of vowels, without a silent e at the end."""
    if word.lower().startswith("pipeline"):
        return 2 + len(re.findall("[aeiou]", word.lower().removeprefix("pipeline")))
    word = re.sub(r"[^a-z]", "", word.lower())
    # "makes", "named" and "scheme" end in an e that is not spoken; "table", "wanted" and "releases" in one that is.
    silent = re.search(r"(?<![aeiouy])(e|(?<![td])ed|(?<![sxzc])(?<![sc]h)(?<!g)es)$", word)
    spoken = word[: silent.start()] if silent and not re.search(r"[^aeiouy]le[sd]?$", word) else word
    return max(1, len(re.findall(r"[aeiouy]+", spoken)))


def prose(markdown: str) -> list[str]:
    """The sentences of a cell: without code, links, tables, headings and what is folded away as HTML."""
    text = re.sub(r"```.*?```", "", markdown, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", "", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`[^`]*`", "it", text)
    lines = [line for line in text.splitlines() if not re.match(r"\s*(\||#)", line)]
    # A paragraph and a point of a list end where they end, whether or not a full stop says so.
    blocks = re.split(r"\n\s*\n|\n\s*(?:[-*]|\d+\.)\s+", "\n" + "\n".join(lines))
    pieces = [piece for block in blocks for piece in re.split(r"(?<=[.!?])[*_\")”]*\s+", block)]
    return [piece for piece in pieces if _words(piece)]


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z'’-]*", text)


def measure(cells: Iterable[str]) -> Reading:
    """What the prose of these cells measures, all together."""
    found = [sentence for cell in cells for sentence in prose(cell)]
    words = [word for sentence in found for word in _words(sentence)]
    return Reading(len(words), len(found), sum(map(syllables, words)))
