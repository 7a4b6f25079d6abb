"""The yes that is asked for before a stranger's code runs."""


class NotAllowed(PermissionError):
    """There is no yes to running a stranger's code on this machine. The message says what it could do."""
