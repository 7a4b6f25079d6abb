"""The language of a level's moves: ``release "Fix login"``, ``finish Build``, ``roll back Beta to 1``.

``settle`` is an abbreviation: it finishes every action in progress until all executions wait or have ended.
"""

from __future__ import annotations

import difflib
import shlex
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from cp_teach.course.levels.tokenizer import TokenCursor, Unreadable
from cp_teach.engine import refusal, step
from cp_teach.engine.model import commands as c
from cp_teach.engine.model.state import State
from cp_teach.engine.queries.command_targets import actions_in_progress, last_execution_in, rules_in_progress
from cp_teach.pipeline import Pipeline
from cp_teach.show.view.moves import title_of
from cp_teach.translation import _

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
"""The form of each move, by its first word."""


class Answer(NamedTuple):
    """The answer to the question of a level: the text of one of its options."""

    option: str


Move = c.Command | Answer


def parse_move(text: str, state: State, edited: Pipeline | None = None) -> list[Move]:
    """The moves that ``text`` describes in this state: one, or any number for ``settle``.

    ``edited`` is the pipeline that ``edit`` saves. Raises ``Unreadable`` if the text is not a move, names something
    that does not exist, or the move is not possible in this state.
    """
    try:
        tokens = shlex.split(text)
    except ValueError as error:
        raise Unreadable(f"in {text!r} a quotation mark is missing ({error})") from error
    verb = tokens[0] if tokens else ""
    if verb not in FORMS:
        near = difflib.get_close_matches(verb, FORMS, 1, 0.5)
        suggestion = f" Did you mean {FORMS[near[0]]!r}?" if near else ""
        raise Unreadable(f"{text!r} is not a move.{suggestion} The moves are: {'; '.join(FORMS.values())}")
    if verb == "settle" and len(tokens) == 1:
        return list(_settling_commands(state))
    if verb == "answer" and len(tokens) == 2:
        return [Answer(tokens[1])]
    command = _Parser(text, verb, tokens[1:], state, edited).parse()
    if refused := refusal(state, command):
        raise Unreadable(f"{text!r} is not possible at this point: {refused}")
    return [command]


def _settling_commands(state: State) -> Iterator[c.Command]:
    """Finish what is in progress, one by one, as a worker does for which everything succeeds."""
    while command := _next_ending(state):
        yield command
        state = step(state, command)[0]


def _next_ending(state: State) -> c.Command | None:
    for execution in state.executions:
        stage = state.stage_of(execution).name
        for number, _stage, action in actions_in_progress(state, stage, approvals=False):
            if number == execution.number:
                return c.FinishAction(number, stage, action)
        for number, _stage, rule in rules_in_progress(state, stage):
            if number == execution.number:
                return c.FinishRule(number, stage, rule, True)
    return None


class _Parser(TokenCursor):
    """Parses the words after the verb of one move. It can name the stages of the pipeline, and of the older version
    that an execution follows."""

    def __init__(
        self, text: str, verb: str, tokens: list[str], state: State, edited: Pipeline | None
    ) -> None:
        older = [state.stage_of(execution).name for execution in state.executions if execution.pipeline]
        super().__init__(text, tokens, [*(stage.name for stage in state.pipeline.stages), *older])
        self.verb, self.state, self.edited = verb, state, edited

    def parse(self) -> c.Command:
        verb = self.verb
        commands: dict[str, Callable[[], c.Command]] = {
            "release": self.release,
            **dict.fromkeys(("finish", "fail", "time", "approve", "reject"), self.action_end),
            "enable": lambda: c.EnableTransition(self.stage_name()),
            "disable": lambda: c.DisableTransition(self.stage_name(), *self.optional_word()),
            "expire": lambda: c.ExpireTransition(self.stage_name()),
            "retry": self.retry,
            "stop": lambda: c.StopExecution(self.number()),
            "abandon": lambda: c.StopExecution(self.number(), True),
            **dict.fromkeys(("met", "unmet"), self.rule_end),
            "override": self.override,
            "roll": self.roll_back,
            "edit": lambda: c.EditPipeline(self.edited or self.state.pipeline),
            "delete": c.DeletePipeline,
        }
        if verb not in commands:
            raise self.error("the form is not understood")
        command = commands[verb]()
        self.expect_end()
        return command

    def release(self) -> c.Command:
        message = self.optional_word()
        required = [v.name for v in self.state.pipeline.variables or () if v.default_value is None]
        sources = self.state.pipeline.stages[0].actions if message else ()
        revisions = tuple(c.Revision(action.name, "", message[0]) for action in sources)
        return c.StartExecution(revisions, variables=tuple((name, "value") for name in required))

    def retry(self) -> c.Command:
        stage = self.stage_name()
        mode = c.ALL_ACTIONS if self.take("all") else c.FAILED_ACTIONS
        return c.RetryStage(self.last_execution(stage)[0], stage, mode)

    def override(self) -> c.Command:
        stage = self.stage_name()
        number, condition = self.last_execution(stage)
        return c.OverrideCondition(number, stage, condition or "BEFORE_ENTRY")

    def roll_back(self) -> c.Command:
        self.expect("back")
        stage = self.stage_name()
        self.expect("to")
        return c.RollbackStage(stage, self.number())

    def rule_end(self) -> c.Command:
        stage, name = self.stage_name(), "".join(self.optional_word())
        for target in rules_in_progress(self.state, stage):
            if name in ("", target[2]):
                return c.FinishRule(*target, self.verb == "met")
        raise self.error(f"{f'rule {name} is not' if name else 'no rule is'} being evaluated in {stage}")

    def action_end(self) -> c.Command:
        verb = self.verb
        if verb == "time":
            self.expect("out")
        stage, name, number = self.stage_name(), "", 0
        if not self.ended and self.peek() != "for":
            name = self.next()
        if self.take("for"):
            number = self.number()
        self.expect_end()
        known = [a.name for s in self.state.pipeline.stages if s.name == stage for a in s.actions]
        if name and known and name not in known:
            raise self.error(f"{stage} has no action {name!r}; its actions are {', '.join(known)}")
        is_approval = verb in ("approve", "reject")
        targets = [
            target
            for target in actions_in_progress(self.state, stage, None if verb == "time" else is_approval)
            if name in ("", target[2]) and number in (0, target[0])
        ]
        if not targets:
            kind = "manual approval" if is_approval else "action of this kind"
            raise self.error(f"no {kind} is in progress in {stage}")
        if len(targets) > 1:
            choices = ", ".join(f"{action} for {execution}" for execution, _stage, action in targets)
            raise self.error(f"several are in progress: {choices}; name one")
        if is_approval:
            status = "Approved" if verb == "approve" else "Rejected"
            return c.PutApprovalResult(*targets[0], status, "Reviewed.")
        if verb == "time":
            return c.TimeOut(*targets[0])
        failure = ("JobFailed", f"{targets[0][2]} failed.") if verb == "fail" else ()
        return c.FinishAction(*targets[0], *failure)

    # -- words -------------------------------------------------------------------------------------
    def last_execution(self, stage: str) -> tuple[int, str]:
        """The number of the newest execution in the stage, and the condition that it is at."""
        execution = last_execution_in(self.state, stage)
        if execution is None:
            raise self.error(f"no execution is in {stage}")
        return execution.number, execution.condition

    def expect(self, word: str) -> None:
        if not self.take(word):
            raise self.error(f"{word!r} is missing")

    def optional_word(self) -> list[str]:
        """The next word, in a list; an empty list after the last."""
        return [] if self.ended else [self.next()]

    def error(self, problem: str) -> Unreadable:
        return Unreadable(f"in {self.text!r} {problem}. The form of this move is: {FORMS[self.verb]}")


def _release_text(move: c.StartExecution) -> str:
    message = next((revision.message for revision in move.revisions if revision.message), "")
    return f"release {shlex.quote(message)}" if message else "release"


MOVE_TEXTS: dict[type, Callable[[Any], str]] = {
    Answer: lambda move: f"answer {shlex.quote(move.option)}",
    c.StartExecution: _release_text,
    c.FinishAction: lambda move: f"{'fail' if move.failure else 'finish'} {move.stage} {move.action}",
    c.TimeOut: lambda move: f"time out {move.stage} {move.action}",
    c.PutApprovalResult: lambda move: (
        f"{'approve' if move.status == 'Approved' else 'reject'} {move.stage} {move.action}"
    ),
    c.EnableTransition: lambda move: f"enable {move.stage}",
    c.DisableTransition: lambda move: f"disable {move.stage}",
    c.ExpireTransition: lambda move: f"expire {move.stage}",
    c.RetryStage: lambda move: f"retry {move.stage}{' all' if move.mode == c.ALL_ACTIONS else ''}",
    c.StopExecution: lambda move: f"{'abandon' if move.abandon else 'stop'} {move.execution}",
    c.FinishRule: lambda move: f"{'met' if move.met else 'unmet'} {move.stage} {move.rule}",
    c.OverrideCondition: lambda move: f"override {move.stage}",
    c.RollbackStage: lambda move: f"roll back {move.stage} to {move.target}",
    c.EditPipeline: lambda move: "edit",
    c.DeletePipeline: lambda move: "delete",
}
"""How a level file writes each kind of move."""


def move_text(move: Move, numbered: bool = False) -> str:
    """The text of this move in a level file; ``parse_move`` reads it back.

    ``numbered`` adds the execution to the end of an action, which is necessary where a stage can hold several
    executions (PARALLEL mode).
    """
    text = MOVE_TEXTS[type(move)](move)
    if numbered and isinstance(move, c.FinishAction | c.TimeOut | c.PutApprovalResult):
        text += f" for {move.execution}"
    return text


def move_label(state: State, move: Move) -> str:
    """The text of this move on a button of the console or the practice panel."""
    return (
        _("answer “{option}”", option=_(move.option)) if isinstance(move, Answer) else title_of(state, move)
    )
