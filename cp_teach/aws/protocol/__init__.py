"""The wire protocol: requests, answers, pages, errors, and the principal that calls."""
