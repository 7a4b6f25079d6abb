"""Servers on loopback that answer as AWS does: the server of a process, runs that it serves, and the sandbox."""
