"""The practice widget, its panel, its offline form, and the learner's progress file."""
