"""The language of a level's goals: conditions over the state and the history of a run.

Example: ``Beta has execution 2 and never Prod is locked``.

``FORMS`` lists the conditions; ``answered`` is true once the level's question is answered correctly. ``and``, ``or``,
``not`` and ``( )`` combine them. ``once X`` is true if X is true now or was at any earlier moment; ``never X`` is its
opposite.

The history is a tuple of small integers, one per condition on it, because a search over states has to store it with
every state.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from cp_teach.course.levels.tokenizer import TokenCursor, Unreadable, did_you_mean
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import SHOWN_AS_ENABLED, STOPPING, StageState, State
from cp_teach.pipeline import Pipeline

Facts = tuple[int, ...]
"""The history as far as the goals need it: one small integer for each condition on it."""
Condition = Callable[[State, Facts], bool]
FactUpdate = Callable[[int, Sequence[e.Event], State], int]
"""The next value of one fact, from its value, the events of a move, and the state after the move."""

TOKEN = re.compile(r"[()]|Didn't Run|[^\s()]+")
ACTIVE = ("InProgress", STOPPING)
FINAL_STATUS: dict[type, str] = {
    e.ExecutionSucceeded: "Succeeded",
    e.ExecutionFailed: "Failed",
    e.ExecutionStopped: "Stopped",
    e.ExecutionSuperseded: "Superseded",
    e.ExecutionCancelled: "Cancelled",
}
FINAL_STATUSES = ("", *FINAL_STATUS.values())


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
        self.predicates, self.pipelines = predicates, predicates.pipelines
        stages = (stage.name for pipeline in self.pipelines for stage in pipeline.stages)
        super().__init__(text, TOKEN.findall(text), stages)

    def parse(self) -> Condition:
        if not self.tokens:
            raise Unreadable("the condition is empty")
        condition = self.disjunction()
        self.expect_end()
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

    # -- conditions of one form ----------------------------------------------------------------------
    def atom(self) -> Condition:
        for form, build in FORMS.items():
            words = form.split()
            if all(word == self.peek(at) for at, word in enumerate(words) if _is_literal(word)):
                return build(self, *[value for word in words for value in self.values(word)])
        rest = " ".join(self.tokens[self.position :]) or "its end"
        raise self.error(
            f"{rest!r} is not understood. A condition has one of these forms: {'; '.join(FORMS)}"
        )

    def values(self, word: str) -> list[str | int]:
        """Take what a word of a form stands for: nothing to return for a literal, else one value."""
        if word == "N":
            return [self.number()]
        if word == "STAGE":
            return [self.stage_name()]
        if word in CHOICES:
            return [self.choice(CHOICES[word])]
        token = self.next()
        return [] if _is_literal(word) else [token]

    def execution_in_stage(self, number: int, stage: str) -> Condition:
        def is_in_stage(state: State, facts: Facts) -> bool:
            execution = state.execution(number)
            return (
                execution is not None
                and bool(execution.actions)
                and execution.status in ACTIVE
                and state.stage_of(execution).name == stage
            )

        return is_in_stage

    def execution_status(self, number: int, status: str) -> Condition:
        def final_status(value: int, events: Sequence[e.Event], state: State) -> int:
            for event in events:
                if getattr(event, "execution", 0) != number:
                    continue
                if isinstance(event, e.StageRetried):
                    value = 0
                elif type(event) in FINAL_STATUS:
                    value = FINAL_STATUSES.index(FINAL_STATUS[type(event)])
            return value

        at = self.predicates.fact_index(f"end of {number}", final_status)

        def has_status(state: State, facts: Facts) -> bool:
            execution = state.execution(number)
            return (FINAL_STATUSES[facts[at]] if execution is None else execution.status) == status

        return has_status

    def transition_or_lock(self, stage: str, status: str) -> Condition:
        if status in ("locked", "free"):
            return self.of_stage(stage, lambda state: bool(state.holder) == (status == "locked"))
        return self.of_stage(
            stage, lambda state: (state.transition in SHOWN_AS_ENABLED) == (status == "enabled")
        )

    def action_status(self, name: str, stage: str, status: str) -> Condition:
        self.check_action(name, stage)

        def has_status(state: State, facts: Facts) -> bool:
            for execution in reversed(state.executions):
                own = state.stage_of(execution)
                if execution.actions and own.name == stage:
                    return (execution.actions[own.action_indices[name]] or "Didn't Run") == status
            return False

        return has_status

    def action_runs(self, name: str, stage: str, times: int) -> Condition:
        self.check_action(name, stage)

        def runs(value: int, events: Sequence[e.Event], state: State) -> int:
            started = [event for event in events if isinstance(event, e.ActionStarted)]
            return min(9, value + sum((event.action, event.stage) == (name, stage) for event in started))

        at = self.predicates.fact_index(f"runs of {name} in {stage}", runs)
        return lambda state, facts: facts[at] == times

    def check_action(self, name: str, stage: str) -> None:
        stages = [each for pipeline in self.pipelines for each in pipeline.stages if each.name == stage]
        actions = [action.name for each in stages for action in each.actions]
        if name not in actions:
            raise self.error(f"{stage} has no action {name!r}{did_you_mean(name, actions)}")

    def answered(self) -> Condition:
        at = self.predicates.answer_index()
        return lambda state, facts: bool(facts[at])

    def past(self, kind: type, **fields: object) -> Condition:
        """A condition that an event of this kind with these fields has happened."""

        def happened(value: int, events: Sequence[e.Event], state: State) -> int:
            return value or int(
                any(
                    isinstance(event, kind)
                    and all(getattr(event, name) == field for name, field in fields.items())
                    for event in events
                )
            )

        at = self.predicates.fact_index(f"{kind.__name__} {fields}", happened)
        return lambda state, facts: bool(facts[at])

    def rolled_back(self, stage: str) -> Condition:
        def started(value: int, events: Sequence[e.Event], state: State) -> int:
            starts = (event for event in events if isinstance(event, e.ExecutionStarted))
            return value or int(any(event.target and event.stage == stage for event in starts))

        at = self.predicates.fact_index(f"rolled back {stage}", started)
        return lambda state, facts: bool(facts[at])

    def of_stage(self, name: str, test: Callable[[StageState], bool]) -> Condition:
        """A condition on a stage; it is false in a pipeline without that stage."""

        def is_true(state: State, facts: Facts) -> bool:
            at = state.pipeline.stage_indices.get(name)
            return at is not None and test(state.stages[at])

        return is_true


CHOICES: dict[str, tuple[str, ...]] = {
    "STATUS": ("InProgress", "Succeeded", "Failed", "Stopping", "Stopped", "Superseded", "Cancelled"),
    "ACTION_STATUS": ("InProgress", "Succeeded", "Failed", "Abandoned", "Didn't Run"),
    "locked|free|enabled|disabled": ("locked", "free", "enabled", "disabled"),
    "times|time": ("times", "time"),
}
FORMS: dict[str, Callable[..., Condition]] = {
    "execution N waits at STAGE": lambda parser, number, stage: parser.of_stage(
        stage, lambda state: number in state.inbound
    ),
    "execution N is in STAGE": _Parser.execution_in_stage,
    "execution N is STATUS": _Parser.execution_status,
    "execution N entered STAGE": lambda parser, number, stage: parser.past(
        e.ExecutionEntered, execution=number, stage=stage
    ),
    "execution N passed STAGE": lambda parser, number, stage: parser.past(
        e.StageSucceeded, execution=number, stage=stage
    ),
    "execution N failed in STAGE": lambda parser, number, stage: parser.past(
        e.ExecutionFailed, execution=number, stage=stage
    ),
    "execution N was stopped": lambda parser, number: parser.past(e.ExecutionStopped, execution=number),
    "N executions were released": lambda parser, count: lambda state, facts: state.newest == count,
    "N execution was released": lambda parser, count: lambda state, facts: state.newest == count,
    "nothing is under way": lambda parser: (
        lambda state, facts: not any(execution.status in ACTIVE for execution in state.executions)
    ),
    "the pipeline is deleted": lambda parser: lambda state, facts: state.deleted,
    "the pipeline was edited": lambda parser: parser.past(e.PipelineEdited),
    "ACTION in STAGE is ACTION_STATUS": _Parser.action_status,
    "ACTION in STAGE ran N times|time": lambda parser, name, stage, times, _: parser.action_runs(
        name, stage, times
    ),
    "STAGE has nothing": lambda parser, stage: parser.of_stage(stage, lambda state: not state.succeeded),
    "STAGE has execution N": lambda parser, stage, number: parser.of_stage(
        stage, lambda state: state.succeeded == number
    ),
    "STAGE is locked|free|enabled|disabled": _Parser.transition_or_lock,
    "STAGE was rolled back": _Parser.rolled_back,
    "STAGE was retried": lambda parser, stage: parser.past(e.StageRetried, stage=stage),
    "STAGE was skipped": lambda parser, stage: parser.past(e.StageSkipped, stage=stage),
    "answered": _Parser.answered,
}
"""The forms of a condition: literal words in lower case, and placeholders, whose values are passed to the function."""


def _is_literal(word: str) -> bool:
    return word.islower() and "|" not in word
