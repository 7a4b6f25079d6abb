"""Diagrams: the pipeline as SVG, the Gantt chart of a run, deployments, and the static form of the console."""
