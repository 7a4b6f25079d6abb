"""Schedule expressions of EventBridge: ``rate(5 minutes)``, ``cron(0 10 * * ? *)``, and ``at(2026-12-01T10:00:00)``.

Sources: EventBridge user guide, "Setting a schedule pattern"; EventBridge Scheduler user guide, "Schedule types".
LocalStack's tests recorded on AWS which expressions are refused.

>>> from datetime import datetime, UTC
>>> noon = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
>>> datetime.fromtimestamp(read_schedule("cron(15 10 ? * 6L *)").after(noon), UTC).isoformat()  # the last Friday
'2026-12-25T10:15:00+00:00'
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from cp_teach.work.simulation.quartz_cron import Cron

_RATE = re.compile(r"rate\((?P<value>[1-9][0-9]{0,8}) (?P<unit>minute|hour|day)(?P<plural>s?)\)", re.ASCII)
_CRON = re.compile(r"cron\((?P<fields>[^()]*)\)")
_AT = re.compile(r"at\((?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)", re.ASCII)
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


class Schedule(NamedTuple):
    """``after(epoch)`` is the first moment after another one when the schedule is due; None if there is none."""

    kind: str
    """``rate``, ``cron``, or ``at``"""
    after: Callable[[float], float | None]


def read_schedule(text: str, zone: tzinfo = UTC, *, once: bool = False) -> Schedule:
    """The schedule in an expression; ``once`` allows ``at(…)``, which only EventBridge Scheduler has.

    Raises ``ValueError`` for an expression that AWS refuses.
    """
    if rate := _RATE.fullmatch(text):
        if (rate["value"] == "1") == bool(rate["plural"]):
            raise ValueError(
                f"{text!r}: write 1 with minute, hour, or day, and more with minutes, hours, or days."
            )
        seconds = int(rate["value"]) * SECONDS[rate["unit"]]
        return Schedule("rate", lambda epoch: epoch + seconds)
    if cron := _CRON.fullmatch(text):
        return Schedule("cron", _cron(cron["fields"], zone))
    if (at := _AT.fullmatch(text)) and once:
        moment = datetime.fromisoformat(at["time"]).replace(tzinfo=zone).timestamp()
        return Schedule("at", lambda epoch: moment if moment > epoch else None)
    raise ValueError(f"{text!r} is not a schedule expression such as rate(5 minutes) or cron(0 10 * * ? *).")


def _cron(text: str, zone: tzinfo) -> Callable[[float], float | None]:
    fields = text.split()
    if len(fields) != 6:
        raise ValueError(
            f"cron({text}) has {len(fields)} fields. Write six: minutes, hours, day of month, month, day of week, year."
        )
    weekdays = fields[4]
    if "/" in weekdays or ("#" in weekdays and "," in weekdays):
        raise ValueError(f"cron({text}): the day of the week cannot have a step, or several parts with #.")
    cron = Cron(f"0 {text}")

    def after(epoch: float) -> float | None:
        minute = datetime.fromtimestamp(epoch, UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
        due = cron.opens(minute.astimezone(zone))
        return None if due is None else due.timestamp()

    return after
