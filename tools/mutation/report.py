"""The report of a run, as text and as an exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from mutation.planting.population import Mutant
from mutation.survivors import Survivor, as_toml


class Result(NamedTuple):
    """A mutant and its outcome."""

    mutant: Mutant
    outcome: str
    """caught, survived, not patched (Python does not allow the exchange of the code), or not run (out of time)."""
    by: str = ""


class Report:
    """Counts the results against the list of known survivors."""

    def __init__(
        self, results: Sequence[Result], known: Mapping[tuple[str, str, str, int], Survivor]
    ) -> None:
        self.results, self.known = results, known
        survived = [each.mutant for each in results if each.outcome == "survived"]
        self.unlisted = [mutant for mutant in survived if mutant.key not in known]
        self.counts = Counter(known[mutant.key].kind for mutant in survived if mutant.key in known)
        self.counts.update(each.outcome for each in results)

    @property
    def planted(self) -> int:
        """The number of mutants that were run."""
        return self.counts["caught"] + self.counts["survived"]

    @property
    def rate(self) -> float:
        """The share of caught mutants among those that are not equivalent to the original."""
        real = self.planted - self.counts["equivalent"]
        return self.counts["caught"] / real if real else 0.0

    def summary(self) -> str:
        """The totals in one line."""
        line = (
            f"{self.planted} planted, {self.counts['caught']} caught, {self.counts['equivalent']} equivalent, "
            f"{self.counts['open']} open"
        )
        if self.unlisted:
            line += f", {len(self.unlisted)} NOT LISTED"
        if self.counts["not run"]:
            line += f"; {self.counts['not run']} not reached in the time"
        return f"{line} ({self.rate:.1%} of what can be caught)"

    def rooms(self) -> str:
        """The totals of each room, in a line each."""
        lines = []
        for room in sorted({each.mutant.place.room for each in self.results}):
            own = Report([each for each in self.results if each.mutant.place.room == room], self.known)
            lines.append(f"  {room:<10} {own.summary()}")
        return "\n".join(lines)

    def text(self) -> str:
        """The complete report: survivors that are not listed, entries that are obsolete, rooms, totals."""
        parts = []
        if self.unlisted:
            parts.append(
                "These survive and are not listed. Write a test that detects them; or, if no test can,"
            )
            parts.append("add them to known_survivors.toml with the reason:\n")
            parts.append(as_toml(self.unlisted))
        parts += [
            f"listed as {self.known[each.mutant.key].kind}, but caught by {each.by}:\n  {each.mutant}"
            for each in self.results
            if each.outcome == "caught" and each.mutant.key in self.known
        ]
        return "\n".join([*parts, self.rooms(), self.summary()])

    def exit_code(self) -> int:
        """0 if every survivor is listed, 1 if one is not, 2 if no mutant was run."""
        if not self.planted:
            return 2
        return int(bool(self.unlisted))
