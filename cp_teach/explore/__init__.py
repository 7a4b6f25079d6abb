"""Every state that a pipeline can reach: the graph of them, rules proved over it, and the fewest moves to a goal."""

from cp_teach.explore.check import Breach, Verdict, check
from cp_teach.explore.invariants import INVARIANTS, Change, Invariant
from cp_teach.explore.moves import DEFAULT, KINDS
from cp_teach.explore.space import Space, TooManyStates, explore

__all__ = [
    "DEFAULT",
    "INVARIANTS",
    "KINDS",
    "Breach",
    "Change",
    "Invariant",
    "Space",
    "TooManyStates",
    "Verdict",
    "check",
    "explore",
]
