"""Previews: what a stop or a rollback will do, as sentences, before a user confirms it. The engine carries out the
command on the state that is shown; nothing else changes.
"""

from __future__ import annotations

from cp_teach.engine.model import commands as c
from cp_teach.engine.model import events as e
from cp_teach.engine.model.state import IN_PROGRESS, Execution, State
from cp_teach.engine.rules.step import step
from cp_teach.translation import _, ngettext


def preview(state: State, command: c.StopExecution | c.RollbackStage) -> str:
    """What the command does to the state, which must allow it."""
    _, events = step(state, command)
    sentences = (
        _stopped(state, command, events)
        if isinstance(command, c.StopExecution)
        else _rolled_back(state, command, events)
    )
    return " ".join(sentences)


def _stopped(state: State, command: c.StopExecution, events: list[e.Event]) -> list[str]:
    number = command.execution
    execution = state.execution(number)
    assert execution is not None, "the state allows the command"
    stage = state.stage_of(execution).name
    running = _in_progress(state, execution)
    sentences: list[str] = []
    if not execution.actions:
        sentences.append(
            _("Execution {number} no longer waits to enter {stage}.", number=number, stage=stage)
        )
    elif running and command.abandon:
        sentences.append(
            ngettext(
                "{list} in {stage} is abandoned: its status becomes Abandoned, but its work may go on.",
                "{list} in {stage} are abandoned: their status becomes Abandoned, but their work may go on.",
                len(running),
                list=_list(running),
                stage=stage,
            )
        )
    elif running:
        sentences.append(
            _("{list} in {stage} may finish; no other action starts.", list=_list(running), stage=stage)
        )
    if any(isinstance(event, e.ExecutionStopped) for event in events):
        sentences.append(_("The status of execution {number} becomes Stopped.", number=number))
    else:
        sentences.append(
            _("The status of execution {number} becomes Stopping, and then Stopped.", number=number)
        )
    if execution.actions:
        sentences.append(
            _(
                "Stage {stage} can be retried afterwards, while no other execution has entered it.",
                stage=stage,
            )
        )
    sentences += [
        _("Execution {execution} enters {stage}.", execution=event.execution, stage=event.stage)
        for event in events
        if isinstance(event, e.ExecutionEntered) and event.execution != number
    ]
    return sentences


def _rolled_back(state: State, command: c.RollbackStage, events: list[e.Event]) -> list[str]:
    stage, target = command
    number = next(event.execution for event in events if isinstance(event, e.ExecutionStarted))
    started = [event.action for event in events if isinstance(event, e.ActionStarted)]
    sentences = [
        _(
            "Execution {number} starts in {stage}, with the source revisions and the artifacts of execution {target}.",
            number=number,
            stage=stage,
            target=target,
        )
    ]
    if started:
        sentences.append(ngettext("{list} starts.", "{list} start.", len(started), list=_list(started)))
    index = state.pipeline.stage_indices[stage]
    if later := [each.name for each in state.pipeline.stages[index + 1 :]]:
        sentences.append(
            ngettext("{list} stays as before.", "{list} stay as before.", len(later), list=_list(later))
        )
    if now := state.stages[index].succeeded:
        sentences.append(_("The last execution that succeeded in {stage} is {now}.", stage=stage, now=now))
    return sentences


def _in_progress(state: State, execution: Execution) -> list[str]:
    stage = state.stage_of(execution)
    actions = zip(stage.actions, execution.actions, strict=False)
    rules = zip(stage.rules(execution.condition), execution.rules, strict=False)
    return [
        *(action.name for action, status in actions if status == IN_PROGRESS),
        *(_("rule {rule}", rule=rule.name) for rule, status in rules if status == IN_PROGRESS),
    ]


def _list(names: list[str]) -> str:
    return (
        names[0] if len(names) == 1 else _("{first} and {last}", first=", ".join(names[:-1]), last=names[-1])
    )
