"""Real work behind AWS's API: artifacts in buckets, builds and deployments to look up, Lambda functions that run."""
