"""moto's way in: a backend, its responses and its URLs, in the shape that moto expects of a service."""
