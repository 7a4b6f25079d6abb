"""Matching a stranger's pattern in a bounded number of steps: regular expressions and wildcards."""
