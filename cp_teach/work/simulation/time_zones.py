"""Time zones, as the TimeZone of a DeploymentWindow rule names them."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

SHORT = {
    "ACT": "Australia/Darwin",
    "AET": "Australia/Sydney",
    "AGT": "America/Argentina/Buenos_Aires",
    "ART": "Africa/Cairo",
    "AST": "America/Anchorage",
    "BET": "America/Sao_Paulo",
    "BST": "Asia/Dhaka",
    "CAT": "Africa/Harare",
    "CNT": "America/St_Johns",
    "CST": "America/Chicago",
    "CTT": "Asia/Shanghai",
    "EAT": "Africa/Addis_Ababa",
    "ECT": "Europe/Paris",
    "IET": "America/Indiana/Indianapolis",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "MIT": "Pacific/Apia",
    "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland",
    "PLT": "Asia/Karachi",
    "PNT": "America/Phoenix",
    "PRT": "America/Puerto_Rico",
    "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal",
    "VST": "Asia/Ho_Chi_Minh",
}
"""Abbreviations and their zones, from Java's ``java.time.ZoneId.SHORT_IDS``, because the service refers to Java and
Quartz. Many abbreviations have several meanings; a name like Europe/Berlin is unambiguous."""


def zone(text: str = "") -> tzinfo:
    """The zone of "Europe/Berlin", "UTC", "UTC+05:30" or "PST"; UTC for an empty text.

    Raises ``ValueError`` for an unknown name.
    """
    if text in ("", "UTC"):
        return UTC
    if match := re.fullmatch(r"UTC([+-])([01]\d|2[0-3]):([0-5]\d)", text):
        span = timedelta(hours=int(match[2]), minutes=int(match[3]))
        return timezone(span if match[1] == "+" else -span, text)
    try:
        return ZoneInfo(SHORT.get(text, text))
    except (LookupError, ValueError, OSError):  # unknown, not a valid name, or a folder of zones
        raise ValueError(
            f"The time zone {text!r} does not exist. Write Europe/Berlin, UTC+05:30, or UTC."
        ) from None
