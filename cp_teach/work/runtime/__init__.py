"""The runtime of a local pipeline: which worker does an action, and where its files and output go."""
