"""The console's create-pipeline wizard: its steps, its defaults, and its widget for notebooks."""
