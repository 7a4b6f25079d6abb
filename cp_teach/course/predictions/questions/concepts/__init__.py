"""The questions of lessons 00 to 03."""
