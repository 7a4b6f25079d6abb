"""The real AWS CLI, restricted to the kit's own servers: environment, guard, fork server, and the ``%%aws`` magic."""
