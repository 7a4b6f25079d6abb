"""Job workers for local pipelines: the pool of each server, and how a pipeline joins it."""
