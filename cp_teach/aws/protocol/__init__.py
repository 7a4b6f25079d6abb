"""The wire protocol: JSON, request validation, pagination, and errors."""
