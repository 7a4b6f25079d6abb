"""The 44 operations, a file for each noun. Each is a function of the region, the caller and the checked request."""

from cp_teach.aws.operations.dispatch import OPERATIONS, perform

__all__ = ["OPERATIONS", "perform"]
