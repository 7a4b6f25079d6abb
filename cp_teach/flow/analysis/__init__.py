"""The analysis of a study: measures, warm-up, confidence intervals, and the report."""
