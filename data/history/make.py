"""Make data/history: a synthetic export of four weeks of a team, by the simulator, with a seed.

Run it from the top of the clone: python data/history/make.py [folder]
"""

import json
import math
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from statistics import NormalDist

import numpy as np

from cp_teach import resources
from cp_teach.aws import serve
from cp_teach.engine import Refused, Run
from cp_teach.flow.inputs.commit_arrivals import commits
from cp_teach.flow.inputs.presets import demo_pipeline
from cp_teach.flow.inputs.weekly_hours import OFFICE
from cp_teach.work.simulation.deterministic_random import draw
from cp_teach.work.simulation.simulated_worker import Simulated

SEED = 20260504
WEEKS = 4
MONDAY = datetime(2026, 5, 4, tzinfo=timezone(timedelta(hours=2)))
MEDIANS = {"Source": 0.2, "Build": 3.3, "Test": 5.0, "Deploy": 4.0}
SIGMA = 0.4
FAILS = {"Build": 0.06, "Test": 0.08}
FLAKY = 0.1
LABEL = (
    f"Synthetic: made by data/history/make.py with seed {SEED}. "
    "No team, no account and no pipeline is behind it."
)


class Works(Simulated):
    """Log-normal durations; tests fail by chance at each attempt, and some changes are broken for good."""

    def _duration(self, row, action):
        luck = draw(self.seed, "duration", row.execution, row.stage, row.action, row.attempt)
        return MEDIANS[action.category] * math.exp(
            SIGMA * NormalDist().inv_cdf(min(max(luck, 1e-6), 1 - 1e-6))
        )

    def failure_plan(self, row):
        """See ``Simulated``."""
        from cp_teach.engine.model.failure_plan import Inject

        broken = draw(self.seed, "broken", row.execution, row.stage, row.action) < FAILS.get(row.stage, 0)
        by_chance = row.stage == "Test" and draw(self.seed, "flaky", row.execution, row.attempt) < FLAKY
        if broken or by_chance:
            message = "2 tests failed." if row.stage == "Test" else "It does not compile."
            return Inject(row.stage, row.action, failure="JobFailed", message=message)
        return None


def a_month() -> Run:
    """A run in which people release, approve and retry while they are at work."""
    run = Run(demo_pipeline(), Works(seed=SEED), seed=SEED)
    rng = np.random.default_rng(SEED)
    due = [
        float(t) for t in commits(3.0, OFFICE).until(rng, 1, WEEKS * 7 * 1440.0).times[0] if np.isfinite(t)
    ]
    patience: dict[tuple[int, str, str], float] = {}
    minute = 0.0
    while minute < WEEKS * 7 * 1440:
        minute += 1
        if due and due[0] <= minute:
            run.advance(seconds=max(0.0, 60 * due[0] - run.now))
            run.release(f"Change {run.state.newest + 1}")
            due.pop(0)
        run.advance(seconds=max(0.0, 60 * minute - run.now))
        if OFFICE.opens(minute) != minute:
            continue
        for x in run.state.executions:
            stage = run.state.stage_of(x)
            pending = any(
                a.is_approval and s == "InProgress" for a, s in zip(stage.actions, x.actions, strict=False)
            )
            if pending or x.status == "Failed":
                key = (x.number, stage.name, x.status)
                patience.setdefault(key, minute + float(rng.lognormal(math.log(40), 0.6)))
                if patience[key] <= minute:
                    answer(run, x.number, stage.name, pending, rng)
                    del patience[key]
    return run


def answer(run, number, stage, pending, rng):
    """Somebody answers an approval."""
    try:
        if pending:
            run.approve(stage, summary="Looks good.") if rng.random() < 0.97 else run.reject(stage)
        elif len([r for r in run.history.actions if r.execution == number and r.stage == stage]) < 2:
            run.retry(stage)
    except Refused:
        pass  # somebody else has entered the stage meanwhile


def exported(run: Run) -> tuple[dict, dict]:
    """Both lists through the AWS face, its times moved to the weeks that they speak of, as the CLI writes them."""
    with serve(run) as served:
        client = served.client()
        pages = client.get_paginator("list_action_executions").paginate(pipelineName=run.pipeline.name)
        actions = [one for page in pages for one in page["actionExecutionDetails"]]
        pages = client.get_paginator("list_pipeline_executions").paginate(pipelineName=run.pipeline.name)
        executions = [one for page in pages for one in page["pipelineExecutionSummaries"]]
    first = min(one["startTime"] for one in executions)
    begin = MONDAY + timedelta(seconds=run.history.executions[1].started)

    def told(when):
        return (begin + (when - first)).isoformat(timespec="milliseconds")

    for one in (*actions, *executions):
        one["startTime"], one["lastUpdateTime"] = told(one["startTime"]), told(one["lastUpdateTime"])
    for one in actions:  # what a study does not read
        kept = {"actionTypeId": one["input"]["actionTypeId"]}
        result = one["output"].get("executionResult") or {}
        result = {k: v for k, v in result.items() if v and k in ("externalExecutionSummary", "errorDetails")}
        one["input"], one["output"] = kept, {"executionResult": result} if result else {}
    for one in executions:
        for source in one["sourceRevisions"]:
            source.pop("revisionUrl", None)
    return (
        {"synthetic": LABEL, "actionExecutionDetails": actions},
        {"synthetic": LABEL, "pipelineExecutionSummaries": executions},
    )


def main(folder: Path) -> None:
    """Write both files."""
    folder.mkdir(parents=True, exist_ok=True)
    actions, executions = exported(a_month())
    for name, told, key in (
        ("action-executions.json", actions, "actionExecutionDetails"),
        ("pipeline-executions.json", executions, "pipelineExecutionSummaries"),
    ):
        lines = ",\n".join(json.dumps(one, separators=(",", ":")) for one in told[key])
        text = f'{{"synthetic":{json.dumps(LABEL)},\n"{key}":[\n{lines}\n]}}\n'
        (folder / name).write_text(text, encoding="utf-8")
        print(name, len(told[key]), "entries,", len(text), "bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else resources.data() / "history")
