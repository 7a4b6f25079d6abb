"""A cursor over the words of a move or a goal condition, with errors that suggest the word that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from cp_teach.security.input.whole_number import whole_number


class Unreadable(ValueError):
    """A move or a condition of a level cannot be parsed. The message quotes the text and names what is allowed."""


class TokenCursor:
    """The tokens of a ``text`` and the position of the next one; ``stages`` are the stages that it can name."""

    def __init__(self, text: str, tokens: Sequence[str], stages: Iterable[str]) -> None:
        self.text, self.tokens, self.position = text, tokens, 0
        self.stages = list(dict.fromkeys(stages))

    @property
    def ended(self) -> bool:
        """Whether no token is left."""
        return self.position >= len(self.tokens)

    def peek(self, ahead: int = 0) -> str:
        """The next token, or one further ahead; "" after the last."""
        at = self.position + ahead
        return self.tokens[at] if at < len(self.tokens) else ""

    def next(self) -> str:
        """Take the next token. Raises ``Unreadable`` at the end."""
        if self.ended:
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
        """Take the name of a stage. Raises ``Unreadable`` for anything else."""
        token = self.next()
        if token not in self.stages:
            raise self.error(
                f"there is no stage {token!r}; the stages are {', '.join(self.stages)}"
                f"{did_you_mean(token, self.stages)}"
            )
        return token

    def expect_end(self) -> None:
        """Raise ``Unreadable`` if a token is left."""
        if not self.ended:
            raise self.error(f"{self.peek()!r} is one word too many")

    def error(self, problem: str) -> Unreadable:
        """The error to raise for a problem with this text."""
        return Unreadable(f"in {self.text!r} {problem}")


def did_you_mean(word: object, choices: Iterable[str]) -> str:
    """The end of an error message that suggests the closest choice; "" if none is close."""
    near = difflib.get_close_matches(str(word), list(choices), 1, 0.5)
    return f"; did you mean {near[0]!r}?" if near else ""
