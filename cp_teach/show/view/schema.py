"""The types of the view model: plain JSON that the widget draws.

A field that is ``NotRequired``, and every field of ``View``, may be missing; the widget leaves out what is missing.
tools/widget_docs.py writes the tables of docs/widget.md from the comments here.
"""

from __future__ import annotations

from typing import NotRequired, TypeAlias, TypedDict

StatusCell: TypeAlias = list[str]
"""``[key, word, glyph]`` of ``cp_teach.style.status``."""

WireCommand: TypeAlias = list[str | int | bool]
"""A command as a list: its kind, then its target, as ``["RetryStage", 3, "Beta", "FAILED_ACTIONS"]``."""

LogLine: TypeAlias = list[str | int]
"""``[moment, time, status key, sentence]``."""


class Move(TypedDict):
    """Something that can be asked for: a button."""

    label: str  # what the button says; it names the execution that the move affects
    command: WireCommand  # what the button sends; a page without a kernel looks the move up by it
    no: NotRequired[str]  # why the move is refused now; missing if it is allowed
    will: NotRequired[str]  # (stop, rollback) what it will do, to confirm


class Review(TypedDict):
    """An approval that waits for the answer about one execution."""

    n: int  # the number of the execution
    label: str  # what the button says that opens the review
    moves: list[Move]  # approve and reject
    artifacts: list[str]  # the names of the artifacts that the next actions would use
    details: NotRequired[str]  # the text that the action shows to reviewers (CustomData)
    link: NotRequired[str]  # the address that it shows to them (ExternalEntityLink)
    attempt: NotRequired[int]  # which attempt of the action it is, from 2 on
    required: NotRequired[bool]  # true if AWS requires a comment (IsSummaryRequired)


class Chip(TypedDict):
    """An execution in one place of the picture."""

    n: int  # the number of the execution
    message: str  # its commit message
    by: NotRequired[int]  # the number of the execution that superseded it


class Pipeline(TypedDict):
    """The pipeline."""

    name: str  # its name
    mode: str  # its execution mode
    type: str  # `V1` or `V2`


class Rule(TypedDict):
    """A rule of a stage condition."""

    name: str  # its name
    provider: str  # the provider that evaluates it
    status: StatusCell  # its result
    moves: NotRequired[list[Move]]  # met and not met, while a person decides


class Condition(TypedDict):
    """A condition of a stage."""

    name: str  # `Entry condition`, `On success` or `On failure`
    result: str  # what happens if it is not met: `Fail`, `Rollback`, `Skip` or `Retry`
    rules: list[Rule]  # its rules
    overrides: NotRequired[list[Move]]  # override it, after it failed an execution


class Transition(TypedDict):
    """The inbound transition of a stage."""

    on: bool  # whether it is enabled
    toggle: NotRequired[Move]  # enable or disable it
    reason: NotRequired[str]  # why it is disabled
    again: NotRequired[Move]  # disable it with another reason
    waiting: NotRequired[list[Chip]]  # the executions that wait to enter
    gone: NotRequired[list[Chip]]  # the newest executions that were superseded while they waited
    more: NotRequired[int]  # how many more were superseded
    quiet: NotRequired[bool]  # true if there is nothing to show (the first stage, as in AWS's console)


class Action(TypedDict):
    """An action of a stage."""

    name: str  # its name
    provider: str  # its provider
    category: str  # its category
    status: StatusCell  # its status
    old: NotRequired[int]  # the execution that the status belongs to, if no execution is in the stage
    note: NotRequired[str]  # the error, or the summary, of its run
    attempt: NotRequired[int]  # which attempt it is, from 2 on
    reviews: NotRequired[list[Review]]  # the answers that it waits for, one for each execution
    finish: NotRequired[list[Move]]  # succeed and fail, for each execution
    by_hand: NotRequired[bool]  # true if only a person ends it
    progress: NotRequired[float]  # how much of its time has passed, 0 to 1
    left: NotRequired[str]  # how much time is left
    planned: NotRequired[str]  # the failures that are planned for it


class Stage(TypedDict):
    """A stage."""

    name: str  # its name
    status: StatusCell  # its status
    door: Transition  # its inbound transition
    groups: list[list[Action]]  # its actions; those of one group run in parallel
    inside: NotRequired[Chip]  # the execution in it
    also: NotRequired[list[Chip]]  # in PARALLEL mode: the other executions in it
    conditions: NotRequired[list[Condition]]  # its conditions (V2)
    delivered: NotRequired[Chip]  # the newest execution that succeeded in it
    retry: NotRequired[list[Move]]  # retry its failed actions, retry it, start a rollback


class Reason(TypedDict):
    """Why an execution does not move."""

    n: int  # the number of the execution
    status: StatusCell  # its status
    text: str  # the reason
    who: str  # who, or what, can change that
    moves: NotRequired[list[Move]]  # the moves that would
    stop: NotRequired[list[Move]]  # stop and wait, stop and abandon


class Execution(TypedDict):
    """A row of the table of executions."""

    n: int  # the number of the execution
    message: str  # its commit message
    revision: str  # its revisions, 7 characters each
    status: StatusCell  # its status
    cells: list[StatusCell | None]  # its status in each stage; null if it has not been there
    started: str  # when it started, on the run's clock
    by: NotRequired[int]  # the execution that superseded it


# ``from`` is a keyword, so this type needs the functional form.
Artifact = TypedDict("Artifact", {"name": str, "by": str, "key": str, "from": str})
"""An artifact: its name, the action that made it (`by`), its S3 key, and the revisions it was made `from`."""


class AwsCall(TypedDict, total=False):
    """One act as AWS would do it. Only `title` is always there."""

    title: str  # the act
    cli: str  # the AWS CLI command; missing if AWS has no such operation
    boto3: str  # the boto3 call; missing if AWS has no such operation
    note: str  # what else is worth knowing


class AwsCalls(TypedDict):
    """The acts as AWS would do them."""

    done: list[AwsCall]  # the newest acts of the journal
    can: list[AwsCall]  # what can be done now
    none: list[str]  # what AWS has no operation for


class Drive(TypedDict):
    """A control of the run itself."""

    no: NotRequired[str]  # why it cannot be used now
    next: NotRequired[str]  # (`step`) what happens next
    types: NotRequired[list[str]]  # (`inject`) the failure types


class Branches(TypedDict):
    """The branches of time."""

    names: list[list[int | str]]  # the newest 40 as `[number, name]`, oldest first
    current: int  # the number of the one that is shown
    total: int  # how many there are
    acting: NotRequired[str]  # (in the past) what an act does now: it starts a branch


class Announcement(TypedDict):
    """A sentence for screen readers."""

    n: int  # counts up: a new number is a new announcement
    text: str  # the sentence
    alert: bool  # whether it interrupts


class Notice(TypedDict):
    """A refusal to show."""

    text: str  # the sentence
    error: str  # AWS's name of the error


class Answer(TypedDict):
    """The answer to the newest act."""

    id: object  # the `id` of the message
    refused: bool  # whether the act was refused


class Instance(TypedDict):
    """An instance in a deployment."""

    name: str  # its name
    status: StatusCell  # its status
    has: str  # which revision is on it


class EventRow(TypedDict):
    """A lifecycle event."""

    name: str  # its name
    cells: list[StatusCell | None]  # its status on each instance; null if the instance does not have it


class Fault(TypedDict):
    """A lifecycle event that failed."""

    instance: str  # where
    event: str  # which event
    code: str  # CodeDeploy's error code
    message: str  # the error message
    log: str  # the end of the log


class Deployment(TypedDict):
    """A deployment."""

    id: str  # its ID
    title: str  # which deployment to which group
    status: StatusCell  # its status
    about: str  # what is deployed, and how
    said: list[str]  # errors, rollbacks and notes, as sentences
    counts: list[list[int | StatusCell]]  # `[number of instances, status]` for each status
    health: str  # "2 of 3 healthy"; an instance is healthy if its newest deployment succeeded
    instances: list[Instance]  # the instances
    events: list[EventRow]  # the lifecycle events, in order
    faults: list[Fault]  # the failed events, with their logs
    back: NotRequired[str]  # the deployment that this one rolls back
    now: NotRequired[str]  # the lifecycle events in progress


class Phase(TypedDict):
    """A phase of a build."""

    name: str  # its name
    status: StatusCell  # its status
    seconds: float  # how long it took


class BuildLog(TypedDict):
    """The log of a build."""

    text: str  # the newest 200 lines
    more: int  # how many lines came before


class Work(TypedDict):
    """`work["Prod/Deploy"]`: the progress of an action that does real work."""

    n: int  # the number of the execution
    fleet: NotRequired[list[Deployment]]  # its deployments, the newest first
    phases: NotRequired[list[Phase]]  # the phases of its build
    log: NotRequired[BuildLog]  # the log of its build


class View(TypedDict, total=False):
    """The view. Only `pipeline`, `sentence` and `stages` are always there."""

    pipeline: Pipeline  # the pipeline
    run: str  # which run this is; text that a user types belongs to a run and a fork
    fork: int  # how often the past of the run was rewritten
    deleted: bool  # true if the pipeline was deleted
    clock: str  # the time on the run's clock
    position: int  # the moment that is shown
    total: int  # the number of moments, undone ones included
    sentence: str  # what the newest entry of the journal did
    bad: bool  # whether that is bad news
    release: Move  # release a change
    stages: list[Stage]  # the stages in order
    limits: dict[str, int]  # the number of characters a user can type as `message`, `reason` and `summary`
    reasons: list[Reason]  # for each execution in progress: why it does not move
    log: list[LogLine]  # the newest 60 lines, or as many as a user asked for
    more_log: int  # how many lines came before
    executions: list[Execution]  # the newest 12 executions, or as many as a user asked for
    more_executions: int  # how many executions came before
    can_show_more: bool  # whether the widget can ask for what came before; a page without a kernel cannot
    artifacts: dict[str, list[Artifact]]  # by the number of the execution
    aws: AwsCalls  # the acts as AWS CLI commands and boto3 calls
    step: Drive  # go on to what happens next
    undo: Drive  # go back in the journal
    redo: Drive  # go forward in the journal
    inject: Drive  # plan failures
    branches: Branches  # the branches that acts in the past have started
    work: dict[str, Work]  # by "Stage/Action": the progress of real work; a separate trait of the widget
    said: Announcement  # what to announce
    notice: Notice  # a refusal to show
    answer: Answer  # the answer to the newest act
    fault: str  # one sentence that names the parts that could not be computed
    away: str  # one sentence that says that the pipeline, or its service, is gone


TABLES = (
    View, Pipeline, Stage, Transition, Action, Review, Condition, Rule, Chip, Move, Reason, Execution,
    AwsCalls, AwsCall, Drive, Branches, Announcement, Notice, Answer, Work, Deployment, Instance, EventRow,
    Fault, Phase, BuildLog,
)  # fmt: skip
"""The types in the order in which docs/widget.md lists them."""
