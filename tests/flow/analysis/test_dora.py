"""Where a value lies among DORA's clusters of 2024, at every border."""

import math

import pytest

from cp_teach.flow.analysis.dora_clusters import CLUSTERS, MONTH, describe_clusters, find_clusters

DAY, WEEK = 1440, 7 * 1440


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("change_lead_time", 0, ("Elite",)),
        ("change_lead_time_median", DAY - 1, ("Elite",)),
        ("change_lead_time_median", DAY, ("High",)),
        ("change_lead_time", WEEK, ("Medium",)),
        ("change_lead_time", MONTH, ("Low",)),
        ("change_lead_time", 7 * MONTH, ()),
        ("deployments_per_week", 20, ("Elite",)),
        ("deployments_per_week", 5, ("High",)),
        ("deployments_per_week", 0.5, ("Medium",)),
        ("deployments_per_week", 0.1, ("Low",)),
        ("deployments_per_week", 0, ()),
        ("recovery_time", 59, ("Elite",)),
        ("recovery_time", 61, ("High", "Medium")),
        ("recovery_time", 2 * DAY, ()),
        ("recovery_time", 8 * DAY, ("Low",)),
        ("change_failure_rate", 0.0, ("Elite",)),
        ("change_failure_rate", 0.11, ("Medium",)),
        ("change_failure_rate", 0.2, ("High",)),
        ("change_failure_rate", 0.9, ("Low",)),
        ("age", 5, ()),
        ("change_failure_rate", math.nan, ()),
    ],
)
def test_a_value_lies_where_the_table_says(name, value, wanted):
    assert find_clusters(name, value) == wanted


def test_it_is_said_in_words():
    assert describe_clusters("recovery_time", 100) == "like High or Medium in 2024"
    assert describe_clusters("recovery_time", 2 * DAY) == "in no cluster of 2024"
    assert describe_clusters("rework_rate", 0.3) == "2025 mean 22 %"
    assert describe_clusters("age", 3) == describe_clusters("recovery_time", math.nan) == ""


def test_the_clusters_are_no_grades():
    by_name = {one.name: one for one in CLUSTERS}
    assert by_name["Medium"].change_failure_rate < by_name["High"].change_failure_rate
    assert sum(one.share for one in CLUSTERS) == pytest.approx(1, abs=0.02)
