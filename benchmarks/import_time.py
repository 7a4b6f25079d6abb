"""What ``import cp_teach`` costs in a fresh interpreter, against importing json and the whole engine."""

from __future__ import annotations

import subprocess
import sys
import time

HEAVY = ("pandas", "networkx", "boto3", "moto", "ipywidgets", "anywidget", "numpy")


def span(code: str, times: int = 7) -> float:
    spans = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        spans.append(time.perf_counter() - began)
    return sorted(spans)[times // 2]


def loaded(code: str) -> list[str]:
    """Which heavy libraries that code loads."""
    asked = f"{code}\nimport sys\nprint(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    return done.stdout.split()


def main() -> dict[str, float]:
    """Print and return the times over that of a bare interpreter with json."""
    yard = span("import json")
    ratios = {}
    for name, code in (
        ("import cp_teach", "import cp_teach"),
        ("cp_teach.Run", "import cp_teach; cp_teach.Run"),
    ):
        took = span(code)
        ratios[name] = took / yard
        print(f"{name}: {1000 * (took - yard):.0f} ms more, {took / yard:.1f} × a bare interpreter with json")
        print(f"  heavy libraries loaded: {', '.join(loaded(code)) or 'none'}")
    return ratios


if __name__ == "__main__":
    main()
