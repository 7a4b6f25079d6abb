"""Levels to practise on: their files, goals, moves, solver, and proof."""
