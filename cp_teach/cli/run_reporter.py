"""The progress report of `cp-teach run`: lines of output, and a sentence for each event."""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cp_teach.engine import ActionRow, Change


def indented(text: str) -> str:
    """Indent all lines after the first, so that they cannot imitate lines of the command."""
    return text.replace("\n", "\n      ")


class RunReporter:
    """Prints the progress of a run."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.ended = threading.Event()
        """Set when the end of the execution has been reported, or when the output can no longer be written."""
        self.output_error: OSError | None = None
        """Why the output cannot be written: the reader is gone (``| head``), or the disk is full."""
        self._lock = threading.Lock()

    def line(self, row: "ActionRow", text: str) -> None:
        """Print a line of an action's output."""
        if not self.quiet:
            self._print(f"  {row.action} | {text}")

    def on_change(self, change: "Change") -> None:
        """Print a sentence for a change; a listener of the run."""
        from cp_teach.engine.model import events as e
        from cp_teach.show.view.tables import announcement

        if change.kind != "did" or change.entry is None:
            return
        sentence, is_error = announcement(change.entry)
        self._print(f"{'✗' if is_error else '·'} {sentence}")
        ends = e.ExecutionSucceeded | e.ExecutionFailed | e.ExecutionStopped | e.ExecutionCancelled
        if any(isinstance(event, ends) for event in change.entry.events):
            self.ended.set()

    def _print(self, text: str) -> None:
        # The caller is a worker thread, so the main thread reports an error.
        with self._lock:
            try:
                if self.output_error is None:
                    print(indented(text), flush=True)
            except OSError as fault:
                self.output_error = fault
                self.ended.set()
