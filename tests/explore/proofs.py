"""The long proofs: every rule of the service, over every state of many pipelines. ``make prove`` runs them all.

    python tests/explore/proofs.py            # all of them, one line each
    python tests/explore/proofs.py --sample   # the few that the tests run, too

Each proof looks at *all* states that its pipeline can reach by the moves it names: none is cut short. Where a whole
pipeline would have too many, fewer kinds of moves or one revision are explored, and the line says which.
"""

import dataclasses
import importlib
import sys
import time
from collections.abc import Collection, Iterator
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple

from cp_teach import load_pipeline, resources
from cp_teach.engine import initial_state, legal, step
from cp_teach.engine.model.commands import FinishRule, StartExecution
from cp_teach.explore import DEFAULT_KINDS, check
from cp_teach.explore.move_kinds import kind_of_move
from cp_teach.pipeline import Pipeline

sys.path.insert(0, str(Path(__file__).parent))
faults = importlib.import_module("faults")

WALK = ("release", "finish", "fail", "judge", "approve")
WHOLE = (*DEFAULT_KINDS, "stop", "override", "roll back")
MOST = 3_000_000


class Proof(NamedTuple):
    """One pipeline in one mode, the moves that are explored, and how many executions."""

    name: str
    pipeline: Pipeline
    allow: tuple[str, ...]
    revisions: int
    sample: bool = False
    apart: bool = False
    """True for the property that two PARALLEL executions do not touch each other."""


def in_mode(pipeline: Pipeline, mode: str) -> Pipeline:
    """The same pipeline in another execution mode."""
    kind = pipeline.pipeline_type if mode == "SUPERSEDED" else "V2"
    return dataclasses.replace(pipeline, execution_mode=mode, pipeline_type=kind)


def shorts() -> dict[str, Pipeline]:
    """Pipelines of up to three stages, with everything V2 has."""
    rule, shop = faults.rule, faults.shop
    retry = faults.RETRIES
    return {
        "two": Pipeline.of("two", Source="S3", Beta="CodeDeploy"),
        "three": Pipeline.of("three", Source="S3", Build="CodeBuild", Prod="S3"),
        "gate": Pipeline.of("gate", Source="S3", Prod="Manual then CodeDeploy"),
        "groups": Pipeline.of("groups", Source="S3", Build="A:CodeBuild and B:CodeBuild then C:CodeBuild"),
        "sources": Pipeline.of("sources", Source=["S3", "CodeCommit"], Prod="CodeDeploy"),
        "before": shop(beforeEntry=rule("FAIL")),
        "skip": shop(beforeEntry=rule("SKIP")),
        "after": shop(onSuccess=rule("ROLLBACK")),
        "retry": shop(onFailure=retry),
        "back": shop(onFailure={"result": "ROLLBACK"}),
        "both": shop(beforeEntry=rule("FAIL"), onSuccess=rule("FAIL"), onFailure=retry),
    }


def proofs() -> Iterator[Proof]:
    """All of them: what is quick first."""
    for name, pipeline in shorts().items():
        for mode in ("SUPERSEDED", "QUEUED"):
            chosen = name in ("two", "gate") or (name, mode) == ("retry", "SUPERSEDED")
            yield Proof(name, in_mode(pipeline, mode), WHOLE, 2, sample=chosen)
            yield Proof(name, in_mode(pipeline, mode), (*DEFAULT_KINDS, "override", "roll back", "expire"), 2)
            yield Proof(name, in_mode(pipeline, mode), (*WALK, "toggle", "retry"), 3)
        yield Proof(
            name, in_mode(pipeline, "PARALLEL"), (*WHOLE, "edit"), 1, sample=name in ("groups", "both")
        )
        yield Proof(name, in_mode(pipeline, "PARALLEL"), WALK, 1, sample=name == "two", apart=True)
    for path in sorted(resources.pipelines().glob("*.json")):
        pipeline = load_pipeline(path)
        size = sum(len(stage.actions) for stage in pipeline.stages)
        small = len(pipeline.stages) <= 3
        for mode in ("SUPERSEDED", "QUEUED"):
            yield Proof(
                path.stem, in_mode(pipeline, mode), WHOLE if small else DEFAULT_KINDS, 2 if size < 12 else 1
            )
        yield Proof(path.stem, in_mode(pipeline, "PARALLEL"), (*DEFAULT_KINDS, "stop"), 1)


def possible(pipeline: Pipeline, allow: Collection[str], revisions: int) -> set[str]:
    """The kinds of moves among ``allow`` that this pipeline must be able to make: a proof over a graph in which one
    of them never happens proves nothing about it."""
    actions = [action for stage in pipeline.stages for action in stage.actions]
    moments = [(stage.before_entry, stage.on_success, stage.on_failure) for stage in pipeline.stages]
    judged = [moment for stage in moments for moment in stage if moment and moment.conditions]
    failing = [
        moment
        for before_entry, on_success, _ in moments
        for moment in (before_entry, on_success)
        if moment and any(condition.result != "SKIP" for condition in moment.conditions or ())
    ]
    locks = pipeline.mode != "PARALLEL"
    cannot = {
        "approve": not any(action.is_approval for action in actions),
        "judge": not judged,
        "override": not failing,
        "toggle": not locks,
        "expire": not locks,
        # An execution that is to be rolled back to, and the rollback itself.
        "roll back": not locks or pipeline.type != "V2" or revisions < 2,
    }
    return {word for word in allow if not cannot.get(word, False)}


def prove(proof: Proof) -> tuple[Proof, int, float, str]:
    """The proof, how many states it looked at, the seconds it took, and what it found: "" when all holds."""
    began = time.monotonic()
    if proof.apart:
        states, found = _apart(proof.pipeline)
    else:
        verdict = check(proof.pipeline, revisions=proof.revisions, allow=proof.allow, limit=MOST)
        states, found = verdict.states, "" if verdict else str(verdict)
        if verdict.counterexample is not None:
            found += "".join(
                f"\n    {n}. {move}" for n, move in enumerate(verdict.counterexample.journal, start=1)
            )
        elif not verdict.complete:
            found = "it was cut short"
        elif missing := possible(proof.pipeline, proof.allow, proof.revisions) - verdict.kinds:
            found = f"it says nothing about {', '.join(sorted(missing))}: no such move was ever made"
    return proof, states, time.monotonic() - began, found


def _apart(pipeline: Pipeline) -> tuple[int, str]:
    """Whatever one of two PARALLEL executions does, the other one stays as it is."""
    state, _ = step(initial_state(pipeline), StartExecution())
    state, _ = step(state, StartExecution())
    known, queue, made = {state.executions}, [state], set()
    for here in queue:
        for move in legal(here):
            if kind_of_move(move) not in WALK or isinstance(move, StartExecution):
                continue
            there, _ = step(here, move)
            made.add(kind_of_move(move))
            for x in here.executions:
                other = (
                    move[0] != x.number if not isinstance(move, FinishRule) else move.execution != x.number
                )
                if other and there.execution(x.number) != x:
                    return len(known), f"{move} changed execution {x.number}"
            if there.executions not in known:
                known.add(there.executions)
                queue.append(there)
    # Both are released before the walk begins.
    missing = possible(pipeline, WALK, 1) - made - {"release"}
    return len(known), f"it says nothing about {', '.join(sorted(missing))}" if missing else ""


def told(result: tuple[Proof, int, float, str]) -> str:
    """One line."""
    proof, states, seconds, found = result
    what = (
        "two do not touch each other"
        if proof.apart
        else f"{proof.revisions} released: {', '.join(proof.allow)}"
    )
    verdict = f"BROKEN: {found}" if found else "holds"
    return f"{verdict} in all {states:>9,} states, {seconds:6.1f} s  {proof.name} ({proof.pipeline.mode}; {what})"


def main(words: list[str]) -> int:
    """Run them on two processes; 1 when something is broken."""
    chosen: list[Any] = [proof for proof in proofs() if proof.sample or "--sample" not in words]
    began, states, broken = time.monotonic(), 0, 0
    with Pool(2) as pool:
        for result in pool.imap_unordered(prove, chosen):
            print(told(result), flush=True)
            states += result[1]
            broken += bool(result[3])
    pipelines = len({(proof.name, proof.pipeline.mode) for proof in chosen})
    print(
        f"{len(chosen)} proofs, {pipelines} pipelines and modes, {states:,} states, {time.monotonic() - began:.0f} s"
    )
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
