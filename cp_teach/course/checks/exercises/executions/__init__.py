"""The exercises of lessons 07 to 09."""
