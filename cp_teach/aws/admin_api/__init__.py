"""The admin API, which AWS does not have: the clock, planned failures, workers, the journal, and webhook calls."""
