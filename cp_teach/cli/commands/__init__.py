"""The subcommands of ``cp-teach``, one module each with ``add(commands)`` and ``run(args)``."""
