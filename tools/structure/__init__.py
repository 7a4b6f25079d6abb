"""Checks of the code's structure: sizes, names, words, and the picture of the rooms in ``docs/design.md``."""
