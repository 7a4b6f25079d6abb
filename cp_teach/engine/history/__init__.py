"""The journal of a run, and the read model that is folded from it."""
