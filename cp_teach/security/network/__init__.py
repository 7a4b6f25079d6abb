"""Checks of outgoing and incoming requests: addresses, keys, signatures, and browser origins."""
