"""Saving a Run and loading it again. The format is described in ``docs/run-file.md``.

A save file holds commands, the events they caused, and the version of the rules that caused them. Loading replays
the commands and compares: where today's rules give something else, the run opens read-only from its events and
says where they part.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args, get_origin, get_type_hints

from cp_teach.engine.command import COMMANDS, Command, Revision
from cp_teach.engine.event import EVENTS, Event
from cp_teach.engine.evolve import evolve
from cp_teach.engine.plan import PLANS, Heal, Inject, Plan
from cp_teach.engine.refusal import Refused
from cp_teach.engine.step import step
from cp_teach.engine.worker import MAKERS, ByHand
from cp_teach.pipeline.blueprint import Pipeline

if TYPE_CHECKING:
    from cp_teach.engine.run import Run

FORMAT = "cp_teach run"
VERSION = 1
RULES = 1
"""Raised whenever ``step`` gives other events for the same commands."""


class BadRunFile(ValueError):
    """A file that is not a saved run, or a damaged one; the message says where."""


def save(run: Run, path: Path) -> Path:
    """Write ``run`` to ``path``, whole or not at all, and return the path."""
    journal = run.journal
    document = {
        "format": FORMAT,
        "version": VERSION,
        "rules": RULES,
        "id": run.id,
        "seed": run.seed,
        "worker": run.worker.spec(),
        "pipeline": run.pipeline.to_aws(),
        "position": journal.position,
        "now": run.now,
        "entries": [
            {
                "at": journal[i].at,
                "fork": journal[i].fork,
                "command": _encode(journal[i].command),
                "events": [_encode(event) for event in journal[i].events],
                "notes": dict(journal[i].notes),
            }
            for i in range(journal.total)
        ],
    }
    beside = path.with_name(path.name + ".part")
    beside.write_text(
        json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    os.replace(beside, path)
    return path


def load(path: Path) -> Run:
    """The run that was saved in ``path``. Raises ``BadRunFile`` when it is damaged or something else."""
    from cp_teach.engine.run import Run

    document = _parse(path)
    try:
        pipeline = Pipeline.from_aws(document["pipeline"])
    except ValueError as error:
        raise BadRunFile(f"{path}: its pipeline is not valid: {error}") from error
    spec = _expect(path, "worker", document["worker"], dict)
    make = MAKERS.get(spec.get("kind", ""))
    try:
        worker = make(spec) if make is not None else ByHand()
    except (KeyError, TypeError, ValueError) as error:
        raise BadRunFile(f"{path}: worker: {error}") from error
    run = Run(pipeline, worker, seed=_expect(path, "seed", document["seed"], int))
    run.id = _expect(path, "id", document["id"], str)
    for index, entry in enumerate(_expect(path, "entries", document["entries"], list)):
        _replay(path, run, index, entry)
    position = _expect(path, "position", document["position"], int)
    if not 0 <= position <= run.journal.total:
        raise BadRunFile(
            f"{path}: position {position} lies outside its {run.journal.total} entries"
        )
    run.jump(position)
    run._now = max(run.now, float(_expect(path, "now", document["now"], float)))
    if make is None and not run.read_only:
        run.read_only = f"its worker {spec.get('kind')!r} is not known here; fork it to go on by hand."
    return run


def _parse(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise BadRunFile(
            f"{path}: not a text file in UTF-8 (byte {error.start})"
        ) from error
    except json.JSONDecodeError as error:
        raise BadRunFile(
            f"{path}: not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadRunFile(f"{path}: not a saved run (its 'format' is not {FORMAT!r})")
    if document.get("version") != VERSION:
        raise BadRunFile(
            f"{path}: written in version {document.get('version')!r} of the format; this cp_teach reads {VERSION}"
        )
    for key in (
        "rules",
        "id",
        "seed",
        "worker",
        "pipeline",
        "position",
        "now",
        "entries",
    ):
        if key not in document:
            raise BadRunFile(f"{path}: damaged: {key!r} is missing")
    return document


def _replay(path: Path, run: Run, index: int, raw: Any) -> None:
    """Append one saved entry, by the rules of today if they agree with it, else by its events alone."""
    where = f"entry {index + 1}"
    entry = _expect(path, where, raw, dict)
    for key in ("at", "fork", "command", "events", "notes"):
        if key not in entry:
            raise BadRunFile(f"{path}: {where}: {key!r} is missing")
    command: Any = _decode(path, where, entry["command"], {**COMMANDS, **PLANS})
    told: list[Any] = [
        _decode(path, where, e, EVENTS)
        for e in _expect(path, where, entry["events"], list)
    ]
    at = float(_expect(path, f"{where}, at", entry["at"], float))
    journal = run.journal
    if at < journal.now:
        raise BadRunFile(
            f"{path}: {where}: its time {at} lies before that of the entry before it ({journal.now})"
        )
    state, difference = journal.state, ""
    if not isinstance(command, Inject | Heal):
        try:
            after, events = step(state, command)
            if events != told:
                difference = f"{where}: the rules now say {_words(events)}, the file says {_words(told)}"
        except Refused as refused:
            difference = f"{where}: the rules now refuse {type(command).__name__}: {refused.reason}"
        if difference:
            try:
                after = state
                for event in told:
                    after = evolve(after, event)
            except (LookupError, ValueError, TypeError) as error:
                raise BadRunFile(
                    f"{path}: {where}: its events cannot have happened: {error}"
                ) from error
        state = after
    notes = _expect(path, f"{where}, notes", entry["notes"], dict)
    journal.forks = _expect(path, f"{where}, fork", entry["fork"], int)
    journal.append(
        at, command, told, state, tuple((str(k), str(v)) for k, v in notes.items())
    )
    if difference and not run.read_only:
        run.read_only = f"it was saved under other rules ({path.name}, {difference})."


def _words(events: list[Event]) -> str:
    return "; ".join(map(str, events)) or "nothing"


def _encode(value: Command | Plan | Event) -> dict[str, Any]:
    fields = {
        k: [r._asdict() for r in v] if k == "revisions" else v
        for k, v in value._asdict().items()
    }
    return {"is": type(value).__name__, **fields}


def _decode(path: Path, where: str, raw: Any, kinds: dict[str, Any]) -> Any:
    if not isinstance(raw, dict) or raw.get("is") not in kinds:
        known = ", ".join(kinds)
        found = raw.get("is") if isinstance(raw, dict) else raw
        raise BadRunFile(f"{path}: {where}: {found!r} is not known; known are {known}")
    kind = kinds[raw["is"]]
    values = {key: value for key, value in raw.items() if key != "is"}
    return _build(path, f"{where}, {raw['is']}", kind, values)


def _build(path: Path, where: str, kind: Any, values: dict[str, Any]) -> Any:
    hints = get_type_hints(kind)
    if unknown := set(values) - set(kind._fields):
        raise BadRunFile(f"{path}: {where}: unknown {', '.join(sorted(unknown))}")
    if missing := set(kind._fields) - set(values):
        raise BadRunFile(f"{path}: {where}: {', '.join(sorted(missing))} missing")
    for key, value in values.items():
        if get_origin(hints[key]) is tuple and get_args(hints[key])[0] is Revision:
            items = _expect(path, f"{where}, {key}", value, list)
            values[key] = tuple(
                _build(
                    path, f"{where}, {key}", Revision, _expect(path, where, item, dict)
                )
                for item in items
            )
        else:
            values[key] = _expect(path, f"{where}, {key}", value, hints[key])
    return kind(**values)


def _expect(path: Path, where: str, value: Any, kind: type) -> Any:
    wanted: Any = (int, float) if kind is float else kind
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool):
        raise BadRunFile(f"{path}: {where}: {value!r:.60} is not {kind.__name__}")
    return value
