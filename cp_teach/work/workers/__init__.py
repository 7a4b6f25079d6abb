"""Job workers: Jenkins, third parties, and Lambda functions in processes of their own."""
