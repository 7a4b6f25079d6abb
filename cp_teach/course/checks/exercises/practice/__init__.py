"""The exercises of lessons 10 to 12."""
