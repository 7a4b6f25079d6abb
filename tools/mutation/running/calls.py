"""Read a recording: which tests call a function, in the order in which to run them."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from mutation.planting.population import Mutant


class TestFile(NamedTuple):
    """Tests of one file that call a function, and their total time without a fault."""

    path: str
    tests: tuple[str, ...]
    seconds: float


class Calls:
    """The tests that call each function. Line numbers do not matter, so a change above a function does no harm."""

    def __init__(self, folder: Path) -> None:
        self._tests: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._seconds: dict[str, float] = {}
        self._breadth: dict[str, int] = {}
        for file in sorted(folder.glob("*.json")):
            recorded = json.loads(file.read_text(encoding="utf-8"))
            names = [(path, name) for path, name, _ in recorded["places"]]
            for test, seen in recorded["tests"].items():
                if seen["passed"]:
                    self._seconds[test] = seen["seconds"]
                    self._breadth[test] = len(seen["calls"])
                    for number in seen["calls"]:
                        self._tests[names[number]].add(test)

    def __len__(self) -> int:
        return len(self._seconds)

    def files_for(self, mutant: Mutant, budget: float) -> list[TestFile]:
        """The tests that call the mutant's function: those of its own room first, and the fastest file first.

        They take about ``budget`` seconds for its own room and a third of that for all others. From a file with many
        tests, those that call the fewest functions are chosen, because they are the most specific.
        """
        by_file: defaultdict[str, list[str]] = defaultdict(list)
        for test in self._tests[mutant.place.path, mutant.place.qualified_name]:
            by_file[test.split("::")[0]].append(test)
        own = f"tests/{mutant.place.room}/"
        files = [self._narrowest(path, tests, budget / 3) for path, tests in by_file.items()]
        files.sort(key=lambda file: (not file.path.startswith(own), file.seconds, file.path))
        chosen: list[TestFile] = []
        left = {True: budget, False: budget / 3}
        for file in files:
            ours = file.path.startswith(own)
            if left[ours] > 0:
                chosen.append(file)
                left[ours] -= file.seconds
        return chosen

    def _narrowest(self, path: str, tests: list[str], budget: float) -> TestFile:
        chosen: list[str] = []
        spent = 0.0
        for test in sorted(tests, key=self._breadth.__getitem__):
            if chosen and spent + self._seconds[test] > budget:
                break
            chosen.append(test)
            spent += self._seconds[test]
        return TestFile(path, tuple(chosen), spent)
