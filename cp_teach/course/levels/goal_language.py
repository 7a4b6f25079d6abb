"""The language of a level's goals: conditions over the state and the history of a run.

Example: ``Beta has execution 2 and never Prod is locked``.

Conditions on the state: ``execution 2 is Failed`` (any status of AWS), ``execution 2 waits at Beta``, ``execution 2 is
in Beta``, ``Beta has execution 2``, ``Beta has nothing``, ``Beta is locked``, ``Beta is free``, ``Beta is enabled``,
``Beta is disabled``, ``Compile in Build is Succeeded`` (or ``Didn't Run``), ``2 executions were released``, ``nothing
is under way``, ``the pipeline is deleted``. Conditions on the history: ``execution 2 entered Beta``, ``execution 2
passed Beta``, ``execution 2 failed in Beta``, ``execution 2 was stopped``, ``Beta was retried``, ``Beta was rolled
back``, ``Beta was skipped``, ``the pipeline was edited``, ``Compile in Build ran 2 times``. ``answered`` is true once
the level's question is answered correctly. ``and``, ``or``, ``not`` and ``( )`` combine them. ``once X`` is true if X
is true now or was at any earlier moment; ``never X`` is its opposite.

The history is a tuple of small integers, one per condition on it, because a search over states has to store it with
every state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cp_teach.course.levels.tokenizer import TokenCursor, Unreadable, did_you_mean
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import OPEN, STOPPING, StageState, State
from cp_teach.pipeline.model.pipeline import Pipeline
from cp_teach.security.input.whole_number import whole_number

Facts = tuple[int, ...]
"""The history as far as the goals need it: one small integer for each condition on it."""
Condition = Callable[[State, Facts], bool]
FactUpdate = Callable[[int, Sequence[e.Event], State], int]
"""The next value of one fact, from its value, the events of a move, and the state after the move."""

STATUSES = ("InProgress", "Succeeded", "Failed", "Stopping", "Stopped", "Superseded", "Cancelled")
ACTION_STATUSES = ("InProgress", "Succeeded", "Failed", "Abandoned", "Didn't Run")
FINAL_STATUS: dict[type, str] = {
    e.ExecutionSucceeded: "Succeeded",
    e.ExecutionFailed: "Failed",
    e.ExecutionStopped: "Stopped",
    e.ExecutionSuperseded: "Superseded",
    e.ExecutionCancelled: "Cancelled",
}
FINAL_STATUSES = ("", *FINAL_STATUS.values())
ExecutionEnded = (
    e.ExecutionSucceeded
    | e.ExecutionFailed
    | e.ExecutionStopped
    | e.ExecutionSuperseded
    | e.ExecutionCancelled
)


class Predicates:
    """Compiles the conditions of one level, which share the facts that they remember."""

    def __init__(self, pipelines: Iterable[Pipeline]) -> None:
        self.pipelines = tuple(pipelines)
        self.updates: list[FactUpdate] = []
        self._indexes: dict[str, int] = {}
        self._answer_index = -1

    def compile(self, text: str) -> Condition:
        """The condition that ``text`` describes. Raises ``Unreadable`` if it is not one."""
        return _Parser(self, text).parse()

    def initial_facts(self, state: State) -> Facts:
        """The facts before the first move."""
        return tuple(update(0, (), state) for update in self.updates)

    def update_facts(self, facts: Facts, events: Sequence[e.Event], state: State) -> Facts:
        """The facts after a move with these events, which led to ``state``."""
        return tuple(
            [update(value, events, state) for update, value in zip(self.updates, facts, strict=True)]
        )

    def record_answer(self, facts: Facts) -> Facts:
        """The facts once the level's question is answered correctly."""
        at = self._answer_index
        return facts if at < 0 else (*facts[:at], 1, *facts[at + 1 :])

    def fact_index(self, name: str, update: FactUpdate) -> int:
        """The index of the fact with this name; a new fact is added if there is none."""
        if name not in self._indexes:
            self._indexes[name] = len(self.updates)
            self.updates.append(update)
        return self._indexes[name]

    def answer_index(self) -> int:
        """The index of the fact that the question is answered."""
        self._answer_index = self.fact_index("answered", lambda value, events, state: value)
        return self._answer_index


class _Parser(TokenCursor):
    """A recursive-descent parser of one condition: a method for each rule of the grammar."""

    def __init__(self, predicates: Predicates, text: str) -> None:
        super().__init__(text, predicates.pipelines)
        self.predicates = predicates

    def parse(self) -> Condition:
        if not self.tokens:
            raise Unreadable("the condition is empty")
        condition = self.disjunction()
        if self.position < len(self.tokens):
            raise self.error(f"{self.tokens[self.position]!r} is one word too many")
        return condition

    def disjunction(self) -> Condition:
        parts = [self.conjunction()]
        while self.take("or"):
            parts.append(self.conjunction())
        return parts[0] if len(parts) == 1 else lambda state, facts: any(part(state, facts) for part in parts)

    def conjunction(self) -> Condition:
        parts = [self.factor()]
        while self.take("and"):
            parts.append(self.factor())
        return parts[0] if len(parts) == 1 else lambda state, facts: all(part(state, facts) for part in parts)

    def factor(self) -> Condition:
        if self.take("not"):
            part = self.factor()
            return lambda state, facts: not part(state, facts)
        if self.take("("):
            part = self.disjunction()
            if not self.take(")"):
                raise self.error("a ) is missing")
            return part
        for quantifier in ("once", "never"):
            if self.take(quantifier):
                return self.at_any_moment(quantifier)
        return self.atom()

    def at_any_moment(self, quantifier: str) -> Condition:
        begin, fact_count = self.position, len(self.predicates.updates)
        condition = self.factor()
        if len(self.predicates.updates) > fact_count:
            raise self.error(
                f"{quantifier!r} takes a condition on the present, but this one is on the past already"
            )
        at = self.predicates.fact_index(
            "once " + " ".join(self.tokens[begin : self.position]),
            lambda value, events, state: value or int(condition(state, ())),
        )
        return lambda state, facts: bool(facts[at]) == (quantifier == "once")

    # -- atoms -------------------------------------------------------------------------------------
    def atom(self) -> Condition:
        if self.take("answered"):
            at = self.predicates.answer_index()
            return lambda state, facts: bool(facts[at])
        if self.take("nothing", "is", "under", "way"):
            return lambda state, facts: (
                not any(execution.status in ("InProgress", STOPPING) for execution in state.executions)
            )
        if self.take("the", "pipeline", "is", "deleted"):
            return lambda state, facts: state.deleted
        if self.take("the", "pipeline", "was", "edited"):
            return self.past("edited", lambda event: isinstance(event, e.PipelineEdited))
        if self.take("execution"):
            return self.execution(self.number())
        if whole_number(self.peek()) is not None:
            count = self.number()
            if self.take("executions", "were", "released") or self.take("execution", "was", "released"):
                return lambda state, facts: state.last == count
            raise self.error()
        if self.peek(1) == "in":
            return self.action()
        return self.stage(self.stage_name())

    def execution(self, number: int) -> Condition:
        if self.take("waits", "at"):
            return self.of_stage(self.stage_name(), lambda stage: number in stage.inbound)
        if self.take("is", "in"):
            return self.execution_in_stage(number, self.stage_name())
        if self.take("is"):
            return self.execution_status(number)
        if self.take("was", "stopped"):
            return self.past(
                f"stopped {number}",
                lambda event: isinstance(event, e.ExecutionStopped) and event.execution == number,
            )
        kind: type
        if self.take("entered"):
            kind = e.ExecutionEntered
        elif self.take("passed"):
            kind = e.StageSucceeded
        elif self.take("failed", "in"):
            kind = e.ExecutionFailed
        else:
            raise self.error()
        stage_name = self.stage_name()
        return self.past(
            f"{kind.__name__} {number} {stage_name}",
            lambda event: isinstance(event, kind) and tuple(event)[:2] == (number, stage_name),
        )

    def execution_in_stage(self, number: int, stage_name: str) -> Condition:
        def is_in_stage(state: State, facts: Facts) -> bool:
            execution = state.execution(number)
            return (
                execution is not None
                and bool(execution.actions)
                and execution.status in ("InProgress", STOPPING)
                and state.stage_of(execution).name == stage_name
            )

        return is_in_stage

    def execution_status(self, number: int) -> Condition:
        status = self.choice(STATUSES)

        def final_status(value: int, events: Sequence[e.Event], state: State) -> int:
            for event in events:
                if isinstance(event, e.StageRetried) and event.execution == number:
                    value = 0
                elif isinstance(event, ExecutionEnded) and event.execution == number:
                    value = FINAL_STATUSES.index(FINAL_STATUS[type(event)])
            return value

        at = self.predicates.fact_index(f"end of {number}", final_status)

        def has_status(state: State, facts: Facts) -> bool:
            execution = state.execution(number)
            return (FINAL_STATUSES[facts[at]] if execution is None else execution.status) == status

        return has_status

    def stage(self, name: str) -> Condition:
        if self.take("has", "nothing"):
            return self.of_stage(name, lambda stage: not stage.succeeded)
        if self.take("has", "execution"):
            number = self.number()
            return self.of_stage(name, lambda stage: stage.succeeded == number)
        if self.take("is"):
            status = self.choice(("locked", "free", "enabled", "disabled"))
            if status in ("locked", "free"):
                return self.of_stage(name, lambda stage: bool(stage.holder) == (status == "locked"))
            return self.of_stage(name, lambda stage: (stage.door in OPEN) == (status == "enabled"))
        if self.take("was", "rolled", "back"):
            return self.past(
                f"rolled back {name}",
                lambda event: (
                    isinstance(event, e.ExecutionStarted) and bool(event.target) and event.stage == name
                ),
            )
        if self.take("was", "retried"):
            return self.past(
                f"retried {name}", lambda event: isinstance(event, e.StageRetried) and event.stage == name
            )
        if self.take("was", "skipped"):
            return self.past(
                f"skipped {name}", lambda event: isinstance(event, e.StageSkipped) and event.stage == name
            )
        raise self.error()

    def action(self) -> Condition:
        name = self.next()
        self.take("in")
        stage_name = self.stage_name()
        known = [
            action.name
            for pipeline in self.pipelines
            for stage in pipeline.stages
            if stage.name == stage_name
            for action in stage.actions
        ]
        if name not in known:
            raise self.error(f"{stage_name} has no action {name!r}{did_you_mean(name, known)}")
        if self.take("is"):
            return self.action_status(stage_name, name, self.choice(ACTION_STATUSES))
        if self.take("ran"):
            times = self.number()
            if not (self.take("times") or self.take("time")):
                raise self.error()
            at = self.predicates.fact_index(
                f"runs of {name} in {stage_name}",
                lambda value, events, state: min(
                    9,
                    value
                    + sum(
                        isinstance(event, e.ActionStarted)
                        and (event.action, event.stage) == (name, stage_name)
                        for event in events
                    ),
                ),
            )
            return lambda state, facts: facts[at] == times
        raise self.error()

    def action_status(self, stage_name: str, name: str, status: str) -> Condition:
        def has_status(state: State, facts: Facts) -> bool:
            for execution in reversed(state.executions):
                stage = state.stage_of(execution)
                if execution.actions and stage.name == stage_name:
                    return (execution.actions[stage.position[name]] or "Didn't Run") == status
            return False

        return has_status

    def past(self, name: str, matches: Callable[[e.Event], bool]) -> Condition:
        at = self.predicates.fact_index(
            name, lambda value, events, state: value or int(any(map(matches, events)))
        )
        return lambda state, facts: bool(facts[at])

    def of_stage(self, name: str, test: Callable[[StageState], bool]) -> Condition:
        """A condition on a stage; it is false in a pipeline without that stage."""

        def holds(state: State, facts: Facts) -> bool:
            at = state.pipeline.position.get(name)
            return at is not None and test(state.stages[at])

        return holds
