"""The job-worker protocol, for custom actions and for third-party actions."""
