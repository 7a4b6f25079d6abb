"""The questions of lessons 10 to 12."""
