"""The exception that ends an action with a failure."""

from __future__ import annotations


class ActionFailed(Exception):
    """An error in the input of an action. ``failure`` is AWS's failure type, ``message`` says what to do."""

    def __init__(self, message: str, failure: str = "JobFailed") -> None:
        super().__init__(message)
        self.message, self.failure = message, failure


def misconfigured(message: str) -> ActionFailed:
    """An error in the action's own configuration."""
    return ActionFailed(message, "ConfigurationError")
