"""A pipeline behind the API as an object like a Run: over the admin API, or by polling."""
