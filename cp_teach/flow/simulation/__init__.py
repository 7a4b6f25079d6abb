"""The simulation of a study: random draws, the loops over a stage, and the backends that compute them."""
