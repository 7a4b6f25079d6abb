"""Moves as people write them in a level: ``release "Fix login"``, ``finish Build``, ``roll back Beta to 1``.

``settle`` stands for finishing whatever runs until everything waits or is through.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cp_teach.course.levels.goal_language import Unreadable
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import IN_PROGRESS, State
from cp_teach.engine.rules.step import refusal, step
from cp_teach.pipeline import Pipeline
from cp_teach.security.input.whole_number import whole_number

FORMS = {
    "release": 'release ["message"]',
    "finish": "finish STAGE [ACTION] [for N]",
    "fail": "fail STAGE [ACTION] [for N]",
    "time": "time out STAGE [ACTION] [for N]",
    "approve": "approve STAGE [ACTION] [for N]",
    "reject": "reject STAGE [ACTION] [for N]",
    "enable": "enable STAGE",
    "disable": 'disable STAGE ["reason"]',
    "retry": "retry STAGE [all]",
    "stop": "stop N",
    "abandon": "abandon N",
    "met": "met STAGE [RULE]",
    "unmet": "unmet STAGE [RULE]",
    "override": "override STAGE",
    "roll": "roll back STAGE to N",
    "expire": "expire STAGE",
    "edit": "edit",
    "delete": "delete",
    "settle": "settle",
    "answer": 'answer "an option"',
}
"""Every move, by its first word."""


class Answer(NamedTuple):
    """The answer to the question of a level: one of its options."""

    option: str


Said = c.Command | Answer


def said(text: str, state: State, edited: Pipeline | None = None) -> list[Said]:
    """The commands that ``text`` stands for in this state: one, or for ``settle`` any number.

    Raises ``Unreadable`` for what is no move, names something that is not there, or cannot be done now.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise Unreadable(f"in {text!r} a quotation mark is missing ({error})") from error
    verb = words[0] if words else ""
    if verb not in FORMS:
        near = difflib.get_close_matches(verb, FORMS, 1, 0.5)
        meant = f" Did you mean {FORMS[near[0]]!r}?" if near else ""
        raise Unreadable(f"{text!r} is no move.{meant} The moves are: {'; '.join(FORMS.values())}")
    if verb == "settle" and len(words) == 1:
        return list(_settled(state))
    if verb == "answer" and len(words) == 2:
        return [Answer(words[1])]
    command = _Reader(text, words[1:], state, edited).read(verb)
    if refused := refusal(state, command):
        raise Unreadable(f"{text!r} cannot be done here: {refused}")
    return [command]


def _settled(state: State) -> Iterator[c.Command]:
    while command := _ending(state):
        yield command
        state, _ = step(state, command)


def _ending(state: State) -> c.Command | None:
    """What ends first of itself: as a worker for whom everything succeeds would do it."""
    for x in state.executions:
        stage = state.stage_of(x)
        for action, status in zip(stage.actions, x.actions, strict=False):
            if status == IN_PROGRESS and not action.is_approval:
                return c.FinishAction(x.number, stage.name, action.name)
        for rule, status in zip(stage.rules(x.condition), x.rules, strict=False):
            if status == IN_PROGRESS:
                return c.FinishRule(x.number, stage.name, rule.name, True)
    return None


class _Reader:
    """Reads what stands behind the verb."""

    def __init__(self, text: str, words: list[str], state: State, edited: Pipeline | None) -> None:
        self.text, self.words, self.state, self.edited = text, words, state, edited

    def read(self, verb: str) -> c.Command:
        if verb in ("finish", "fail", "time", "approve", "reject"):
            if verb == "time":
                self.must("out", verb)
            return self.ending(verb)
        made = self.others(verb)
        if self.words:
            raise self.wrong(f"{self.words[0]!r} is one word too many", verb)
        return made

    def others(self, verb: str) -> c.Command:
        make: dict[str, Callable[[], c.Command]] = {
            "release": self.release,
            "enable": lambda: c.EnableTransition(self.stage(verb)),
            "disable": lambda: c.DisableTransition(self.stage(verb), *self.rest()),
            "expire": lambda: c.ExpireTransition(self.stage(verb)),
            "retry": self.retry,
            "stop": lambda: c.StopExecution(self.number(verb)),
            "abandon": lambda: c.StopExecution(self.number(verb), True),
            "met": lambda: self.rule(True),
            "unmet": lambda: self.rule(False),
            "override": self.override,
            "roll": self.roll_back,
            "edit": lambda: c.EditPipeline(self.edited or self.state.pipeline),
            "delete": c.DeletePipeline,
        }
        return make[verb]() if verb in make else self.refuse(verb)

    def refuse(self, verb: str) -> c.Command:
        raise self.wrong("the form is not understood", verb)

    def release(self) -> c.Command:
        words = self.rest()
        needed = [v.name for v in self.state.pipeline.variables or () if v.default_value is None]
        sources = [action for action in self.state.pipeline.stages[0].actions if words]
        revisions = tuple(c.Revision(action.name, "", words[0]) for action in sources)
        return c.StartExecution(revisions, variables=tuple((name, "value") for name in needed))

    def retry(self) -> c.Command:
        stage = self.stage("retry")
        every = bool(self.words) and self.words.pop(0) == "all"
        return c.RetryStage(self.last_in(stage, "retry"), stage, c.ALL_ACTIONS if every else c.FAILED_ACTIONS)

    def override(self) -> c.Command:
        stage = self.stage("override")
        number = self.last_in(stage, "override")
        x = self.state.execution(number)
        return c.OverrideCondition(number, stage, x.condition if x and x.condition else "BEFORE_ENTRY")

    def roll_back(self) -> c.Command:
        self.must("back", "roll")
        stage = self.stage("roll")
        self.must("to", "roll")
        return c.RollbackStage(stage, self.number("roll"))

    def rule(self, met: bool) -> c.Command:
        verb = "met" if met else "unmet"
        place, name = self.stage(verb), self.words.pop(0) if self.words else ""
        for x in self.state.executions:
            stage = self.state.stage_of(x)
            for rule, status in zip(stage.rules(x.condition), x.rules, strict=False):
                if stage.name == place and status == IN_PROGRESS and name in ("", rule.name):
                    return c.FinishRule(x.number, place, rule.name, met)
        raise self.wrong(f"no rule {name} is being judged in {place}", verb)

    def ending(self, verb: str) -> c.Command:
        place, name, only = self.stage(verb), "", 0
        if self.words and self.words[0] != "for":
            name = self.words.pop(0)
        if self.words and self.words.pop(0) == "for":
            only = self.number(verb)
        if self.words:
            raise self.wrong(f"{self.words[0]!r} is one word too many", verb)
        known = [a.name for x in self.state.pipeline.stages if x.name == place for a in x.actions]
        if name and known and name not in known:
            raise self.wrong(f"{place} has no action {name!r}; its actions are {', '.join(known)}", verb)
        answer = verb in ("approve", "reject")
        found = [
            (x.number, place, action.name)
            for x in self.state.executions
            for action, status in zip(self.state.stage_of(x).actions, x.actions, strict=False)
            if self.state.stage_of(x).name == place
            and status == IN_PROGRESS
            and name in ("", action.name)
            and only in (0, x.number)
            and (action.is_approval == answer or verb == "time")
        ]
        if not found:
            raise self.wrong(f"nothing of that kind is in progress in {place}", verb)
        if len(found) > 1:
            choices = ", ".join(f"{action} for {number}" for number, _, action in found)
            raise self.wrong(f"several are in progress: {choices}; name one", verb)
        if answer:
            status = "Approved" if verb == "approve" else "Rejected"
            return c.PutApprovalResult(*found[0], status, "Reviewed.")
        if verb == "time":
            return c.TimeOut(*found[0])
        return c.FinishAction(*found[0], *(("JobFailed", f"{found[0][2]} failed.") if verb == "fail" else ()))

    # -- words -------------------------------------------------------------------------------------
    def stage(self, verb: str) -> str:
        if not self.words:
            raise self.wrong("a stage is missing", verb)
        name = self.words.pop(0)
        known = [stage.name for stage in self.state.pipeline.stages]
        known += [
            name for x in self.state.executions if x.pipeline for name in (self.state.stage_of(x).name,)
        ]
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            meant = f"; did you mean {near[0]!r}?" if near else ""
            raise self.wrong(f"there is no stage {name!r}; the stages are {', '.join(known)}{meant}", verb)
        return name

    def last_in(self, stage: str, verb: str) -> int:
        inside = [x for x in self.state.executions if x.actions and self.state.stage_of(x).name == stage]
        if not inside:
            raise self.wrong(f"no execution is in {stage}", verb)
        return inside[-1].number

    def number(self, verb: str) -> int:
        number = whole_number(self.words[0]) if self.words else None
        if number is None:
            raise self.wrong("the number of an execution is missing", verb)
        self.words.pop(0)
        return number

    def must(self, word: str, verb: str) -> None:
        if not self.words or self.words.pop(0) != word:
            raise self.wrong(f"{word!r} is missing", verb)

    def rest(self) -> list[str]:
        words, self.words[:] = self.words[:1], self.words[1:]
        return words

    def wrong(self, why: str, verb: str) -> Unreadable:
        return Unreadable(f"in {self.text!r} {why}. It is written: {FORMS[verb]}")


ENDINGS = (c.FinishAction, c.TimeOut, c.PutApprovalResult)


def words(move: Said, numbered: bool = False) -> str:
    """How a level writes this move: ``said`` reads it back. ``numbered`` says for which execution an action ends,
    which has to be said where several can be in one stage (PARALLEL)."""
    whose = f" for {move.execution}" if numbered and isinstance(move, ENDINGS) else ""
    match move:
        case Answer(option=option):
            return f"answer {shlex.quote(option)}"
        case c.StartExecution(revisions=revisions):
            message = next((r.message for r in revisions if r.message), "")
            return f"release {shlex.quote(message)}" if message else "release"
        case c.FinishAction(stage=stage, action=action, failure=failure):
            return f"{'fail' if failure else 'finish'} {stage} {action}{whose}"
        case c.TimeOut(stage=stage, action=action):
            return f"time out {stage} {action}{whose}"
        case c.PutApprovalResult(stage=stage, action=action, status=status):
            return f"{'approve' if status == 'Approved' else 'reject'} {stage} {action}{whose}"
        case c.EnableTransition(stage=stage):
            return f"enable {stage}"
        case c.DisableTransition(stage=stage):
            return f"disable {stage}"
        case c.ExpireTransition(stage=stage):
            return f"expire {stage}"
        case c.RetryStage(stage=stage, mode=mode):
            return f"retry {stage}{' all' if mode == c.ALL_ACTIONS else ''}"
        case c.StopExecution(execution=number, abandon=abandon):
            return f"{'abandon' if abandon else 'stop'} {number}"
        case c.FinishRule(stage=stage, rule=rule, met=met):
            return f"{'met' if met else 'unmet'} {stage} {rule}"
        case c.OverrideCondition(stage=stage):
            return f"override {stage}"
        case c.RollbackStage(stage=stage, target=target):
            return f"roll back {stage} to {target}"
        case c.EditPipeline():
            return "edit"
        case c.DeletePipeline():
            return "delete"
