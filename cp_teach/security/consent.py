"""The error for a missing consent to run untrusted code."""


class NotAllowed(PermissionError):
    """The user has not allowed untrusted code to run on this machine. The message says what the code could do."""
