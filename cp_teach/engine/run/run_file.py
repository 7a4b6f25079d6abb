"""Save and load runs as JSON files (format: ``docs/run-file.md``).

A file holds commands, their events, and the version of the rules. Loading replays the commands and compares the events.
If the rules have changed, the run opens read-only from its events and says where the difference is.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar, get_args, get_origin, get_type_hints

from cp_teach.atomic_write import write_atomically
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.model.commands import COMMAND_KINDS, Command
from cp_teach.engine.model.events import EVENT_KINDS, Event
from cp_teach.engine.model.failure_plan import PLANS, Heal, Inject, Plan
from cp_teach.engine.model.state import Readings, State
from cp_teach.engine.rules.errors import Refused
from cp_teach.engine.rules.reducer import evolve
from cp_teach.engine.rules.state_invariants import invariant_violation
from cp_teach.engine.rules.step import step
from cp_teach.engine.rules.validation import plan_refusal
from cp_teach.engine.run import branch_file
from cp_teach.engine.run.file_values import (
    BadRunFile,
    default_in_file,
    expect,
    read_number,
    read_whole,
    with_current_text,
)
from cp_teach.engine.run.protocols import Restorable
from cp_teach.engine.run.worker import WORKER_FACTORIES, ByHand, Worker
from cp_teach.pipeline import Pipeline
from cp_teach.pipeline.catalogs import catalog
from cp_teach.pipeline.interpretations import saved_readings
from cp_teach.security.input.input_files import UnreadableFile, read_input_file

FORMAT = "cp_teach run"
VERSION = 1
RULES = 2
"""Increased whenever ``step`` returns other events for the same commands."""

KEYS = ("rules", "id", "seed", "worker", "pipeline", "position", "now", "forks", "children", "entries")


R = TypeVar("R", bound=Restorable)
R_co = TypeVar("R_co", bound=Restorable, covariant=True)


class NewRun(Protocol[R_co]):
    """Makes an empty run: ``Run`` itself, or a function with the same arguments."""

    def __call__(self, pipeline: Pipeline, worker: Worker, *, seed: int, readings: Readings) -> R_co:
        """Make it. May raise ``Refused`` or ``ValueError``."""


# -- writing ---------------------------------------------------------------------------------------
def encode(run: Restorable) -> dict[str, Any]:
    """The run as plain JSON data.

    Raises ``InvalidPipeline`` for a pipeline that AWS would reject, because the file could not be loaded again.
    """
    journal = run.journal
    start = journal.start
    declaration = start.pipeline.to_aws()
    _read_pipeline(declaration)
    implied = saved_readings(
        {}
    )._asdict()  # what a file without them means, so that an old file is saved as it was
    readings = {name: value for name, value in start.readings._asdict().items() if value != implied[name]}
    return {
        "format": FORMAT,
        "version": VERSION,
        "rules": RULES,
        "id": run.id,
        "seed": run.seed,
        "worker": run.worker.spec(),
        "pipeline": declaration,
        **({"disabled_transitions": closed} if (closed := dict(start.pipeline.disabled_transitions)) else {}),
        **({"readings": readings} if readings else {}),
        "position": journal.position,
        "now": run.now,
        "forks": journal.forks,
        "children": run.children,
        "entries": [{**written(journal[i]), "notes": dict(journal.notes(i))} for i in range(journal.total)],
        **branch_file.encode(journal, written),
    }


def written(entry: Entry) -> dict[str, Any]:
    """One entry of a journal as plain JSON data."""
    return {
        "at": entry.at,
        "fork": entry.fork,
        "command": _record(entry.command),
        "events": [_record(event) for event in entry.events],
        "notes": dict(entry.notes),
    }


def write(document: dict[str, Any], path: Path) -> Path:
    """Write the document to ``path``, whole or not at all, and return the path."""
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
    # A lone half of a surrogate pair cannot be UTF-8; written with a backslash it is what JSON escapes it to.
    return write_atomically(path, text.encode("utf-8", "backslashreplace"))


def _record(value: Command | Plan | Event) -> dict[str, Any]:
    """Its fields, without those of ``LATER`` that have their default."""
    fields = {
        key: _field(field)
        for key, field in value._asdict().items()
        if key not in LATER or field != default_in_file(type(value), key)
    }
    return {"is": type(value).__name__, **fields}


LATER = ("variables", "overrides", "kind", "stage", "target", "automatic", "reason", "locks")
"""Fields that older files do not have; each has a default."""


def _field(value: Any) -> Any:
    if isinstance(value, Pipeline):
        return value.to_aws()
    if isinstance(value, tuple):
        return [item._asdict() if hasattr(item, "_asdict") else list(item) for item in value]
    return value


# -- reading ---------------------------------------------------------------------------------------
def load(path: Path, new_run: NewRun[R]) -> R:
    """The run that was saved in ``path``, filled into a run that ``new_run`` makes.

    Raises ``BadRunFile`` if the file is damaged or not a saved run, and ``OSError`` if it cannot be read.
    """
    try:
        return decode(_parse(path), new_run)
    except BadRunFile as error:
        raise BadRunFile(f"{path}: {error}") from error.__cause__


def _parse(path: Path) -> Any:
    def refuse_constant(name: str) -> NoReturn:
        raise ValueError(f"{name} is not a number")

    try:
        # Not parse_json, because a run can contain half a surrogate pair, which ``write`` has escaped.
        return json.loads(read_input_file(path).decode("utf-8-sig"), parse_constant=refuse_constant)
    except UnreadableFile as error:
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from None
        raise BadRunFile(str(error)) from error
    except UnicodeDecodeError as error:
        raise BadRunFile(f"not a text file in UTF-8 (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise BadRunFile(f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise BadRunFile(f"not JSON that can be read: {error}") from error


def decode(document: object, new_run: NewRun[R]) -> R:
    """The run of a document from ``encode``. Raises ``BadRunFile``."""
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise BadRunFile(f"not a saved run (its 'format' is not {FORMAT!r})")
    if document.get("version") != VERSION:
        raise BadRunFile(
            f"written in version {document.get('version')!r:.20} of the format; this cp_teach reads {VERSION}"
        )
    for key in KEYS:
        if key not in document:
            raise BadRunFile(f"damaged: {key!r} is missing")
    spec = expect("worker", document["worker"], dict)
    kind = expect("worker, kind", spec.get("kind"), str)
    make = WORKER_FACTORIES.get(kind)
    try:
        worker = make(spec) if make is not None else ByHand()
    except (KeyError, TypeError, ValueError) as error:
        raise BadRunFile(f"worker: {error}") from error
    try:
        pipeline = _read_pipeline(document["pipeline"])
        if closed := _closed(pipeline, document.get("disabled_transitions", {})):
            pipeline = replace(pipeline, disabled_transitions=closed)
        readings = saved_readings(expect("readings", document.get("readings", {}), dict))
        run = new_run(pipeline, worker, seed=expect("seed", document["seed"], int), readings=readings)
    except BadRunFile:
        raise
    except (TypeError, ValueError, Refused) as error:
        raise BadRunFile(f"its pipeline cannot run: {error}") from error
    run.id = expect("id", document["id"], str)
    newest = _replay_branches(run, document)
    position = read_whole("position", document["position"])
    if position > run.journal.total:
        raise BadRunFile(f"position {position} is outside its {run.journal.total} entries")
    run.jump(position)
    forks = read_whole("forks", document["forks"])
    if forks < newest:
        raise BadRunFile(f"forks: {forks} is less than the number in its entries ({newest})")
    run.resume(
        max(run.now, read_number("now", document["now"])), forks, read_whole("children", document["children"])
    )
    if make is None and not run.read_only:
        run.read_only = (
            f"its worker {kind!r} is unknown (import cp_teach first, or fork it to go on by hand)."
        )
    return run


def _replay_branches(run: Restorable, document: dict[str, Any]) -> int:
    """Append the entries of every branch and go to the current one. Returns the largest fork number of an entry."""
    newest = 0
    for branch in branch_file.decode(document):
        if branch.number > 1:
            run.journal.switch_branch(branch.parent)
            if branch.start > run.journal.total:
                raise BadRunFile(f"{branch.name}: it starts at {branch.start}, after the end of its parent")
            run.journal.seek(branch.start)
            run.journal.begin_branch()
        for where, entry in branch.entries:
            replay(run, where, entry)
            newest = max(newest, run.journal.forks)
        try:
            _ = run.history  # reads every event once more
        except LookupError as error:
            raise BadRunFile(f"its events cannot have happened: {error!r}") from error
    run.journal.switch_branch(document.get("branch", 1))
    return newest


def _read_pipeline(declaration: Any) -> Pipeline:
    """The pipeline, checked by today's catalog, else by that of the course, which keeps retired providers."""
    try:
        return Pipeline.from_aws(declaration)
    except ValueError:
        try:
            return Pipeline.from_aws(declaration, catalog="course")
        except ValueError:
            pass
        for region in catalog().regions:  # it names no Region, but has actions in another
            try:
                return Pipeline.from_aws(declaration, region=region)
            except ValueError:
                continue
        raise


def _closed(pipeline: Pipeline, value: Any) -> tuple[tuple[str, str], ...]:
    """The transitions that the pipeline's template disables from the beginning: (stage, reason)."""
    place = "disabled_transitions"
    for stage, reason in expect(place, value, dict).items():
        if stage not in pipeline.stage_indices:
            raise BadRunFile(f"{place}: there is no stage {stage!r:.60}")
        expect(f"{place}, {stage}", reason, str)
    return tuple(value.items())


def replay(run: Restorable, where: str, raw: object) -> None:
    """Append one saved entry, by today's rules if they lead to the same events, else by its events alone.

    Raises ``BadRunFile``, with ``where`` as the name of the entry.
    """
    entry = expect(where, raw, dict)
    for key in ("at", "fork", "command", "events", "notes"):
        if key not in entry:
            raise BadRunFile(f"{where}: {key!r} is missing")
    command: Any = _typed(where, entry["command"], {**COMMAND_KINDS, **PLANS})
    saved: list[Event] = [
        _typed(where, with_current_text(event), EVENT_KINDS)
        for event in expect(f"{where}, events", entry["events"], list)
    ]
    journal = run.journal
    at, fork = read_number(f"{where}, at", entry["at"]), read_whole(f"{where}, fork", entry["fork"])
    if at < journal.now:
        raise BadRunFile(f"{where}: its time {at} is before that of the previous entry ({journal.now})")
    before = journal[journal.position - 1].fork if journal.position else 0
    if fork < before:
        raise BadRunFile(f"{where}: its fork {fork} is before that of the previous entry ({before})")
    notes = tuple(
        (key, expect(f"{where}, notes, {key}", value, str))
        for key, value in expect(f"{where}, notes", entry["notes"], dict).items()
    )
    state, difference = journal.state, ""
    if isinstance(command, Inject | Heal):
        if saved:
            raise BadRunFile(f"{where}: a plan causes no events")
        if refused := plan_refusal(state, command):
            raise BadRunFile(f"{where}: {refused}")
    elif run.read_only:
        state = _replay_events(where, state, saved)
    else:
        try:
            after, events = step(state, command)
            if events != saved:
                difference = f"the rules now say {_sentences(events)}, the file says {_sentences(saved)}"
        except Refused as refused:
            difference = f"the rules now refuse {type(command).__name__}: {refused.reason}"
        state = _replay_events(where, state, saved) if difference else after
    journal.forks = fork
    journal.append(at, command, saved, state, notes)
    if difference:
        run.read_only = f"it was saved under other rules ({where}: {difference})."


def _replay_events(where: str, state: State, events: list[Event]) -> State:
    """The state after the events. Raises ``BadRunFile`` if they are impossible."""
    try:
        for event in events:
            _check_stage(state, event)
            state = evolve(state, event)
        problem = invariant_violation(state)
    except (LookupError, ValueError) as error:
        problem = repr(error)
    if problem:
        raise BadRunFile(f"{where}: its events cannot have happened: {problem}")
    return state


def _check_stage(state: State, event: Event) -> None:
    """Raises ``LookupError`` for a stage of no definition that is in use."""
    stage = getattr(event, "stage", "")
    pipelines = (state.pipeline, *(each.pipeline for each in state.executions if each.pipeline is not None))
    if stage and not any(stage in pipeline.stage_indices for pipeline in pipelines):
        raise LookupError(f"there is no stage {stage!r:.60}")


def _sentences(events: list[Event]) -> str:
    return "; ".join(map(str, events)) or "nothing"


# -- one value at a time ---------------------------------------------------------------------------
def _typed(where: str, raw: Any, kinds: dict[str, Any]) -> Any:
    name = raw.get("is") if isinstance(raw, dict) else raw
    if not isinstance(raw, dict) or not isinstance(name, str) or name not in kinds:
        raise BadRunFile(f"{where}: {name!r:.60} is unknown; expected one of {', '.join(kinds)}")
    return _build(f"{where}, {name}", kinds[name], {key: value for key, value in raw.items() if key != "is"})


_hints = cache(get_type_hints)


def _build(where: str, kind: Any, values: dict[str, Any]) -> Any:
    hints = _hints(kind)
    if unknown := values.keys() - hints.keys():
        raise BadRunFile(f"{where}: unknown {', '.join(sorted(unknown))}")
    optional = {key for key in kind._field_defaults if key in LATER}
    if missing := hints.keys() - values.keys() - optional:
        raise BadRunFile(f"{where}: {', '.join(sorted(missing))} missing")
    for key, value in values.items():
        field = f"{where}, {key}"
        if get_origin(hints[key]) is tuple:
            values[key] = _items(field, value, get_args(hints[key])[0])
        elif hints[key] is Pipeline:
            try:
                values[key] = _read_pipeline(value)
            except ValueError as error:
                raise BadRunFile(f"{field}: {error}") from error
        elif hints[key] is float:
            values[key] = read_number(field, value)
        else:
            values[key] = expect(field, value, hints[key])
    return kind(**{key: default_in_file(kind, key) for key in optional} | values)


def _items(where: str, value: Any, kind: Any) -> tuple[Any, ...]:
    """A list of records, or of pairs of text."""
    items = expect(where, value, list)
    if hasattr(kind, "_fields"):
        return tuple([_build(where, kind, dict(expect(where, item, dict))) for item in items])
    for item in items:
        if not (isinstance(item, list) and len(item) == 2 and all(isinstance(part, str) for part in item)):
            raise BadRunFile(f"{where}: {item!r:.60} is not a name and a value")
    return tuple([(name, value) for name, value in items])
