"""Charts of a study as SVG, each with its table and a description."""

from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.charts.control_chart import ControlChart, control_chart
from cp_teach.flow.charts.cumulative_flow import CumulativeFlow, cumulative_flow
from cp_teach.flow.charts.lead_times import LeadTimes, lead_times
from cp_teach.flow.charts.sensitivity import Sensitivity, sensitivity
from cp_teach.flow.charts.side_by_side import SideBySide, side_by_side
from cp_teach.flow.charts.stage_gantt import Occupancy, occupancy

__all__ = [
    "ControlChart",
    "CumulativeFlow",
    "LeadTimes",
    "Occupancy",
    "Picture",
    "Sensitivity",
    "SideBySide",
    "control_chart",
    "cumulative_flow",
    "lead_times",
    "occupancy",
    "sensitivity",
    "side_by_side",
]
