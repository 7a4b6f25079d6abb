"""The configuration of one service: its settings and its clock."""
