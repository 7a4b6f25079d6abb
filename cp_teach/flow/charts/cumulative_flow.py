"""The cumulative flow diagram: how many have arrived, how many have come how far. Its bands are the work in progress;
how wide one is says where work piles up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cp_teach.flow.charts.axis import frame, moments, numbers
from cp_teach.flow.charts.chart import Picture
from cp_teach.flow.charts.legend import INKS, legend
from cp_teach.flow.charts.single_replication import named, one, stretch
from cp_teach.flow.numerics.exact_time import Floats
from cp_teach.flow.simulation.outcome import SUCCEEDED, Outcome
from cp_teach.style.svg_chart import Chart
from cp_teach.style.svg_patterns import PATTERNS

if TYPE_CHECKING:
    import pandas as pd

Counts = NDArray[np.intp]
POINTS = 160
HEIGHT = 340.0


class CumulativeFlow(Picture):
    """A band for the delivered, one for those that ended otherwise, and one for each stage with its door. Who had ended
    before it begins is not in it."""

    def __init__(
        self, outcome: Outcome, stages: tuple[str, ...], begin: float, end: float, title: str
    ) -> None:
        self.title = title
        self.times = np.linspace(begin, end, POINTS)
        ended = np.where(np.isnan(outcome.ended), np.inf, outcome.ended)
        ended[ended < begin] = -np.inf  # over before the picture begins: not in it
        good = outcome.status == SUCCEEDED
        self.bands = {
            "Delivered": self._until(ended[good]),
            "Failed or superseded": self._until(ended[~good]),
        }
        done = self._until(ended)
        # From the end to the beginning: who has left stage k, or has ended, is in none of the stages up to k.
        for name, left in zip(reversed(stages), reversed(list(self._before(outcome, ended))), strict=True):
            self.bands[name] = left - done
            done = left
        self.arrived = done

    def _before(self, outcome: Outcome, ended: Floats) -> list[Counts]:
        """For each stage, how many have come to its door or ended before that, at each of the times."""
        arrived = np.where(ended == -np.inf, -np.inf, outcome.arrived)
        came = [arrived, *(np.fmin(left, ended) for left in outcome.left[:-1])]
        return [self._until(moments) for moments in came]

    def _until(self, moments: Floats) -> Counts:
        found: Counts = np.searchsorted(np.sort(moments[moments > -np.inf]), self.times, side="right")
        return found

    def words(self) -> str:
        """See ``Picture``."""
        told = ", ".join(f"{name} {int(band[-1])}" for name, band in self.bands.items())
        return f"Of {int(self.arrived[-1])} arrived revisions at the end: {told}."

    def draw(self, chart: Chart, width: float) -> float:
        """See ``Picture``."""
        names = [f"{name} and its door" if n > 1 else name for n, name in enumerate(self.bands)]
        looks = [(kind, INKS[n % len(INKS)]) for n, kind in zip(range(len(names)), _kinds(), strict=False)]
        top = 10 + legend(
            chart, width, [(name, *look) for name, look in zip(names, looks, strict=True)][::-1]
        )
        begin, end = float(self.times[0]), float(self.times[-1])
        on = frame(
            chart, moments("Time", begin, end, 8 if width > 500 else 4),
            numbers("Revisions since the beginning", 0, max(1, int(self.arrived[-1]))),
            (0, top, width - 16, top + HEIGHT),
        )  # fmt: skip
        below = np.zeros(len(self.times))
        for (name, band), (kind, ink) in zip(self.bands.items(), looks, strict=True):
            above = below + band
            upper = [(on.x(t), on.y(n)) for t, n in zip(self.times, above, strict=True)]
            lower = [(on.x(t), on.y(n)) for t, n in zip(self.times, below, strict=True)]
            chart.area(upper + lower[::-1], chart.pattern(kind, ink), tip=name)
            chart.curve(upper, colour=ink)
            below = above
        return top + HEIGHT + 4

    def table(self) -> pd.DataFrame:
        """``minute``, ``Arrived``, and a column for each band: how many are in it."""
        import pandas as pd

        return pd.DataFrame({"minute": self.times, "Arrived": self.arrived, **self.bands})


def cumulative_flow(
    outcome: Outcome, row: int, stages: Sequence[str], *, begin: float | None = None, end: float | None = None,
    title: str = "Cumulative flow",
) -> CumulativeFlow:  # fmt: skip
    """Of replication ``row``, from minute ``begin`` to minute ``end``."""
    found = one(outcome, row)
    return CumulativeFlow(found, named(found, tuple(stages)), *stretch(found, begin, end), title)


def _kinds() -> list[str]:
    """Patterns enough for every pipeline: AWS allows 50 stages."""
    return list(PATTERNS)[1:] * 9
