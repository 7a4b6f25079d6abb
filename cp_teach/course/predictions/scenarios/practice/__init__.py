"""The scenarios of lessons 10 to 12."""
