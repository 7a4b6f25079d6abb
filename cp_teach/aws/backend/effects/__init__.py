"""Side effects of a pipeline's events in the rest of the account: artifacts, approval messages, jobs, and events."""
