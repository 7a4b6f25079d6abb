"""Read untrusted input within limits: JSON, YAML, files, numbers, and placeholders."""
