"""Check the structure of the code: ``python tools/lint_structure.py`` lists what breaks the rules of CONTRIBUTING.md.

The arrows between rooms are checked by import-linter (``[tool.importlinter]`` in ``pyproject.toml``).
"""

from __future__ import annotations

import sys

from structure import lazy_imports, picture, sizes, words


def main() -> int:
    """Print every fault and return 1 if there is one."""
    faults = [fault for check in (sizes, words, lazy_imports, picture) for fault in check.faults()]
    for fault in faults:
        print(fault)
    if faults:
        print(f"{len(faults)} faults. CONTRIBUTING.md explains the rules.", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
