"""Servers on loopback that answer as AWS does, the sandbox, and the admin API."""
