"""Colors, glyphs, and status words that widgets, diagrams, and charts share."""

from cp_teach.style.palette import PALETTE, Colour, sheet
from cp_teach.style.status import STATUSES, Status, status

__all__ = ["PALETTE", "STATUSES", "Colour", "Status", "sheet", "status"]
