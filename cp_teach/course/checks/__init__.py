"""Checks of exercises: which conditions an answer meets, which it misses, and what to do about them."""
