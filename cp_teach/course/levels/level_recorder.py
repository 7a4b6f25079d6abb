"""A level from what was done in a Run: play it once, and write the file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cp_teach import resources
from cp_teach.course.levels.level import Level, load_level
from cp_teach.course.levels.level_proof import prove
from cp_teach.course.levels.move_language import words
from cp_teach.engine.model.commands import COMMANDS, Command, EditPipeline
from cp_teach.engine.model.state import PARALLEL, SUGGESTED, State
from cp_teach.explore.move_kinds import kind
from cp_teach.pipeline import Pipeline, load_pipeline

if TYPE_CHECKING:
    from cp_teach.engine.run.run import Run


def record(
    run: Run,
    path: Path,
    *,
    title: str,
    teaches: str = "",
    task: str = "",
    begin: int = 0,
    goals: Iterable[tuple[str, str]] = (),
    near_misses: Iterable[tuple[Sequence[str], str, str]] = (),
    lost: str = "From here the goals cannot be reached any more. Undo.",
) -> Level:
    """Write a level that asks for what was done in ``run``, and return it, read back and proven.

    ``begin`` is the moment of the journal at which the learner takes over. ``goals`` are (text, condition) pairs; not
    given, they are what has changed since then: what each stage has, its transition, and how the executions stand.
    ``near_misses`` are (moves, text of the goal that they miss, why); not given, it is the solution without its last
    move. What is not given else is a sentence to be written better later. Raises ``ValueError`` for a run in which
    nothing was done since ``begin``, and ``BadLevel`` or ``ValueError`` with what the proofs say; no file is left
    behind then.
    """
    entries = [entry for entry in run.journal if isinstance(entry.command, tuple(COMMANDS.values()))]
    plans = [
        entry
        for entry in list(run.journal)[:begin]
        if not isinstance(entry.command, tuple(COMMANDS.values()))
    ]
    taken = begin - len(plans)
    if not 0 <= taken < len(entries):
        raise ValueError(f"nothing was done in this run after moment {begin}, so there is nothing to ask for")
    if path.suffix != ".toml":
        raise ValueError(f"{path} should end in .toml")
    numbered = run.journal.start.pipeline.mode == PARALLEL
    commands: list[Command] = [entry.command for entry in entries]  # type: ignore[misc]  # plans are left out above
    told = [words(command, numbered) for command in commands]
    states = [run.journal.start, *(entry.state for entry in entries)]
    first, last = states[taken], states[-1]
    found = list(goals) or _changed(first, last)
    if not found:
        raise ValueError(
            "nothing has changed since then that a goal could ask for; give goals=[(text, condition)]"
        )
    edits = [command.pipeline for command in commands[taken:] if isinstance(command, EditPipeline)]
    used = list(dict.fromkeys(kind(command) for command in commands[taken:]))
    lines = [
        f"title = {_text(title)}",
        f"teaches = {_text(teaches or title)}",
        f"task = {_text(task or 'Bring about what the goals say.')}",
        f"allow = {_list(used)}",
        f"revisions = {last.last - first.last}",
        f"before = {_list(told[:taken])}",
        f"solution = {_list(told[taken:])}",
        f"lost = {_text(lost)}",
    ]
    if run.journal.start.readings != SUGGESTED:
        changed = {k: v for k, v in vars(run.journal.start.readings).items() if v != getattr(SUGGESTED, k)}
        lines += [f"readings = {{ {', '.join(f'{k} = {_text(v)}' for k, v in changed.items())} }}"]
    lines += [f"pipeline = {_pipeline(run.journal.start.pipeline)}"]
    lines += [f"edited = {_pipeline(edits[-1])}"] if edits else []
    for text, when in found:
        lines += ["", "[[goal]]", f"text = {_text(text)}", f"when = {_text(when)}"]
    misses = list(near_misses) or [(told[taken:-1], _last_met(states, found), "The last move is missing.")]
    for moves, fails, reason in misses:
        lines += [
            "",
            "[[near_miss]]",
            f"moves = {_list(moves)}",
            f"fails = {_text(fails)}",
            f"why = {_text(reason)}",
        ]
    return _proven(path, "\n".join(lines) + "\n")


def _proven(path: Path, text: str) -> Level:
    """The file is there when the proofs have been passed, and not before."""
    with TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name  # mistakes are told under its own name
        draft.write_text(text, encoding="utf-8")
        if wrong := prove(load_level(draft)):
            raise ValueError(f"no level was written: {'; '.join(wrong)}")
        draft.replace(path)
    return load_level(path)


def _changed(first: State, last: State) -> list[tuple[str, str]]:
    """Goals that say what is otherwise now than it was."""
    found = []
    if last.deleted:
        return [("The pipeline is deleted.", "the pipeline is deleted")]
    for stage, seen in zip(last.pipeline.stages, last.stages, strict=True):
        at = first.pipeline.position.get(stage.name)
        before = first.stages[at] if at is not None else None
        if seen.succeeded and (before is None or seen.succeeded != before.succeeded):
            number = seen.succeeded
            found.append((f"Execution {number} is in {stage.name}.", f"{stage.name} has execution {number}"))
        if before is not None and (seen.door == "enabled") != (before.door == "enabled"):
            word = "enabled" if seen.door == "enabled" else "disabled"
            found.append((f"The transition into {stage.name} is {word}.", f"{stage.name} is {word}"))
        found += [
            (f"Execution {number} waits at {stage.name}.", f"execution {number} waits at {stage.name}")
            for number in seen.inbound
            if before is None or number not in before.inbound
        ]
    for x in last.executions:
        old = first.execution(x.number)
        if x.actions and (old is None or (old.status, old.stage) != (x.status, x.stage)):
            name = last.stage_of(x).name
            if x.status in ("InProgress", "Stopping"):
                found.append((f"Execution {x.number} is in {name}.", f"execution {x.number} is in {name}"))
            else:
                found.append((f"Execution {x.number} is {x.status}.", f"execution {x.number} is {x.status}"))
    return list(dict.fromkeys(found))


def _last_met(states: list[State], goals: list[tuple[str, str]]) -> str:
    """The text of a goal that the move before the last had not met; the level's reader checks it."""
    from cp_teach.course.levels.goal_language import Predicates

    pipelines = {id(state.pipeline): state.pipeline for state in states}
    for text, when in goals:
        try:
            met = Predicates(pipelines.values()).read(when)(states[-2], ())
        except IndexError:  # a goal about the past: what it remembers is not known here
            continue
        if not met:
            return text
    return goals[-1][0]


def _pipeline(pipeline: Pipeline) -> str:
    """By its name where the kit has this very pipeline, else as AWS's JSON, with a line for each stage."""
    for path in resources.pipelines().glob("*.json"):
        if (
            json.loads(path.read_text(encoding="utf-8"))["pipeline"]["name"] == pipeline.name
            and load_pipeline(path) == pipeline
        ):
            return _text(path.stem)
    structure = pipeline.to_aws()
    stages = ",\n  ".join(json.dumps(stage, ensure_ascii=False) for stage in structure.pop("stages"))
    rest = json.dumps(structure, ensure_ascii=False, indent=1)[:-2]
    told = f'{rest},\n "stages": [\n  {stages}\n ]\n}}'
    return f"'''\n{told}\n'''" if "'''" not in told else _text(told)


def _text(words: str) -> str:
    """A text as TOML writes it; its escapes are those of JSON."""
    return json.dumps(words, ensure_ascii=False)


def _list(items: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, items)) + "]"
