"""Studies: their design, their blocks of replications, and the utilization of each stage."""
