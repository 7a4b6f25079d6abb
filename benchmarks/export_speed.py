"""How long the export of the whole course takes beside plain ``nbconvert --to slides``, in one run.

Both run every notebook from the top, one after the other. nbconvert's slides ask for scripts from the network and hold
no living widget; ours carry them and the state graphs. Prints a table; sizes are of the decks.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cp_teach import resources
from cp_teach.show.export.slides import export


def main() -> None:
    """Print seconds, sizes and states for each notebook, and the ratio."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "notebooks"
        shutil.copytree(resources.notebooks(), home)
        ours = theirs = 0.0
        print(f"{'notebook':38}{'nbconvert':>10}{'ours':>8}{'kB':>7}{'states':>8}")
        for path in sorted(home.glob("*.ipynb")):
            began = time.perf_counter()
            made = export(path, Path(name) / "decks")
            mine = time.perf_counter() - began
            began = time.perf_counter()
            command = [sys.executable, "-m", "nbconvert", "--to", "slides", "--execute", str(path)]
            subprocess.run(command, check=True, capture_output=True, cwd=home)
            plain = time.perf_counter() - began
            ours, theirs = ours + mine, theirs + plain
            size = made.path.stat().st_size // 1000
            print(f"{path.stem:38}{plain:9.1f}s{mine:7.1f}s{size:7}{made.states:8,}")
        print(f"{'all':38}{theirs:9.1f}s{ours:7.1f}s   {ours / theirs:.2f} x nbconvert")


if __name__ == "__main__":
    main()
