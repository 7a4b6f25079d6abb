"""The engine: the rules of CodePipeline as one pure function, a journal of its events, and ``Run``, which drives it.

``step(state, command)`` makes every decision; ``legal`` and ``why`` question it. ``COMMANDS`` and ``EVENTS`` register
all kinds of commands and events.
"""

from cp_teach.engine.history.journal import Entry, Journal
from cp_teach.engine.history.projections import ActionRow, Artifact, ExecutionRow, History, RuleRow
from cp_teach.engine.history.records import DeployedRevision
from cp_teach.engine.model.commands import (
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
from cp_teach.engine.model.events import Event
from cp_teach.engine.model.failure_plan import Heal, Inject
from cp_teach.engine.model.state import Execution, Readings, StageState, State, initial_state
from cp_teach.engine.queries.blocked_reason import Why, why
from cp_teach.engine.queries.legal_commands import legal
from cp_teach.engine.queries.variable_resolution import Unresolved
from cp_teach.engine.registry import EVENTS, EventSpec
from cp_teach.engine.rules.errors import Refused
from cp_teach.engine.rules.reducer import evolve
from cp_teach.engine.rules.state_invariants import invariant_violation
from cp_teach.engine.rules.step import COMMANDS, CommandSpec, refusal, step
from cp_teach.engine.run.file_values import BadRunFile
from cp_teach.engine.run.result import Change, CommandResult
from cp_teach.engine.run.run import Run
from cp_teach.engine.run.worker import ByHand, Due, Worker

__all__ = [
    "ALL_ACTIONS",
    "COMMANDS",
    "EVENTS",
    "FAILED_ACTIONS",
    "FAILURE_TYPES",
    "ActionRow",
    "Artifact",
    "BadRunFile",
    "ByHand",
    "Change",
    "Command",
    "CommandResult",
    "CommandSpec",
    "DeletePipeline",
    "DeployedRevision",
    "DisableTransition",
    "Due",
    "EditPipeline",
    "EnableTransition",
    "Entry",
    "Event",
    "EventSpec",
    "Execution",
    "ExecutionRow",
    "ExpireTransition",
    "FinishAction",
    "FinishRule",
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
    "evolve",
    "initial_state",
    "invariant_violation",
    "legal",
    "refusal",
    "step",
    "why",
]

# Former names, for programs that import them.
Delivered = DeployedRevision
Happened = CommandResult
beginning = initial_state
unsound = invariant_violation
