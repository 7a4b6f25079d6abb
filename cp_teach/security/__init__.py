"""Bounds on what strangers send: JSON, patterns, addresses, browser requests, terminal text.

Every room can import this one; it imports none of them. What each bound promises is in ``docs/security.md``.
"""
