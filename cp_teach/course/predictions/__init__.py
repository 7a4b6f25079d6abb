"""Predictions: a question, the learner's answer, and the truth that the engine computes."""
