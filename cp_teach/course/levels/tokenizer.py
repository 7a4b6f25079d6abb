"""A cursor over the words of a goal condition, with errors that suggest the word that was meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from cp_teach.pipeline import Pipeline
from cp_teach.security.input.whole_number import whole_number

TOKEN = re.compile(r"[()]|Didn't Run|[^\s()]+")


class Unreadable(ValueError):
    """A move or a condition of a level cannot be parsed. The message quotes the text and names what is allowed."""


class TokenCursor:
    """The tokens of one condition and the position of the next one."""

    def __init__(self, text: str, pipelines: Sequence[Pipeline]) -> None:
        self.text, self.pipelines, self.position = text, pipelines, 0
        self.tokens: list[str] = TOKEN.findall(text)

    def peek(self, ahead: int = 0) -> str:
        """The next token, or one further ahead; "" after the last."""
        at = self.position + ahead
        return self.tokens[at] if at < len(self.tokens) else ""

    def next(self) -> str:
        """Take the next token. Raises ``Unreadable`` at the end."""
        if self.position >= len(self.tokens):
            raise self.error("it ends too early")
        self.position += 1
        return self.tokens[self.position - 1]

    def take(self, token: str) -> bool:
        """Take this token if it comes next."""
        if self.peek() != token:
            return False
        self.position += 1
        return True

    def number(self) -> int:
        """Take the number of an execution. Raises ``Unreadable`` for anything else."""
        token = self.next()
        number = whole_number(token)
        if not number:
            raise self.error(f"{token!r} is not the number of an execution")
        return number

    def choice(self, choices: Sequence[str]) -> str:
        """Take one of these tokens. Raises ``Unreadable`` for anything else."""
        token = self.next()
        if token not in choices:
            raise self.error(f"{token!r} is not one of {', '.join(choices)}{did_you_mean(token, choices)}")
        return token

    def stage_name(self) -> str:
        """Take the name of a stage. Raises ``Unreadable`` if no pipeline of the level has it."""
        token = self.next()
        stages = list(dict.fromkeys(stage.name for pipeline in self.pipelines for stage in pipeline.stages))
        if token not in stages:
            raise self.error(
                f"there is no stage {token!r}; the stages are {', '.join(stages)}{did_you_mean(token, stages)}"
            )
        return token

    def error(self, problem: str) -> Unreadable:
        """The error to raise for a problem with this condition."""
        return Unreadable(f"in {self.text!r} {problem}")


def did_you_mean(word: object, choices: Iterable[str]) -> str:
    """The end of an error message that suggests the closest choice; "" if none is close."""
    near = difflib.get_close_matches(str(word), list(choices), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
