"""The scenarios of lessons 04 to 06."""
