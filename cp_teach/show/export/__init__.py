"""Exports: notebooks as slides, pages, and books that need no kernel and no network."""
