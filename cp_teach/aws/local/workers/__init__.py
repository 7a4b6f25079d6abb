"""Job workers for local pipelines: the pool that the process shares, and how a pipeline joins it."""
