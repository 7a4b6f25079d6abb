"""`cp-teach explore FILE`: how many states the pipeline can reach, and what they are like."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cp_teach.cli import explore_options
from cp_teach.cli.commands import check
from cp_teach.cli.user_error import Mistake, check_writable_file, read_json, writing

if TYPE_CHECKING:
    from cp_teach.explore import Space


def add(commands: Any) -> None:
    """Tell the command line of `explore`."""
    sub = commands.add_parser("explore", help="walk every state that the pipeline of a JSON file can reach")
    sub.add_argument("file", metavar="FILE", help="a pipeline as `aws codepipeline get-pipeline` writes it")
    sub.add_argument(
        "--catalog",
        "--catalogue",
        choices=("today", "course"),
        default="today",
        help="whose rules it must keep",
    )
    sub.add_argument("--json", metavar="OUT.json", help="write the graph: states, and moves between them")
    explore_options.options(sub)
    sub.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Explore, and say how large the graph is. Ctrl-C ends it and keeps what was found."""
    structure = read_json(args.file)
    from cp_teach.explore import TooManyStates, explore
    from cp_teach.pipeline import InvalidPipeline, Pipeline

    try:
        pipeline = Pipeline.from_aws(structure, catalog=args.catalog)
    except InvalidPipeline:
        return check.run(args)
    if args.json and Path(args.json).suffix != ".json":
        raise Mistake(f"{args.json} should end in .json, which says what is written.")
    if args.json:
        check_writable_file(Path(args.json))
    space = explore(pipeline, **explore_options.bounds(args, pipeline))
    enough, note = explore_options.clock(args), ""
    try:
        for _ in space.grow():
            if enough(space):
                break
    except TooManyStates as error:
        note = str(error)
    except KeyboardInterrupt:
        note = "You stopped it."
    print(_told(space, note))
    if args.json:
        target = Path(args.json)
        with writing(target):
            target.write_text(json.dumps(_graph(space), ensure_ascii=False), encoding="utf-8")
        print(f"Written: {target}", file=sys.stderr)
    return 0


def _told(space: "Space", note: str) -> str:
    from cp_teach.explore import is_stuck
    from cp_teach.explore.move_kinds import kind

    edges: Counter[str] = Counter()
    stuck = 0
    for index in range(space.expanding):
        state = space.state(index)
        edges.update(kind(move) for move in space.moves(state))
        stuck += is_stuck(state)
    size = "all of them" if space.done else "more can be reached"
    lines = [
        f"{space.pipeline.name} ({space.pipeline.mode}, {space.revisions} released): {space.found:,} states, {size}",
        f"{sum(edges.values()):,} moves: " + ", ".join(f"{n:,} {word}" for word, n in edges.most_common()),
        f"{space.depth} moves from the beginning to the farthest state that was found",
        f"{stuck:,} states in which everything under way waits for a person",
    ]
    return "\n".join([*lines, *([note] if note else [])])


def _graph(space: "Space") -> dict[str, Any]:
    """The part of the graph that was expanded, as plain data."""
    from cp_teach.explore.move_kinds import kind

    moves = []
    for index in range(space.expanding):
        for move, target in zip(space.moves(space.state(index)), space.targets(index), strict=True):
            fields = {key: value for key, value in move._asdict().items() if isinstance(value, str | int)}
            moves.append({"from": index, "to": target, "kind": kind(move), **fields})
    states = [
        {
            "last": state.last,
            "stages": [
                {"name": stage.name, "door": seen.door, "inbound": seen.inbound, "holder": seen.holder}
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
        for state in (space.state(index) for index in range(space.found))
    ]
    return {"pipeline": space.pipeline.name, "all": space.done, "states": states, "moves": moves}
