"""Two pipelines to tell stories of, and short words for what happens to them."""

from typing import Any

import pytest

from cp_teach.engine import Refused, Run
from cp_teach.engine.queries.command_targets import actions_in_progress
from cp_teach.pipeline import Pipeline


def line(mode: str = "SUPERSEDED") -> Run:
    """Source, Build (Compile, then Unit beside Lint), Beta (Deploy, then an approval), Prod."""
    return Run(
        Pipeline.of(
            "line",
            Source="Fetch:S3",
            Build="Compile:CodeBuild then Unit:Test/CodeBuild and Lint:Test/CodeBuild",
            Beta="Deploy:CodeDeploy then Sign:Manual",
            Prod="Deploy:CodeDeploy",
            mode=mode,
        )
    )


def plain(mode: str = "SUPERSEDED") -> Run:
    return Run(
        Pipeline.of(
            "plain", Source="Fetch:S3", Build="Compile:CodeBuild", Prod="Deploy:CodeDeploy", mode=mode
        )
    )


def to(run: Run, *stages: str) -> None:
    """Let a released execution succeed in these stages, action by action."""
    for stage in stages:
        while running := [s for _, s, _ in actions_in_progress(run.state, stage, approvals=None)]:
            actions = [a for _, _, a in actions_in_progress(run.state, stage, approvals=False)]
            if not actions:
                run.approve(stage)
            else:
                run.succeed(stage, actions[0])
            if len(running) == 1 and not actions_in_progress(run.state, stage, approvals=None):
                break


def place(run: Run, number: int) -> str:
    """Where an execution is, in the words of its history."""
    row = run.history.executions[number]
    if row.status != "InProgress":
        return row.status
    return f"{row.visits[row.stage]} {row.stage}"


def error(call: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    assert str(refused.value)
    return refused.value.error
