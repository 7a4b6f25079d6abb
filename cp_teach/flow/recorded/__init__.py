"""Recorded histories: the lists of action and pipeline executions, read, fitted, summarized, and replayed."""

from cp_teach.flow.recorded.export_entry import BadHistory
from cp_teach.flow.recorded.recorded_history import Past, history

__all__ = ["BadHistory", "Past", "history"]
