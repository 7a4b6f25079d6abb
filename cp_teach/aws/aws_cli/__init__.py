"""The real AWS CLI, restricted to the kit's own servers: its environment, guard, fork server, and ``%%aws``."""
