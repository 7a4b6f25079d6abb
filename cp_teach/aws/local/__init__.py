"""Real work behind AWS's API: artifacts in buckets, visible builds and deployments, and Lambda functions that run."""
