"""The scenarios of lessons 00 to 03."""
