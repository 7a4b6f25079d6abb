"""The store behind ``cp-teach serve --state``: written before a client is answered, opened after any damage."""
