"""How the kit looks: one palette, one set of glyphs and status words, for widget, pictures and plots alike."""

from cp_teach.style.palette import PALETTE, Colour, sheet
from cp_teach.style.status import STATUSES, Status, status

__all__ = ["PALETTE", "STATUSES", "Colour", "Status", "sheet", "status"]
