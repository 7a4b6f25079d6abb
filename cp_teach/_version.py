"""The version of the kit, in the one place that every room can import."""

__version__ = "0.1.0"
