"""The questions of lessons 07 to 09."""
