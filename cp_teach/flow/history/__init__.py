"""A real history: what list-action-executions and list-pipeline-executions tell, fitted, counted and played again."""

from cp_teach.flow.history.entry import BadHistory
from cp_teach.flow.history.past import Past, history

__all__ = ["BadHistory", "Past", "history"]
