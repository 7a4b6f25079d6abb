"""Colors, glyphs, and status words that widgets, diagrams, and charts share."""

from cp_teach.style.palette import PALETTE, Color, css_variables
from cp_teach.style.status import STATUSES, Status, status_style

__all__ = ["PALETTE", "STATUSES", "Color", "Status", "css_variables", "status_style"]

# Former names, for programs that import them.
Colour = Color
sheet = css_variables
status = status_style
