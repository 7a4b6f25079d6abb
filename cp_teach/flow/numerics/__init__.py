"""Numerical foundations: exact times, random-number streams, and compilation by Numba."""
