"""`cp-teach explore FILE`: count the states that a pipeline can reach, and export their graph."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach.cli import explore_options
from cp_teach.cli.commands import check
from cp_teach.cli.common_options import Commands, add_catalog
from cp_teach.cli.pipeline_argument import add_pipeline_file, read_pipeline
from cp_teach.cli.user_error import UserError, check_writable_file, writing

if TYPE_CHECKING:
    from cp_teach.explore import StateGraph


def add(commands: Commands) -> None:
    """Add the command `explore`."""
    command = commands.add_parser("explore", help="explore the states that the pipeline of a file can reach")
    add_pipeline_file(command)
    add_catalog(command)
    command.add_argument("--json", metavar="OUT.json", help="write the graph: states, and moves between them")
    explore_options.add_options(command)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explore, and print the size of the graph. Ctrl-C ends the exploration and keeps its results."""
    from cp_teach.explore import TooManyStates, explore
    from cp_teach.pipeline import InvalidPipeline

    try:
        pipeline = read_pipeline(args, args.file, args.catalog).pipeline
    except InvalidPipeline:
        return check.run(args)
    if args.json and Path(args.json).suffix != ".json":
        raise UserError(f"{args.json} must end in .json.")
    if args.json:
        check_writable_file(Path(args.json))
    space = explore(pipeline, **explore_options.bounds(args, pipeline))
    enough, note = explore_options.time_limit(args), ""
    try:
        for _ in space.grow():
            if enough(space):
                break
    except TooManyStates as error:
        note = str(error)
    except KeyboardInterrupt:
        note = "Stopped."
    print(_summary(space, note))
    if args.json:
        target = Path(args.json)
        with writing(target):
            target.write_text(json.dumps(_graph(space), ensure_ascii=False), encoding="utf-8")
        print(f"Written: {target}", file=sys.stderr)
    return 0


def _summary(space: "StateGraph", note: str) -> str:
    from cp_teach.explore import is_stuck
    from cp_teach.explore.move_kinds import kind_of_move

    edges: Counter[str] = Counter()
    stuck = 0
    for index in range(space.expanding):
        state = space.state(index)
        edges.update(kind_of_move(move) for move in space.moves(state))
        stuck += is_stuck(state)
    size = "all of them" if space.done else "more can be reached"
    lines = [
        f"{space.pipeline.name} ({space.pipeline.mode}, {space.revisions} released): {space.explored:,} states, {size}",
        f"{sum(edges.values()):,} moves: "
        + ", ".join(f"{n:,} {kind_name}" for kind_name, n in edges.most_common()),
        f"{space.depth} moves from the initial state to the farthest state that was found",
        f"{stuck:,} states in which everything in progress waits for a person",
    ]
    return "\n".join([*lines, *([note] if note else [])])


def _graph(space: "StateGraph") -> dict[str, Any]:
    """The part of the graph that was expanded, as plain data."""
    from cp_teach.explore.move_kinds import kind_of_move

    moves = []
    for index in range(space.expanding):
        for move, target in zip(space.moves(space.state(index)), space.targets(index), strict=True):
            fields = {key: value for key, value in move._asdict().items() if isinstance(value, str | int)}
            moves.append({"from": index, "to": target, "kind": kind_of_move(move), **fields})
    states = [
        {
            "last": state.newest,
            "stages": [
                {"name": stage.name, "door": seen.transition, "inbound": seen.inbound, "holder": seen.holder}
                for stage, seen in zip(state.pipeline.stages, state.stages, strict=True)
            ],
            "executions": [
                {
                    "number": x.number,
                    "status": x.status,
                    "stage": state.stage_of(x).name,
                    "actions": x.actions,
                }
                for x in state.executions
            ],
        }
        for state in (space.state(index) for index in range(space.explored))
    ]
    return {"pipeline": space.pipeline.name, "all": space.done, "states": states, "moves": moves}
