"""A level made from a Run: the commands of its journal become the solution, their effects the goals."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from cp_teach import resources
from cp_teach.course.levels.goal_language import Predicates
from cp_teach.course.levels.level import LOST, Level
from cp_teach.course.levels.level_parser import read_level
from cp_teach.course.levels.level_proof import prove
from cp_teach.course.levels.move_language import move_text
from cp_teach.engine import Run
from cp_teach.engine.model.commands import COMMAND_KINDS, Command, DisableTransition, EditPipeline
from cp_teach.engine.model.state import PARALLEL, SUGGESTED, State
from cp_teach.explore.move_kinds import kind_of_move
from cp_teach.pipeline import Pipeline, load_pipeline

NearMissRow = tuple[Sequence[str], str, str]
"""(moves, text of the goal that they miss, explanation)"""


def record_level(
    run: Run,
    path: str | Path,
    *,
    title: str,
    teaches: str = "",
    task: str = "",
    begin: int = 0,
    goals: Iterable[tuple[str, str]] = (),
    near_misses: Iterable[NearMissRow] = (),
    lost: str = LOST,
) -> Level:
    """Write a level file that asks for what was done in ``run``; return the level, read back and proven.

    ``begin`` is the position of the journal at which the learner takes over. ``goals`` are (text, condition) pairs; by
    default, one for each change since then: of the execution in a stage, of a transition, of the status of an
    execution. ``near_misses`` are (moves, text of the goal that they miss, explanation); by default, the solution
    without its last move, or, if the solution is a single move, another move. Other texts have placeholders.

    Raises ``ValueError`` if nothing was done since ``begin`` or a proof fails, and ``BadLevel`` if the level cannot be
    read back. No file is written then.
    """
    path = Path(path)
    if path.suffix != ".toml":
        raise ValueError(f"{path} should end in .toml")
    closed = run.journal.start.pipeline.disabled_transitions  # in the level, these are moves before it
    commands: list[Command] = [DisableTransition(stage, reason) for stage, reason in closed]
    states = [run.journal.start] * (len(commands) + 1)
    first = len(commands)
    for position, entry in enumerate(run.journal):
        if isinstance(entry.command, tuple(COMMAND_KINDS.values())):  # a failure plan is not a move
            commands.append(entry.command)  # type: ignore[arg-type]  # the tuple holds all kinds of Command
            states.append(entry.state)
            first += position < begin
    if begin < 0 or first == len(commands):
        raise ValueError(
            f"nothing was done in this run after moment {begin}, so the level would have no solution; "
            "choose an earlier begin"
        )
    goals = list(goals) or _changes(states[first], states[-1])
    if not goals:
        raise ValueError(
            f"a goal cannot be made, because the run has not changed since moment {begin}; "
            "give goals=[(text, condition)]"
        )
    moves = [move_text(command, states[0].pipeline.mode == PARALLEL) for command in commands]
    misses = list(near_misses)
    if not misses and len(moves) - first > 1:
        misses = [(moves[first:-1], _last_met(states, goals), "The last move is missing.")]
    lines = [
        f"title = {_string(title)}",
        f"teaches = {_string(teaches or title)}",
        f"task = {_string(task or 'Bring about what the goals say.')}",
        f"allow = {_array(dict.fromkeys(map(kind_of_move, commands[first:])))}",
        f"revisions = {states[-1].newest - states[first].newest}",
        f"before = {_array(moves[:first])}",
        f"solution = {_array(moves[first:])}",
        f"lost = {_string(lost)}",
        *_readings(states[0]),
        f"pipeline = {_pipeline(states[0].pipeline)}",
    ]
    edits = [command.pipeline for command in commands[first:] if isinstance(command, EditPipeline)]
    lines += [f"edited = {_pipeline(edits[-1])}"] if edits else []
    for text, when in goals:
        lines += ["", "[[goal]]", f"text = {_string(text)}", f"when = {_string(when)}"]
    return _write(path, "\n".join(lines) + "\n", misses)


def _write(path: Path, text: str, misses: list[NearMissRow]) -> Level:
    """Write the file once the level has passed the proofs."""
    with TemporaryDirectory(dir=path.parent) as folder:
        draft = Path(folder) / path.name  # errors name the file as its author does
        draft.write_text(text, encoding="utf-8")
        for moves, fails, reason in misses or _other_first_move(read_level(draft)):
            text += f"\n[[near_miss]]\nmoves = {_array(moves)}\nfails = {_string(fails)}\nwhy = {_string(reason)}\n"
        draft.write_text(text, encoding="utf-8")
        if faults := prove(read_level(draft)):
            raise ValueError(f"no level was written: {'; '.join(faults)}")
        draft.replace(path)
    return read_level(path)


def _other_first_move(level: Level) -> list[NearMissRow]:
    """A near-miss for a solution of one move: another move that leaves a goal unmet, if there is one."""
    for move in level.moves(level.start, level.newest):
        met = level.met(level.apply(level.start, move))
        if not all(met):
            return [([level.move_text(move)], level.goals[met.index(False)].text, "That is another move.")]
    return []


def _changes(first: State, last: State) -> list[tuple[str, str]]:
    """A goal for each difference between two states: (text, condition)."""
    if last.deleted:
        return [("The pipeline is deleted.", "the pipeline is deleted")]
    conditions = []
    for stage, now in zip(last.pipeline.stages, last.stages, strict=True):
        at = first.pipeline.stage_indices.get(stage.name)
        before = first.stages[at] if at is not None else None
        if now.succeeded and (before is None or now.succeeded != before.succeeded):
            conditions.append(
                (
                    f"Execution {now.succeeded} is in {stage.name}",
                    f"{stage.name} has execution {now.succeeded}",
                )
            )
        if before is not None and (now.transition == "enabled") != (before.transition == "enabled"):
            status = "enabled" if now.transition == "enabled" else "disabled"
            conditions.append((f"The transition into {stage.name} is {status}", f"{stage.name} is {status}"))
        conditions += [
            (f"Execution {number} waits at {stage.name}", f"execution {number} waits at {stage.name}")
            for number in now.inbound
            if before is None or number not in before.inbound
        ]
    for execution in last.executions:
        number, old = execution.number, first.execution(execution.number)
        if execution.actions and (
            old is None or (old.status, old.stage) != (execution.status, execution.stage)
        ):
            in_progress = execution.status in ("InProgress", "Stopping")
            status = f"in {last.stage_of(execution).name}" if in_progress else execution.status
            conditions.append((f"Execution {number} is {status}", f"execution {number} is {status}"))
    return [(f"{text}.", condition) for text, condition in dict.fromkeys(conditions)]


def _last_met(states: list[State], goals: list[tuple[str, str]]) -> str:
    """The text of a goal that only the last move meets; ``read_level`` checks it."""
    pipelines = {id(state.pipeline): state.pipeline for state in states}
    for text, when in goals:
        try:
            met = Predicates(pipelines.values()).compile(when)(states[-2], ())
        except IndexError:  # a condition on the history, which no facts are kept for here
            continue
        if not met:
            return text
    return goals[-1][0]


def _readings(state: State) -> list[str]:
    changed = {
        key: value for key, value in state.readings._asdict().items() if value != getattr(SUGGESTED, key)
    }
    items = ", ".join(f"{key} = {json.dumps(value)}" for key, value in changed.items())
    return [f"readings = {{ {items} }}"] if changed else []


def _pipeline(pipeline: Pipeline) -> str:
    """The name of the pipeline if it is one of the kit's, else AWS's JSON with a line for each stage."""
    for path in resources.pipelines().glob("*.json"):
        if (
            json.loads(path.read_text(encoding="utf-8"))["pipeline"]["name"] == pipeline.name
            and load_pipeline(path) == pipeline
        ):
            return _string(path.stem)
    structure = pipeline.to_aws()
    stages = ",\n  ".join(json.dumps(stage, ensure_ascii=False) for stage in structure.pop("stages"))
    rest = json.dumps(structure, ensure_ascii=False, indent=1)[:-2]
    text = f'{rest},\n "stages": [\n  {stages}\n ]\n}}'
    return f"'''\n{text}\n'''" if "'''" not in text else _string(text)


def _string(text: str) -> str:
    """A TOML string, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False)


def _array(texts: Iterable[str]) -> str:
    return "[" + ", ".join(map(_string, texts)) + "]"
