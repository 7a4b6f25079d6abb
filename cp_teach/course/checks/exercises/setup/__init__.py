"""The exercises of lessons 04 to 06."""
