"""What a side effect can use of a Region, and the type of the listeners that cause side effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cp_teach.aws.account.moto_account import MotoAccount
from cp_teach.aws.backend.hosted_pipeline import HostedPipeline
from cp_teach.aws.backend.job_records import Jobs
from cp_teach.aws.backend.store import Store
from cp_teach.aws.config.settings import Settings
from cp_teach.engine.history.journal import Entry
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.engine.model.events import ActionAbandoned, ActionFailed, ActionStarted, ActionSucceeded, Event
from cp_teach.pipeline import Action

Listener = Callable[[HostedPipeline, Entry, Event], None]
"""Called with a pipeline, an entry of its journal, and one event of that entry."""


class EffectScope(NamedTuple):
    """The parts of a Region that side effects read and change."""

    account: str
    region: str
    world: MotoAccount
    settings: Settings
    store: Store
    jobs: Jobs
    custom: Mapping[tuple[str, str, str], dict[str, Any]]
    """Custom action types by (category, provider, version)."""


def execution_of_action(
    hosted: HostedPipeline, event: ActionStarted | ActionSucceeded | ActionFailed | ActionAbandoned
) -> tuple[ActionRow, Action]:
    """The action execution that an event is about, and the action's definition at that time."""
    history = hosted.run.history
    row = history.newest[event.execution, event.stage, event.action]
    return row, action_of(history.executions, row)
