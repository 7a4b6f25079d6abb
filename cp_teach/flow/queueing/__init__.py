"""Tandem queues: stations in series, for which queueing theory has formulas."""
