"""Charts of a study as SVG, each with its table and a description."""

from cp_teach.flow.charts.control_chart import control_chart
from cp_teach.flow.charts.cumulative_flow import cumulative_flow
from cp_teach.flow.charts.lead_times import lead_times
from cp_teach.flow.charts.sensitivity import sensitivity
from cp_teach.flow.charts.side_by_side import side_by_side
from cp_teach.flow.charts.stage_gantt import occupancy

__all__ = ["control_chart", "cumulative_flow", "lead_times", "occupancy", "sensitivity", "side_by_side"]
