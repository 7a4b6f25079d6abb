"""The store behind ``cp-teach serve --state``: it saves changes before clients are answered, and it can open after
damage."""
