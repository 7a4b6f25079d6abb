"""The scenarios that decide which answer of a question is true: one module a lesson, with its ``TRUTHS`` by name."""
