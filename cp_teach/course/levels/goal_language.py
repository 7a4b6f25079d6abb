"""What a goal says, as a small language over the state and the history: ``Beta has execution 2 and never Prod is
locked``.

Atoms about now: ``execution 2 is Failed`` (any status word of AWS), ``execution 2 waits at Beta``, ``execution 2 is in
Beta``, ``Beta has execution 2``, ``Beta has nothing``, ``Beta is locked``, ``Beta is free``, ``Beta is enabled``,
``Beta is disabled``, ``Compile in Build is Succeeded`` (or ``Didn't Run``), ``2 executions were released``, ``nothing
is under way``, ``the pipeline is deleted``. Atoms about what has happened: ``execution 2 entered Beta``, ``execution 2
passed Beta``, ``execution 2 failed in Beta``, ``execution 2 was stopped``, ``Beta was retried``, ``Beta was rolled
back``, ``Beta was skipped``, ``the pipeline was edited``, ``Compile in Build ran 2 times``. ``answered`` is true once
the level's question is answered. They are joined by ``and``, ``or``, ``not``, ``( )``; ``once X`` is true when X is or
was true at any moment, ``never X`` when it is not and was not.

What has happened is kept as a tuple of small numbers, one for each such atom, so that a search over
states can carry it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from cp_teach.course.levels.tokenizer import Unreadable as Unreadable
from cp_teach.course.levels.tokenizer import Words, meant
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import OPEN, STOPPING, State
from cp_teach.pipeline import Pipeline
from cp_teach.security.input.whole_number import whole_number

Facts = tuple[int, ...]
"""What has happened so far, one small number for each atom about the past."""
Now = Callable[[State, Facts], bool]
Follow = Callable[[int, Sequence[e.Event], State], int]
"""How one number of ``Facts`` goes on: its value, the events of a move, the state after it."""

STATUSES = ("InProgress", "Succeeded", "Failed", "Stopping", "Stopped", "Superseded", "Cancelled")
ACTION_STATUSES = ("InProgress", "Succeeded", "Failed", "Abandoned", "Didn't Run")
ENDS: dict[type, str] = {
    e.ExecutionSucceeded: "Succeeded",
    e.ExecutionFailed: "Failed",
    e.ExecutionStopped: "Stopped",
    e.ExecutionSuperseded: "Superseded",
    e.ExecutionCancelled: "Cancelled",
}
ENDED = ("", *ENDS.values())
Ended = (
    e.ExecutionSucceeded
    | e.ExecutionFailed
    | e.ExecutionStopped
    | e.ExecutionSuperseded
    | e.ExecutionCancelled
)


class Predicates:
    """All conditions of one level: they share what is remembered of the past."""

    def __init__(
        self, pipelines: Iterable[Pipeline], answered: Callable[[Facts], bool] | None = None
    ) -> None:
        self.pipelines = tuple(pipelines)
        self.follows: list[Follow] = []
        self._known: dict[str, int] = {}
        self._answer = -1

    def read(self, text: str) -> Now:
        """The condition that ``text`` says. Raises ``Unreadable``."""
        return _Reader(self, text).all()

    def begin(self, state: State) -> Facts:
        """What is remembered before anything has happened."""
        return tuple(follow(0, (), state) for follow in self.follows)

    def follow(self, facts: Facts, events: Sequence[e.Event], state: State) -> Facts:
        """What is remembered after a move."""
        return tuple(
            [follow(value, events, state) for follow, value in zip(self.follows, facts, strict=True)]
        )

    def answered(self, facts: Facts) -> Facts:
        """What is remembered when the level's question was answered rightly."""
        at = self._answer
        return facts if at < 0 else (*facts[:at], 1, *facts[at + 1 :])

    def fact(self, name: str, follow: Follow) -> int:
        """The place of what is remembered under this name."""
        if name not in self._known:
            self._known[name] = len(self.follows)
            self.follows.append(follow)
        return self._known[name]

    def answer(self) -> int:
        """The place of the answer to the level's question."""
        self._answer = self.fact("answered", lambda value, events, state: value)
        return self._answer


class _Reader(Words):
    """Reads one condition, word by word."""

    def __init__(self, owner: Predicates, text: str) -> None:
        super().__init__(text, owner.pipelines)
        self.owner = owner

    def all(self) -> Now:
        if not self.words:
            raise Unreadable("the condition is empty")
        made = self.either()
        if self.at < len(self.words):
            raise self.wrong(f"{self.words[self.at]!r} is one word too many")
        return made

    def either(self) -> Now:
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else lambda state, facts: any(part(state, facts) for part in parts)

    def both(self) -> Now:
        parts = [self.one()]
        while self.take("and"):
            parts.append(self.one())
        return parts[0] if len(parts) == 1 else lambda state, facts: all(part(state, facts) for part in parts)

    def one(self) -> Now:
        if self.take("not"):
            part = self.one()
            return lambda state, facts: not part(state, facts)
        if self.take("("):
            part = self.either()
            if not self.take(")"):
                raise self.wrong("a ) is missing")
            return part
        for word in ("once", "never"):
            if self.take(word):
                return self.ever(word, word == "once")
        return self.atom()

    def ever(self, word: str, wanted: bool) -> Now:
        begin, known = self.at, len(self.owner.follows)
        inner = self.one()
        if len(self.owner.follows) > known:
            raise self.wrong(f"{word!r} takes a condition about now, and this one remembers already")
        at = self.owner.fact(
            "once " + " ".join(self.words[begin : self.at]),
            lambda value, events, state: value or int(inner(state, ())),
        )
        return lambda state, facts: bool(facts[at]) == wanted

    # -- atoms -------------------------------------------------------------------------------------
    def atom(self) -> Now:
        if self.take("answered"):
            at = self.owner.answer()
            return lambda state, facts: bool(facts[at])
        if self.take("nothing", "is", "under", "way"):
            return lambda state, facts: (
                not any(x.status in ("InProgress", STOPPING) for x in state.executions)
            )
        if self.take("the", "pipeline", "is", "deleted"):
            return lambda state, facts: state.deleted
        if self.take("the", "pipeline", "was", "edited"):
            return self.past("edited", lambda event: isinstance(event, e.PipelineEdited))
        if self.take("execution"):
            return self.execution(self.number())
        if whole_number(self.peek()) is not None:
            released = self.number()
            if self.take("executions", "were", "released") or self.take("execution", "was", "released"):
                return lambda state, facts: state.last == released
            raise self.wrong()
        if self.peek(1) == "in":
            return self.action()
        return self.stage(self.place())

    def execution(self, number: int) -> Now:
        if self.take("waits", "at"):
            place = self.place()
            return lambda state, facts: (
                number in state.stages[_seat(state, place)].inbound if _has(state, place) else False
            )
        if self.take("is", "in"):
            place = self.place()

            def inside(state: State, facts: Facts) -> bool:
                x = state.execution(number)
                return (
                    x is not None
                    and bool(x.actions)
                    and x.status in ("InProgress", STOPPING)
                    and state.stage_of(x).name == place
                )

            return inside
        if self.take("is"):
            return self.status(number)
        if self.take("entered"):
            place = self.place()
            kind: type = e.ExecutionEntered
        elif self.take("passed"):
            place, kind = self.place(), e.StageSucceeded
        elif self.take("failed", "in"):
            place, kind = self.place(), e.ExecutionFailed
        elif self.take("was", "stopped"):
            return self.past(
                f"stopped {number}",
                lambda event: isinstance(event, e.ExecutionStopped) and event.execution == number,
            )
        else:
            raise self.wrong()
        return self.past(
            f"{kind.__name__} {number} {place}",
            lambda event: isinstance(event, kind) and tuple(event)[:2] == (number, place),
        )

    def status(self, number: int) -> Now:
        status = self.word(STATUSES)

        def ended(value: int, events: Sequence[e.Event], state: State) -> int:
            for event in events:
                if isinstance(event, e.StageRetried) and event.execution == number:
                    value = 0
                elif isinstance(event, Ended) and event.execution == number:
                    value = ENDED.index(ENDS[type(event)])
            return value

        at = self.owner.fact(f"end of {number}", ended)

        def is_so(state: State, facts: Facts) -> bool:
            x = state.execution(number)
            return (x.status if x is not None else ENDED[facts[at]]) == status

        return is_so

    def stage(self, place: str) -> Now:
        if self.take("has", "nothing"):
            return lambda state, facts: _has(state, place) and not state.stages[_seat(state, place)].succeeded
        if self.take("has", "execution"):
            number = self.number()
            return lambda state, facts: (
                _has(state, place) and state.stages[_seat(state, place)].succeeded == number
            )
        if self.take("is"):
            word = self.word(("locked", "free", "enabled", "disabled"))
            if word in ("locked", "free"):
                return lambda state, facts: (
                    _has(state, place)
                    and bool(state.stages[_seat(state, place)].holder) == (word == "locked")
                )
            return lambda state, facts: (
                _has(state, place) and (state.stages[_seat(state, place)].door in OPEN) == (word == "enabled")
            )
        if self.take("was", "rolled", "back"):
            return self.past(
                f"rolled back {place}",
                lambda event: (
                    isinstance(event, e.ExecutionStarted) and bool(event.target) and event.stage == place
                ),
            )
        if self.take("was", "retried"):
            return self.past(
                f"retried {place}", lambda event: isinstance(event, e.StageRetried) and event.stage == place
            )
        if self.take("was", "skipped"):
            return self.past(
                f"skipped {place}", lambda event: isinstance(event, e.StageSkipped) and event.stage == place
            )
        raise self.wrong()

    def action(self) -> Now:
        name = self.next()
        self.take("in")
        place = self.place()
        if not any(
            action.name == name
            for p in self.owner.pipelines
            for s in p.stages
            if s.name == place
            for action in s.actions
        ):
            known = [
                a.name for p in self.owner.pipelines for s in p.stages if s.name == place for a in s.actions
            ]
            raise self.wrong(f"{place} has no action {name!r}{meant(name, known)}")
        if self.take("is"):
            wanted = self.word(ACTION_STATUSES)

            def is_so(state: State, facts: Facts) -> bool:
                for x in reversed(state.executions):
                    stage = state.stage_of(x)
                    if x.actions and stage.name == place:
                        return (x.actions[stage.position[name]] or "Didn't Run") == wanted
                return False

            return is_so
        if self.take("ran"):
            times = self.number()
            if not (self.take("times") or self.take("time")):
                raise self.wrong()
            at = self.owner.fact(
                f"runs of {name} in {place}",
                lambda value, events, state: min(
                    9,
                    value
                    + sum(
                        isinstance(event, e.ActionStarted) and (event.action, event.stage) == (name, place)
                        for event in events
                    ),
                ),
            )
            return lambda state, facts: facts[at] == times
        raise self.wrong()

    def past(self, name: str, happened: Callable[[e.Event], bool]) -> Now:
        at = self.owner.fact(name, lambda value, events, state: value or int(any(map(happened, events))))
        return lambda state, facts: bool(facts[at])


def _has(state: State, place: str) -> bool:
    return place in state.pipeline.position


def _seat(state: State, place: str) -> int:
    return state.pipeline.position[place]
