"""The Run: a pipeline with its journal, clock, worker, and listeners."""
