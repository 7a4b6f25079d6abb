"""What ends an action with a failure, from wherever it is found."""

from __future__ import annotations


class Wrong(Exception):
    """A fault of an action's input. ``failure`` is AWS's failure type, ``message`` says what to do about it."""

    def __init__(self, message: str, failure: str = "JobFailed") -> None:
        super().__init__(message)
        self.message, self.failure = message, failure


def misconfigured(message: str) -> Wrong:
    """A fault of the action's own configuration."""
    return Wrong(message, "ConfigurationError")
