"""Pictures of a study, each with its table."""

from cp_teach.flow.pictures.control_chart import ControlChart, control_chart
from cp_teach.flow.pictures.cumulative_flow import CumulativeFlow, cumulative_flow
from cp_teach.flow.pictures.lead_times import LeadTimes, lead_times
from cp_teach.flow.pictures.occupancy import Occupancy, occupancy
from cp_teach.flow.pictures.picture import Picture
from cp_teach.flow.pictures.sensitivity import Sensitivity, sensitivity
from cp_teach.flow.pictures.side_by_side import SideBySide, side_by_side

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
