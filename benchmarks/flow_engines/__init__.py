"""The same superseding line in the ways in which others would write it, to compare with.

Each takes ``arrived`` (n,), ``service`` and ``fails`` (stations, n), and returns (delivered, failed, superseded, the
sum of the lead times, the last delivery): all have to tell the same.
"""
