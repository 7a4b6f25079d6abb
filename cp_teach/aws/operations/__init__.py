"""The 44 operations: each is a function of the Region's backend, the caller, and the validated request."""

from cp_teach.aws.operations.dispatch import OPERATIONS, perform

__all__ = ["OPERATIONS", "perform"]
