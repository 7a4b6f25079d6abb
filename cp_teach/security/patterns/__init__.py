"""Match untrusted patterns in a limited number of steps: regular expressions and wildcards."""
