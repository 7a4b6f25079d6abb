"""Simulated work: durations, rules, schedules, and test providers."""
