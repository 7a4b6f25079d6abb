"""What `cp-teach run` tells while it goes on: each line of output, and each event in a sentence."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cp_teach.engine import ActionRow, Change


def indented(text: str) -> str:
    """The text with all lines after the first indented, so that none of them can imitate a line of the command."""
    return text.replace("\n", "\n      ")


class Teller:
    """Says what happens while it happens."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.over = threading.Event()
        """Set once it has been told how the execution ended, so that nothing is told after the summary; or when nobody
        can be told anything any more."""
        self.fault: OSError | None = None
        """Why not: whoever read this has gone (``| head``), or the disk is full."""
        self._lock = threading.Lock()

    def line(self, row: "ActionRow", text: str) -> None:
        """A line of an action's output."""
        if not self.quiet:
            self._say(f"  {row.action} | {text}")

    def heard(self, change: "Change") -> None:
        """Something happened to the pipeline."""
        from cp_teach.engine.model import events as e
        from cp_teach.show.view.tables import telling

        if change.kind != "did" or change.entry is None:
            return
        sentence, bad = telling(change.entry)
        self._say(f"{'✗' if bad else '·'} {sentence}")
        ends = e.ExecutionSucceeded | e.ExecutionFailed | e.ExecutionStopped | e.ExecutionCancelled
        if any(isinstance(event, ends) for event in change.entry.events):
            self.over.set()

    def _say(self, text: str) -> None:
        # Whoever calls is at work: the fault is kept for the thread that waits for the end.
        with self._lock:
            try:
                if self.fault is None:
                    print(indented(text), flush=True)
            except OSError as fault:
                self.fault = fault
                self.over.set()
