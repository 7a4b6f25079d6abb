"""The scenarios of lessons 07 to 09."""
