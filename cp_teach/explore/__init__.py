"""Model checking: the graph of all states that a pipeline can reach, invariants over it, and shortest paths."""

from cp_teach.explore.invariants import INVARIANTS, Invariant, Moved
from cp_teach.explore.model_check import Counterexample, Verdict, check
from cp_teach.explore.move_kinds import DEFAULT, KINDS
from cp_teach.explore.reachability import Unblocking, can_reach, is_stuck, path, who_can_unblock
from cp_teach.explore.state_graph import Space, TooManyStates, explore

__all__ = [
    "DEFAULT",
    "INVARIANTS",
    "KINDS",
    "Counterexample",
    "Invariant",
    "Moved",
    "Space",
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
