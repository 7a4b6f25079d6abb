"""A real history: what list-action-executions and list-pipeline-executions tell, fitted, counted and played again."""

from cp_teach.flow.past.entry import BadHistory
from cp_teach.flow.past.past import Past, history

__all__ = ["BadHistory", "Past", "history"]
