"""Processes of untrusted commands: how they start, how they are measured, and how all of them end."""
