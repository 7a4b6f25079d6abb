"""Mutation testing: plant one small fault at a time in cp_teach, and see whether a test notices.

`operators` knows the faults, `population` where they can be planted, `sampling` chooses some of them, `code_patch`
plants one in a running process. `recording` learns which tests call which function, `fork_server` runs those tests on
each fault, `copied_tree` runs the survivors once more from scratch. `survivors` reads the list of those that are known,
`confinement` keeps all of it away from the machine, and `report` says what came out.
"""
