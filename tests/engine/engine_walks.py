"""Random pipelines, random walks on them, and a witness who knows the rules and reads nothing but events."""

from __future__ import annotations

import dataclasses
import os
import random
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from cp_teach.engine import (
    ALL_ACTIONS,
    FAILED_ACTIONS,
    DeletePipeline,
    DisableTransition,
    EditPipeline,
    EnableTransition,
    ExpireTransition,
    FinishAction,
    FinishRule,
    OverrideCondition,
    PutApprovalResult,
    RetryStage,
    RollbackStage,
    StartExecution,
    State,
    StopExecution,
    TimeOut,
    initial_state,
    invariant_violation,
    legal,
    step,
)
from cp_teach.pipeline import Condition, Conditions, Pipeline, Rule, RuleType

SOURCES = ("S3", "Code:CodeCommit and Assets:S3")
STAGES = (
    "A{n}:CodeBuild",
    "A{n}:CodeBuild and T{n}:Test/CodeBuild",
    "A{n}:CodeBuild then T{n}:Test/CodeBuild and L{n}:Test/CodeBuild then D{n}:CodeDeploy",
    "Sign{n}:Manual",
    "Sign{n}:Manual and Check{n}:Test/CodeBuild then D{n}:CodeDeploy",
    "D{n}:CodeDeploy and E{n}:CodeDeploy and F{n}:CodeDeploy",
)


def pipeline(source: str, stages: Iterable[str], mode: str) -> Pipeline:
    later = {f"Stage{n}": text.format(n=n) for n, text in enumerate(stages, start=1)}
    return Pipeline.of("walked", Source=source, **later, mode=mode)


def judged(result: str) -> Conditions:
    """A condition of two rules with that result."""
    rules = (
        Rule("Alarm", RuleType("CloudWatchAlarm"), (("AlarmName", "errors"),)),
        Rule("Check", RuleType("LambdaInvoke"), (("FunctionName", "check"),)),
    )
    if result == "SKIP":  # AWS takes no alarm for it
        rules = (rules[1], dataclasses.replace(rules[1], name="Alarm"))
    return Conditions((Condition(result, rules),))


DRESSES: tuple[dict[str, Conditions], ...] = (
    {},
    {"before_entry": judged("FAIL")},
    {"before_entry": judged("SKIP"), "on_success": judged("FAIL")},
    {"on_success": judged("ROLLBACK")},
    {"on_failure": Conditions(result="ROLLBACK")},
    {"on_failure": Conditions(result="RETRY", retry_mode="ALL_ACTIONS"), "before_entry": judged("FAIL")},
    {"on_failure": Conditions(result="RETRY", retry_mode="FAILED_ACTIONS")},
    {"on_failure": judged("ROLLBACK")},
)
"""What type V2 adds to a stage."""


def dressed(pipe: Pipeline, dresses: Iterable[int]) -> Pipeline:
    """The pipeline as one of type V2; ``dresses`` says what each stage after the first is given."""
    stages = [
        dataclasses.replace(stage, **DRESSES[number])
        for stage, number in zip(pipe.stages[1:], dresses, strict=False)
    ]
    return dataclasses.replace(pipe, stages=(pipe.stages[0], *stages), pipeline_type="V2")


plain: st.SearchStrategy[Pipeline] = st.builds(
    pipeline,
    st.sampled_from(SOURCES),
    st.lists(st.sampled_from(STAGES), min_size=1, max_size=3),
    st.sampled_from(("SUPERSEDED", "QUEUED")),
)
pipelines: st.SearchStrategy[Pipeline] = plain | st.builds(
    dressed, plain, st.lists(st.integers(0, len(DRESSES) - 1), min_size=3, max_size=3)
)
choices = st.lists(st.integers(0, 9999), max_size=70)


def moves(state: State) -> list[Any]:
    """All that is legal but the end of everything."""
    return [command for command in legal(state) if not isinstance(command, DeletePipeline)]


def walk(pipe: Pipeline, picks: Iterable[int]) -> Iterator[tuple[State, Any, State, list[Any]]]:
    """(before, command, after, events) for each pick among the legal moves."""
    state = initial_state(pipe)
    for pick in picks:
        options = moves(state)
        command = options[pick % len(options)]
        after, events = step(state, command)
        yield state, command, after, events
        state = after


def end_of(pipe: Pipeline, picks: Iterable[int]) -> State:
    return next((after for _, _, after, _ in reversed(list(walk(pipe, picks)))), initial_state(pipe))


def universe(state: State) -> Iterator[Any]:
    """One representative of each command for every stage, action, rule, execution and mode: sensible or not."""
    yield StartExecution()
    yield DeletePipeline()
    yield EditPipeline(state.pipeline)
    for stage in state.pipeline.stages:
        yield EnableTransition(stage.name)
        yield DisableTransition(stage.name)
        yield ExpireTransition(stage.name)
    for number in range(state.newest + 2):
        yield StopExecution(number, False)
        yield StopExecution(number, True)
        for stage in state.pipeline.stages:
            yield RollbackStage(stage.name, number)
            yield RetryStage(number, stage.name, FAILED_ACTIONS)
            yield RetryStage(number, stage.name, ALL_ACTIONS)
            for condition in ("BEFORE_ENTRY", "ON_SUCCESS"):
                yield OverrideCondition(number, stage.name, condition)
            for rule in ("Alarm", "Check"):
                yield FinishRule(number, stage.name, rule, True)
                yield FinishRule(number, stage.name, rule, False)
            for action in stage.actions:
                at = (number, stage.name, action.name)
                yield TimeOut(*at)
                yield FinishAction(*at)
                yield FinishAction(*at, "JobFailed")
                yield PutApprovalResult(*at, "Approved", "Reviewed.")
                yield PutApprovalResult(*at, "Rejected", "Reviewed.")


class Witness:
    """Follows a run by its events alone and says what no pipeline of AWS would do.

    It shares no code with the engine: who is where is kept in plain sets and dicts of names.
    """

    def __init__(self, pipe: Pipeline) -> None:
        self.pipe = pipe
        self.inside: dict[str, int] = {}
        self.queue: dict[str, list[int]] = {stage.name: [] for stage in pipe.stages}
        self.closed: set[str] = set()
        self.ended: dict[int, str] = {}
        self.did: dict[tuple[int, str, str], str] = {}
        self.newest = 0
        self.expired: set[str] = set()
        self.stale: set[str] = set()
        self.rollbacks: dict[int, str] = {}
        self.done: dict[str, list[int]] = {stage.name: [] for stage in pipe.stages}
        self.outdated: set[int] = set()
        self.decided: dict[int, str] = {}
        self.passed: set[tuple[int, str, str]] = set()

    def hear(self, command: Any, events: list[Any]) -> str:
        """The first complaint about the events of one step; "" when they are as they should be."""
        for event in events:
            judge: Callable[[Any, Any], str | None] | None = getattr(self, f"_{type(event).__name__}", None)
            number = getattr(event, "execution", None)
            revives = type(event).__name__ == "StageRetried" or (
                type(event).__name__ == "ConditionEnded" and event.status == "Overridden"
            )
            if number in self.ended and not revives:
                return f"{event} But it had ended: {self.ended[number]}."
            if judge is not None and (wrong := judge(command, event)):
                return f"{event} But {wrong}."
        for stage, waiting in self.queue.items():
            if waiting and stage not in self.closed | self.stale and stage not in self.inside:
                return f"{stage} is open and empty, and {waiting} wait."
        return ""

    def _ExecutionStarted(self, command: Any, event: Any) -> str:
        wrong = "" if event.execution == self.newest + 1 else f"the newest was {self.newest}"
        self.newest = event.execution
        if event.kind == "ROLLBACK":
            self.rollbacks[event.execution] = event.stage
            if event.target not in self.done[event.stage]:
                return f"{event.target} has not succeeded there"
            if event.target in self.rollbacks:
                return "one cannot go back to a rollback"
        return wrong

    def _ExecutionWaiting(self, command: Any, event: Any) -> str:
        queue = self.queue[event.stage]
        queue.append(event.execution)
        self.stale.discard(event.stage)
        if self.pipe.mode == "SUPERSEDED" and len(queue) > 1:
            return f"{queue[0]} waits there already"
        return "" if queue == sorted(queue) else f"the queue is {queue}"

    def _ExecutionSuperseded(self, command: Any, event: Any) -> str:
        if self.pipe.mode != "SUPERSEDED":
            return "in a queue nobody is dropped"
        if event.execution in self.inside.values():
            return "it is inside a stage"
        if event.execution not in self.queue[event.stage]:
            return "it does not wait there"
        if event.by <= event.execution:
            return "that one is not newer"
        self.queue[event.stage].remove(event.execution)
        self.ended[event.execution] = "superseded"
        return ""

    def _ExecutionEntered(self, command: Any, event: Any) -> str:
        stage, number = event.stage, event.execution
        if stage in self.inside:
            return f"{self.inside[stage]} holds the stage"
        if number in self.outdated:
            return "the pipeline was edited"
        if number in self.rollbacks:
            self.inside[stage] = number
            return "" if self.rollbacks[number] == stage else "a rollback stays where it is"
        if stage in self.closed | self.stale:
            return "its transition is disabled"
        if number in self.inside.values():
            return "it is in another stage"
        queue = self.queue[stage]
        if queue and queue[0] != number:
            return f"{queue[0]} came first"
        if queue:
            queue.pop(0)
        self.inside[stage] = number
        return ""

    def _ActionStarted(self, command: Any, event: Any) -> str:
        number, stage, name = event
        if self.inside.get(stage) != number:
            return "the execution is not inside"
        if number in self.outdated:
            return "the pipeline was edited"
        before = self.did.get(tuple(event), "")
        if before in ("running", "succeeded"):
            return f"it is {before}"
        guarded = self.pipe[stage].rules("BEFORE_ENTRY") and number not in self.rollbacks
        if guarded and (number, stage, "BEFORE_ENTRY") not in self.passed:
            return "its beforeEntry condition is not met"
        order = self.pipe[stage][name].order
        for other in self.pipe[stage].actions:
            if other.order < order and self.did.get((number, stage, other.name)) != "succeeded":
                return f"{other.name} comes before it"
        self.did[tuple(event)] = "running"
        return ""

    def _end(self, event: Any, how: str) -> str:
        key = tuple(event[:3])
        before, self.did[key] = self.did.get(key), how
        return "" if before == "running" else "it did not run"

    def _ActionSucceeded(self, command: Any, event: Any) -> str:
        return self._end(event, "succeeded")

    def _ActionFailed(self, command: Any, event: Any) -> str:
        return self._end(event, "failed")

    def _ActionAbandoned(self, command: Any, event: Any) -> str:
        return self._end(event, "abandoned")

    def _leave(self, number: int, stage: str) -> str:
        if self.inside.pop(stage, None) != number:
            return "it was not inside"
        running = [key for key, how in self.did.items() if how == "running" and key[:2] == (number, stage)]
        return f"{running} run" if running else ""

    def _StageSucceeded(self, command: Any, event: Any) -> str:
        number, stage = event.execution, event.stage
        for action in self.pipe[stage].actions:
            if self.did.get((number, stage, action.name)) != "succeeded":
                return f"{action.name} has not succeeded"
        guarded = self.pipe[stage].rules("ON_SUCCESS") and number not in self.rollbacks
        if guarded and (number, stage, "ON_SUCCESS") not in self.passed:
            return "its onSuccess condition is not met"
        self.done[stage].append(number)
        return self._leave(number, stage)

    def _StageSkipped(self, command: Any, event: Any) -> str:
        wrong = "" if self.decided.get(event.execution) == "Failed" else "no condition said so"
        return wrong or self._leave(*event)

    def _RuleStarted(self, command: Any, event: Any) -> str:
        if event.execution in self.outdated:
            return "the pipeline was edited"
        self.passed.discard((event.execution, event.stage, event.condition))
        return "" if self.inside.get(event.stage) == event.execution else "the execution is not inside"

    def _ConditionEnded(self, command: Any, event: Any) -> str:
        number, stage, condition, status = event
        self.decided[number] = status
        if status == "Overridden":
            if self.ended.pop(number, "") != "failed":
                return "it has not failed"
            if stage in self.inside:
                return f"{self.inside[stage]} is inside"
            self.inside[stage] = number
        if status != "Failed":
            self.passed.add((number, stage, condition))
        return ""

    def _ExecutionCancelled(self, command: Any, event: Any) -> str:
        number, stage = event
        self.ended[number] = "cancelled"
        if number in self.queue[stage]:
            self.queue[stage].remove(number)
            if not self.queue[stage]:
                self.stale.discard(stage)
            return ""
        return self._leave(number, stage) or ("" if number in self.outdated else "nobody edited the pipeline")

    def _PipelineEdited(self, command: Any, event: Any) -> None:
        self.outdated |= set(range(1, self.newest + 1))
        self.done = {stage: [] for stage in self.done}

    def _ExecutionFailed(self, command: Any, event: Any) -> str:
        number, stage = event.execution, event.stage
        self.ended[number] = "failed"
        failed = any(how == "failed" and key[:2] == (number, stage) for key, how in self.did.items())
        if not failed and self.decided.get(number) != "Failed":
            return "nothing failed"
        return self._leave(number, stage)

    def _ExecutionStopped(self, command: Any, event: Any) -> str:
        self.ended[event.execution] = "stopped"
        if event.execution in self.queue[event.stage]:
            self.queue[event.stage].remove(event.execution)
            if not self.queue[event.stage]:
                self.stale.discard(event.stage)
            self.ended[event.execution] = "stopped at the door"
            return ""
        return self._leave(event.execution, event.stage)

    def _ExecutionSucceeded(self, command: Any, event: Any) -> str:
        self.ended[event.execution] = "succeeded"
        last = self.pipe[event.stage] if event.execution in self.rollbacks else self.pipe.stages[-1]
        if self.decided.get(event.execution) == "Failed":
            return ""  # its last stage was skipped
        for action in last.actions:
            if self.did.get((event.execution, last.name, action.name)) != "succeeded":
                return f"{action.name} has not succeeded"
        return ""

    def _StageRetried(self, command: Any, event: Any) -> str:
        number, stage = event.execution, event.stage
        if number in self.outdated:
            return "the pipeline was edited"
        how = self.ended.pop(number, "going on")
        if how not in ("failed", "stopped", "going on"):
            return f"it has {how}"
        if how != "going on":
            if stage in self.inside:
                return f"{self.inside[stage]} is inside"
            self.inside[stage] = number
        self.passed.discard((number, stage, "ON_SUCCESS"))
        self.decided.pop(number, None)
        if event.mode == ALL_ACTIONS:
            self.passed.discard((number, stage, "BEFORE_ENTRY"))
            for key in [key for key in self.did if key[:2] == (number, stage)]:
                del self.did[key]
        return ""

    def _TransitionDisabled(self, command: Any, event: Any) -> None:
        self.closed.add(event.stage)
        if event.stage in self.stale:
            self.stale.remove(event.stage)
            self.expired.add(event.stage)

    def _TransitionExpired(self, command: Any, event: Any) -> str:
        self.expired.add(event.stage)
        return "" if event.stage in self.closed else "it is enabled"

    def _TransitionEnabled(self, command: Any, event: Any) -> None:
        self.closed.discard(event.stage)
        if event.stage in self.expired:
            self.expired.remove(event.stage)
            if self.queue[event.stage]:
                self.stale.add(event.stage)


def complaint(pipe: Pipeline, picks: Iterable[int]) -> str:
    """The first rule broken on that walk, by the witness or by the look of a state; "" when none is."""
    witness = Witness(pipe)
    for number, (_, command, after, events) in enumerate(walk(pipe, picks), start=1):
        if wrong := witness.hear(command, events) or invariant_violation(after):
            return f"move {number}, {command}: {wrong}"
    return ""


SMALL = [
    pipeline("S3", ["A{n}:CodeBuild and T{n}:Test/CodeBuild then D{n}:CodeDeploy", "Sign{n}:Manual"], mode)
    for mode in ("SUPERSEDED", "QUEUED")
]


WALKS = 150 if os.environ.get("CP_TEACH_PROVE") else 50


def hunt(length: int = 60) -> str:
    """The first complaint that seeded random walks on two small pipelines find; "" when there is none."""
    for seed in range(WALKS):
        chance = random.Random(seed)
        for pipe in SMALL:
            if wrong := complaint(pipe, (chance.randrange(9999) for _ in range(length))):
                return wrong
    return ""
