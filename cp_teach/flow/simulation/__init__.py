"""The simulation of a study: random draws, the kernels of a stage, and the backends that must agree."""
