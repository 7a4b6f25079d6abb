"""The laws of queueing theory beside the results of the flow lab: a table, and whether all agree.

20 replications of 400,000 revisions each; the interval is Student's at 99.9 %, so that about one run in twenty-five
shows a law outside by chance alone. The sources of the values are beside them.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from fractions import Fraction

from cp_teach.flow import Line, constant, exponential, gamma, poisson, saturated
from cp_teach.flow.analysis.confidence_interval import estimate

REPLICATIONS, REVISIONS = 20, 400_000


@dataclass(frozen=True)
class Law:
    name: str
    theory: float
    line: Line
    measure: str
    given: dict[str, object]


def replaced(rate: float) -> float:
    """M/M/1 with one place to wait that the newcomer takes: the share that is replaced (its chain of three states)."""
    return rate**2 / (1 + rate + rate**2)


def age(rate: float) -> float:
    """Costa, Codreanu, Ephremides, IEEE Trans. Inf. Theory 62 (2016): M/M/1/2*, with service rate 1."""
    return 1 / rate + 2 + rate / (rate + 1) ** 2 + 1 / (rate + 1) - 2 * (rate + 1) / (rate**2 + rate + 1)


def lost(servers: int, load: float) -> float:
    """Erlang's formula B, by its recursion."""
    found = 1.0
    for server in range(1, servers + 1):
        found = load * found / (server + load * found)
    return found


def waits(rate: float, cv2: float) -> float:
    """Lead time of M/G/1 with mean service 1 (Pollaczek and Khinchine)."""
    return 1 + rate * (1 + cv2) / (2 * (1 - rate))


# Throughput of stations in a row without places between them, under full load: solved exactly from their Markov chain.
# The first three are in Hunt, Operations Research 4 (1956), and Hillier and Boling (1967).
BLOCKING = {
    2: float(Fraction(2, 3)),
    3: float(Fraction(22, 39)),
    4: float(Fraction(4024, 7817)),
    5: float(Fraction(94203088638, 193914065237)),
    6: 0.466713,
    7: 0.453179,
    8: 0.443070,
    9: 0.435227,
    10: 0.428961,
}


def laws() -> list[Law]:
    one = exponential(1)
    found = [
        Law(f"throughput of {k} stations without places between", theory, Line(k, "block"), "throughput",
            {"arrivals": saturated(), "durations": one})
        for k, theory in BLOCKING.items()
    ]  # fmt: skip
    for rate in (0.5, 1.0, 2.0):
        given = {"arrivals": poisson(rate), "durations": one}
        line = Line(1, "supersede")
        found.append(Law(f"superseded share, rho {rate}", replaced(rate), line, "superseded_share", given))
        found.append(
            Law(
                f"lead time of the delivered, rho {rate}",
                1 + rate / (rate + 1) ** 2,
                line,
                "lead_time",
                given,
            )
        )
        found.append(Law(f"age of production, rho {rate}", age(rate), line, "age", given))
    for rate in (0.5, 0.8):
        given = {"arrivals": poisson(rate), "durations": one}
        found.append(
            Law(f"M/M/1 lead time, rho {rate}", 1 / (1 - rate), Line(1, "queue"), "lead_time", given)
        )
        found.append(
            Law(f"M/M/1 in progress (Little), rho {rate}", rate / (1 - rate), Line(1, "queue"), "wip", given)
        )
    for cv2 in (0.0, 0.25, 4.0):
        durations = gamma(1, cv2) if cv2 else constant(1)
        given = {"arrivals": poisson(0.7), "durations": durations}
        found.append(
            Law(f"M/G/1 lead time, rho 0.7, cv² {cv2}", waits(0.7, cv2), Line(1, "queue"), "lead_time", given)
        )
    for servers, load in ((1, 1.0), (1, 2.0), (3, 2.0), (10, 8.0)):
        given = {"arrivals": poisson(load), "durations": one}
        line = Line(1, "loss", servers=servers)
        found.append(
            Law(f"Erlang B, c {servers}, a {load}", lost(servers, load), line, "refused_share", given)
        )
    given = {"arrivals": poisson(0.3), "durations": one, "failures": 0.05}
    found.append(
        Law("delivered share, p 0.05, 6 stations", 0.95**6, Line(6, "queue"), "delivered_share", given)
    )
    found.append(Law("the same in parallel", 0.95**6, Line(6, "parallel"), "delivered_share", given))
    given = {"arrivals": poisson(2.0), "durations": one}
    found.append(Law("in progress in parallel: M/M/∞", 2.0, Line(1, "parallel"), "wip", given))
    return found


def main(
    replications: int = REPLICATIONS, revisions: int = REVISIONS, path: str = "auto"
) -> list[tuple[Law, float]]:
    """Print the table and return (law, z) for each, where z is the distance from theory in standard errors."""
    found = []
    print(f"{'law':52}{'theory':>10}{'ours':>11}{'± 95 %':>10}{'z':>7}")
    for number, law in enumerate(laws()):
        study = law.line.study(
            **law.given, revisions=revisions, replications=replications, seed=number, path=path
        )
        narrow, wide = (
            estimate(study.measures[law.measure]),
            estimate(study.measures[law.measure], level=0.999),
        )
        half = (narrow.high - narrow.low) / 2
        z = (narrow.mean - law.theory) / (half / 2.093) if half else 0.0
        found.append((law, z))
        mark = "" if wide.low <= law.theory <= wide.high else "  outside"
        print(f"{law.name:52}{law.theory:10.6f}{narrow.mean:11.6f}{half:10.6f}{z:7.2f}{mark}", flush=True)
    return found


if __name__ == "__main__":
    began = time.perf_counter()
    outside = [law.name for law, z in main() if abs(z) > 3.88]  # Student, 19 degrees, 99.9 %
    print(f"{time.perf_counter() - began:.0f} s; outside: {', '.join(outside) or 'none'}")
    sys.exit(bool(outside))
