"""The questions of lessons 04 to 06."""
