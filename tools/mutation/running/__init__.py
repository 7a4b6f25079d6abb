"""How mutants run: which tests to run, in forks of one process, and survivors from scratch, all of it confined."""
