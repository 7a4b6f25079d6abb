"""Reading a condition word by word: what was expected, what there is, and what may have been meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from cp_teach.pipeline import Pipeline
from cp_teach.security.input.whole_number import whole_number

FORMS = (
    "execution N is STATUS",
    "execution N waits at STAGE",
    "execution N is in STAGE",
    "execution N entered|passed STAGE",
    "execution N failed in STAGE",
    "execution N was stopped",
    "STAGE has execution N",
    "STAGE has nothing",
    "STAGE is locked|free|enabled|disabled",
    "STAGE was retried|rolled back|skipped",
    "ACTION in STAGE is STATUS",
    "ACTION in STAGE ran N times",
    "N executions were released",
    "nothing is under way",
    "the pipeline is deleted",
    "the pipeline was edited",
    "answered",
)
WORD = re.compile(r"[()]|Didn't Run|[^\s()]+")


class Unreadable(ValueError):
    """A move or a condition of a level that cannot be understood; says what was read and what would do."""


class Words:
    """The words of one condition, and how far they have been read."""

    def __init__(self, text: str, pipelines: Sequence[Pipeline]) -> None:
        self.text, self.pipelines, self.at = text, pipelines, 0
        self.words: list[str] = WORD.findall(text)

    def peek(self, ahead: int = 0) -> str:
        """The word that comes, without taking it."""
        return self.words[self.at + ahead] if self.at + ahead < len(self.words) else ""

    def next(self) -> str:
        """Take the word that comes. Raises ``Unreadable`` at the end."""
        if self.at >= len(self.words):
            raise self.wrong("it ends too early")
        self.at += 1
        return self.words[self.at - 1]

    def take(self, *words: str) -> bool:
        """Take these words, if it is they that come."""
        if tuple(self.words[self.at : self.at + len(words)]) != words:
            return False
        self.at += len(words)
        return True

    def number(self) -> int:
        """Take the number of an execution."""
        word = self.next()
        number = whole_number(word)
        if not number:
            raise self.wrong(f"{word!r} is not the number of an execution")
        return number

    def word(self, known: Sequence[str]) -> str:
        """Take one of these words."""
        word = self.next()
        if word not in known:
            raise self.wrong(f"{word!r} is none of {', '.join(known)}{meant(word, known)}")
        return word

    def place(self) -> str:
        """Take the name of a stage."""
        word = self.next()
        known = list(dict.fromkeys(stage.name for p in self.pipelines for stage in p.stages))
        if word not in known:
            raise self.wrong(
                f"there is no stage {word!r}; the stages are {', '.join(known)}{meant(word, known)}"
            )
        return word

    def wrong(self, why: str = "") -> Unreadable:
        """What to raise: ``why``, or that the rest is not understood, with the forms there are."""
        told = why or f"{' '.join(self.words[self.at :]) or 'its end'!r} is not understood"
        forms = "" if why else f". A condition has one of these forms: {'; '.join(FORMS)}"
        return Unreadable(f"in {self.text!r} {told}{forms}")


def meant(word: str, known: Iterable[str]) -> str:
    """A guess at what was meant, for the end of a sentence."""
    near = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
