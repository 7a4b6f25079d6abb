"""Artifacts: the store, zip files, and the artifacts of jobs."""
