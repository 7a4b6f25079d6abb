"""Check that a row of the store is usable: its JSON has the right shape, and its account and region exist.

A checksum shows that a row is unchanged since it was written. These checks show that it was correct when it was
written.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import Any, TypeAlias

from cp_teach.aws.backend.job_records import Job
from cp_teach.engine import Refused

Row: TypeAlias = tuple[Any, ...]

ACCOUNT = re.compile(r"[0-9]{12}")
WEBHOOK = {"name", "targetPipeline", "targetAction", "filters", "authentication"}
MAX_EPOCH = 1e11
"""A timestamp after the year 5000 counts as damage."""
WRONG_ROW = (
    Refused,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,  # BadRunFile and JSON's errors are of this kind
)
"""Exceptions that reading a malformed row can raise."""


class WrongRow(ValueError):
    """A row that cannot be used; the message completes a sentence."""


def check_thing(row: Row) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """The kind, the parts of the key, and the value of a webhook or an action type. Raises one of ``WRONG_ROW``."""
    account, region, kind, key, text = row
    check_place(account, region)
    value, parts = json.loads(text), tuple(key.split("/"))
    if not isinstance(value, dict):
        raise WrongRow("it is not an object")
    if kind == "webhook":
        parts = (key,)
        _check_objects(value, "definition", "tags")
        _check_objects(value["definition"], "authenticationConfiguration")
        if missing := WEBHOOK - value["definition"].keys():
            raise WrongRow(f"it has no {', '.join(sorted(missing))}")
    elif (kind, len(parts)) in (("custom", 3), ("declared", 4)):
        _check_objects(value, "id", "inputArtifactDetails", "outputArtifactDetails")
        _check_objects(value, "tags" if kind == "custom" else "executor")
    else:
        raise WrongRow("its kind is unknown")
    return kind, parts, value


def _check_objects(value: dict[str, Any], *names: str) -> None:
    for name in names:
        if not isinstance(value[name], dict):
            raise WrongRow(f"its {name} is not an object")


def check_body(body: Any) -> None:
    """Check the data of a pipeline other than its journal. Raises one of ``WRONG_ROW``."""
    if not isinstance(body, dict):
        raise WrongRow("it is not an object")
    time_of(body["birth"])
    if type(body["seed"]) is not int:
        raise WrongRow("its seed is not a whole number")
    for key in ("tags", "polled"):
        if not all(isinstance(name, str) and isinstance(value, str) for name, value in body[key].items()):
            raise WrongRow(f"its {key} are not strings")
    if not isinstance(body["readings"], dict) or not isinstance(body["pipeline"], dict):
        raise WrongRow("its pipeline is not an object")
    for failure, message, since in body["unfetched"].values():
        time_of(since)
        if not (isinstance(failure, str) and isinstance(message, str)):
            raise WrongRow("its unfetched sources are not strings")


def check_artifact(row: Row) -> None:
    """Check the place and the content of an artifact. Raises ``WrongRow``."""
    check_place(row[0], row[1])
    if not isinstance(row[4], bytes):
        raise WrongRow("its content is not bytes")


def check_place(account: Any, region: Any) -> None:
    """Check that the account and region can exist. Raises ``WrongRow``."""
    from moto.codepipeline.models import codepipeline_backends
    from moto.settings import allow_unknown_region

    if not (isinstance(account, str) and ACCOUNT.fullmatch(account)):
        raise WrongRow(f"its account {account!r:.40} does not have 12 digits")
    if region not in codepipeline_backends[account].regions and not allow_unknown_region():
        raise WrongRow(f"its region {region!r:.40} does not exist")


def read_job(row: Row) -> Job:
    """The job in that row. Raises one of ``WRONG_ROW``."""
    check_place(row[1], row[2])
    job = Job.from_dict(json.loads(row[3]))
    values = {each.name: (each.type, getattr(job, each.name)) for each in fields(job)}
    texts = [value for kind, value in values.values() if kind == "str"]
    if not all(isinstance(text, str) for text in (*texts, *job.type)) or len(job.type) != 4:
        raise WrongRow("its fields are not strings")
    if any(type(value) is not int for kind, value in values.values() if kind == "int"):
        raise WrongRow("its numbers are not whole numbers")
    time_of(job.dispatched)
    if job.id != row[0] or not isinstance(job.details, dict):
        raise WrongRow("it belongs to another row")
    return job


def time_of(value: Any) -> float:
    """The value as epoch seconds. Raises ``WrongRow``."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MAX_EPOCH:
        raise WrongRow(f"{value!r:.40} is not a time")
    return float(value)
