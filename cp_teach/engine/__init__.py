"""What *happens* to a pipeline: one pure function, a journal of what it told, and the Run that drives it.

``step(state, command)`` decides everything; ``legal`` and ``why`` ask it; ``Run`` drives it and remembers.
"""

from cp_teach.engine.command import (
    ALL_ACTIONS,
    FAILED_ACTIONS,
    FAILURE_TYPES,
    Command,
    DeletePipeline,
    DisableTransition,
    EditPipeline,
    EnableTransition,
    ExpireTransition,
    FinishAction,
    FinishRule,
    Override,
    OverrideCondition,
    PutApprovalResult,
    RetryStage,
    Revision,
    RollbackStage,
    StartExecution,
    StopExecution,
    TimeOut,
)
from cp_teach.engine.delivered import Delivered
from cp_teach.engine.event import Event
from cp_teach.engine.evolve import evolve
from cp_teach.engine.file import BadRunFile
from cp_teach.engine.happened import Change, Happened
from cp_teach.engine.history import ActionRow, Artifact, ExecutionRow, History, RuleRow
from cp_teach.engine.journal import Entry, Journal
from cp_teach.engine.legal import legal
from cp_teach.engine.plan import Heal, Inject
from cp_teach.engine.refusal import Refused, refusal
from cp_teach.engine.run import Run
from cp_teach.engine.sound import unsound
from cp_teach.engine.state import Execution, Readings, StageState, State, beginning
from cp_teach.engine.step import step
from cp_teach.engine.variables import Unresolved
from cp_teach.engine.why import Why, why
from cp_teach.engine.worker import ByHand, Due, Worker

__all__ = [
    "ALL_ACTIONS",
    "FAILED_ACTIONS",
    "FAILURE_TYPES",
    "ActionRow",
    "Artifact",
    "BadRunFile",
    "ByHand",
    "Change",
    "Command",
    "DeletePipeline",
    "Delivered",
    "DisableTransition",
    "Due",
    "EditPipeline",
    "EnableTransition",
    "Entry",
    "Event",
    "Execution",
    "ExecutionRow",
    "ExpireTransition",
    "FinishAction",
    "FinishRule",
    "Happened",
    "Heal",
    "History",
    "Inject",
    "Journal",
    "Override",
    "OverrideCondition",
    "PutApprovalResult",
    "Readings",
    "Refused",
    "RetryStage",
    "Revision",
    "RollbackStage",
    "RuleRow",
    "Run",
    "StageState",
    "StartExecution",
    "State",
    "StopExecution",
    "TimeOut",
    "Unresolved",
    "Why",
    "Worker",
    "beginning",
    "evolve",
    "legal",
    "refusal",
    "step",
    "unsound",
    "why",
]
