"""Classroom: one instructor's run, shown live in many browsers: ``open_room(run)``."""

from cp_teach.classroom.server import Room, open_room

__all__ = ["Room", "open_room"]
