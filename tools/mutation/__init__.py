"""Mutation testing: plant one small fault at a time in cp_teach, and check whether a test detects it.

`campaign` performs a complete run: `planting` defines, finds, chooses and plants the faults, `recording` records which
tests call which function, and `running` runs those tests on each fault, confined. `survivors` reads the list of known
survivors, and `report` summarizes the results.
"""
