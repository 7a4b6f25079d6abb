"""Limits on untrusted input: JSON, patterns, addresses, browser requests, and terminal text.

Every room can import this one; it imports none of them. ``docs/security.md`` describes each limit.
"""
