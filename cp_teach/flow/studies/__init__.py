"""Studies: their design, their results, and the utilization of each stage."""
