"""Model checking: the graph of all states that a pipeline can reach, invariants over it, and shortest paths."""

from cp_teach.explore.invariants import INVARIANTS, Invariant, Move
from cp_teach.explore.model_check import Counterexample, Verdict, check
from cp_teach.explore.move_kinds import DEFAULT_KINDS, KINDS
from cp_teach.explore.reachability import Unblocking, can_reach, is_stuck, path, who_can_unblock
from cp_teach.explore.state_graph import StateGraph, TooManyStates, explore

__all__ = [
    "DEFAULT_KINDS",
    "INVARIANTS",
    "KINDS",
    "Counterexample",
    "Invariant",
    "Move",
    "StateGraph",
    "TooManyStates",
    "Unblocking",
    "Verdict",
    "can_reach",
    "check",
    "explore",
    "is_stuck",
    "path",
    "who_can_unblock",
]

# Former names, for programs that import them.
DEFAULT = DEFAULT_KINDS
Moved = Move
Space = StateGraph
