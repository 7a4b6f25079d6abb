"""A real history: what list-action-executions and list-pipeline-executions tell, fitted, counted and played again."""

from cp_teach.flow.recorded.export_entry import BadHistory
from cp_teach.flow.recorded.recorded_history import Past, history

__all__ = ["BadHistory", "Past", "history"]
