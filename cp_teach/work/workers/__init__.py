"""Job workers: Jenkins, partners, and Lambda functions, each in its own process."""
