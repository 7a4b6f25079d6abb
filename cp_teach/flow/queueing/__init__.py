"""Tandem queues, for which queueing theory knows the answers."""
