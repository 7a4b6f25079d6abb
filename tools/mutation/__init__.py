"""Mutation testing: plant one small fault at a time in cp_teach, and check whether a test detects it.

`operators` defines the faults, `population` finds where they can be planted, `sampling` chooses some of them, and
`code_patch` plants one in a running process. `recording` records which tests call which function, `fork_server` runs
those tests on each fault, and `copied_tree` retries the survivors from scratch. `survivors` reads the list of known
survivors, `confinement` isolates everything from the machine, and `report` summarizes the results.
"""
