"""Checks of the actions that are simulated beside real work: their configuration, and the files that they read."""
