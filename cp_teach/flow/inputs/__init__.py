"""The inputs of a study: arrivals, durations, working hours, policies, presets, and calibration."""
