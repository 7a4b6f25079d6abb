"""A real history: read in every form that people have it in, refused with reasons, and counted."""

import copy
import json
from datetime import UTC, datetime, timedelta

import boto3
import numpy as np
import pytest

from cp_teach import Pipeline, resources
from cp_teach.aws import mock_aws
from cp_teach.flow.inputs.arrivals import Renewal
from cp_teach.flow.inputs.commit_arrivals import Commits
from cp_teach.flow.inputs.distribution import Constant, Empirical, Exponential, Gamma, LogNormal
from cp_teach.flow.recorded import BadHistory, history
from cp_teach.flow.recorded.estimates import FailureCounts
from cp_teach.flow.recorded.fit_distribution import fit, wilson

SAMPLE = resources.data() / "history"
ACTIONS, EXECUTIONS = SAMPLE / "action-executions.json", SAMPLE / "pipeline-executions.json"
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)


def entry(execution="a", stage="Build", action="Compile", start=0.0, minutes=3.0, status="Succeeded", **more):
    begin = MONDAY + timedelta(minutes=start)
    return {
        "pipelineExecutionId": execution,
        "actionExecutionId": f"{execution}/{stage}/{action}/{start}",
        "stageName": stage,
        "actionName": action,
        "status": status,
        "startTime": begin.isoformat(),
        "lastUpdateTime": (begin + timedelta(minutes=minutes)).isoformat(),
        **more,
    }


def without(told, field):
    return {key: value for key, value in told.items() if key != field}


@pytest.fixture(scope="module")
def sample():
    return history(ACTIONS, EXECUTIONS, zone="Europe/Berlin")


# -- the forms it comes in -----------------------------------------------------------------------------------
def test_a_path_json_pages_and_bare_entries_tell_the_same(sample):
    actions, executions = json.loads(ACTIONS.read_text()), json.loads(EXECUTIONS.read_text())
    rows = actions["actionExecutionDetails"]
    pages = [{"actionExecutionDetails": rows[:100], "nextToken": "x"}, {"actionExecutionDetails": rows[100:]}]
    both = {**actions, **executions}
    for told in (
        history(str(ACTIONS), executions),
        history(actions, EXECUTIONS),
        history(pages, executions["pipelineExecutionSummaries"]),
        history(rows, [executions]),
        history(both),
    ):
        assert told.actions == sample.actions
        assert told.executions == sample.executions
        assert told.remarks == []


def test_what_boto3_answers_is_read_as_it_is():
    with mock_aws(clock="manual") as mock:
        iam = boto3.client("iam", region_name="us-east-1")
        trust = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "codepipeline.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
        role = iam.create_role(RoleName="service", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        cp = boto3.client("codepipeline", region_name="us-east-1")
        shape = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Gate="Manual", Prod="CodeDeploy")
        cp.create_pipeline(pipeline={**shape.to_aws(), "roleArn": role})
        mock.tick(600)
        cp.start_pipeline_execution(name="shop")
        mock.tick(3600)
        state = cp.get_pipeline_state(name="shop")["stageStates"][2]["actionStates"][0]
        cp.put_approval_result(
            pipelineName="shop", stageName="Gate", actionName=state["actionName"],
            result={"summary": "Reviewed", "status": "Rejected"}, token=state["latestExecution"]["token"],
        )  # fmt: skip
        mock.tick(60)
        answers = [cp.list_action_executions(pipelineName="shop", maxResults=2)]
        while "nextToken" in answers[-1]:
            answers.append(
                cp.list_action_executions(
                    pipelineName="shop", maxResults=2, nextToken=answers[-1]["nextToken"]
                )
            )
        past = history(answers, cp.list_pipeline_executions(pipelineName="shop"))
        cut = history(answers[0], cp.list_pipeline_executions(pipelineName="shop"))
    assert len(answers) > 2
    assert str(past.pipeline) == "past: Source → Build → Gate"
    assert [one.status for one in past.executions] == ["Failed", "InProgress"]
    assert [one.trigger for one in past.executions] == ["CreatePipeline", "StartPipelineExecution"]
    assert past.failures().counts["Gate/Approve"].failed == 1
    assert past.approval() is not None
    assert "Gate/Approve" not in past.durations()
    assert past.replay_with_notes().notes == []
    assert any("nextToken" in remark for remark in cut.remarks)


def test_executions_that_the_list_lacks_are_counted():
    executions = json.loads(EXECUTIONS.read_text())
    first, *rest = executions["pipelineExecutionSummaries"]
    past = history(ACTIONS, {"pipelineExecutionSummaries": rest})
    assert "1 executions have actions, but are not in the list of executions" in past.remarks
    assert first["pipelineExecutionId"] not in str(past.remarks)


def test_order_and_repetitions_do_not_matter(sample):
    actions, executions = json.loads(ACTIONS.read_text()), json.loads(EXECUTIONS.read_text())
    rows = actions["actionExecutionDetails"]
    order = np.random.default_rng(1).permutation(len(rows))
    mixed = history([rows[i] for i in order] + rows[:7], executions)
    assert mixed.durations() == sample.durations()
    assert mixed.failures() == sample.failures()
    assert mixed.remarks == ["7 entries repeat another entry"]


def test_of_two_tellings_of_a_run_the_later_counts():
    early = {**entry(), "status": "InProgress"}
    assert history([entry(), early]).actions[0].status == "Succeeded"
    assert history([early, entry()]).actions[0].status == "Succeeded"


def test_times_of_any_zone_are_the_same_moments():
    begin = datetime(2026, 5, 4, 10, tzinfo=UTC)
    forms = [begin, begin.isoformat(), "2026-05-04T12:00:00+02:00", "2026-05-04T10:00:00Z", begin.timestamp()]
    for form in forms:
        past = history([{**entry(), "startTime": form, "lastUpdateTime": begin + timedelta(minutes=1)}])
        assert past.actions[0].started == begin.timestamp()
        assert past.frame()["minutes"][0] == 1
    seconds = begin.timestamp()
    milli = {**entry(), "startTime": 1000 * seconds, "lastUpdateTime": 1000 * seconds + 60_000}
    assert history([milli]).actions[0].started == seconds
    assert history([milli]).frame()["minutes"][0] == 1
    bare = {**entry(), "startTime": "2026-05-04T10:00:00", "lastUpdateTime": "2026-05-04T10:01:00"}
    past = history([bare])
    assert past.actions[0].started == begin.timestamp()
    assert any("2 times had no time zone" in remark for remark in past.remarks)
    there = history([bare], zone="Asia/Tokyo").frame()
    assert there["started"][0].hour == 19


# -- what is refused -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "field", ["pipelineExecutionId", "stageName", "actionName", "status", "startTime", "lastUpdateTime"]
)
def test_a_missing_field_is_named_with_its_entry(field):
    rows = [entry(), without(entry("b"), field), entry("c")]
    with pytest.raises(BadHistory, match=f"action entry 2: {field} is missing") as found:
        history(rows)
    assert "aws codepipeline list-action-executions" in str(found.value)
    assert "leave_out=True" in str(found.value)
    past = history(rows, leave_out=True)
    assert len(past.actions) == 2
    assert past.summary().loc["incomplete entries", "count"] == 1


def test_what_runs_needs_no_end_and_is_left_out_of_durations():
    running = {**without(entry("b"), "lastUpdateTime"), "status": "InProgress"}
    past = history([entry(), running, entry("c", status="Abandoned", minutes=90)])
    assert past.durations()["Build/Compile"] == Constant(3.0)
    assert past.failures().counts["Build/Compile"].changes == 1
    assert "have not ended" in past.summary().loc["runs InProgress", "note"]
    assert "were stopped" in past.summary().loc["runs Abandoned", "note"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"status": "Fine"}, "status is 'Fine', not one of"),
        ({"startTime": "yesterday"}, "startTime is 'yesterday', not a time"),
        ({"startTime": float("nan")}, "startTime is nan, not a time"),
        ({"lastUpdateTime": "2020-01-01T00:00:00Z"}, "lastUpdateTime is before startTime"),
        ({"stageName": 7}, "stageName is 7, not a text"),
    ],
)
def test_a_field_that_makes_no_sense_is_named(wrong, words):
    with pytest.raises(BadHistory, match=words):
        history([{**entry(), **wrong}])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"pipeline": {"name": "shop"}, "metadata": {}}, "response of get-pipeline, which has no history"),
        ({"stageStates": []}, "get-pipeline-state"),
        ({"pipelineExecutionSummaries": []}, r"Actions come first: history\(actions, executions\)"),
        ({"something": 1}, "has no actionExecutionDetails"),
        ([{"actionExecutionDetails": []}, {"stageStates": []}], "page 2 of the history given"),
        (7, "Give the response of list-action-executions"),
        ([7], "action entry 1 is 7, not an object"),
        ({"actionExecutionDetails": []}, "no action ran"),
        ([], "no action ran"),
    ],
)
def test_another_kind_of_thing_is_refused(given, words):
    with pytest.raises(BadHistory, match=words):
        history(given)


def test_executions_are_checked_too():
    with pytest.raises(
        BadHistory, match="response of list-action-executions, but that of list-pipeline-executions"
    ):
        history([entry()], {"actionExecutionDetails": []})
    with pytest.raises(BadHistory, match="execution entry 1: status is missing"):
        history([entry()], [{"pipelineExecutionId": "a", "startTime": 0}])


def test_a_damaged_file_says_where(tmp_path):
    path = tmp_path / "mine.json"
    text = ACTIONS.read_text()
    for cut in (len(text) // 2, len(text) - 3, 40, 1):
        path.write_text(text[:cut])
        with pytest.raises(BadHistory, match=r"mine.json is cut off in line \d+: its end is missing"):
            history(path)
    path.write_text(text.replace('"status"', "status", 1))
    with pytest.raises(BadHistory, match=r"not JSON: line 3, column \d+"):
        history(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadHistory, match=r"mine\.json is not a text file: it is not UTF-16 text"):
        history(path)
    path.write_text("  \n")
    with pytest.raises(BadHistory, match=r"mine\.json is empty"):
        history(path)
    with pytest.raises(FileNotFoundError, match="Export a history"):
        history(tmp_path / "other.json")


def test_a_zone_that_is_none_is_refused():
    with pytest.raises(BadHistory, match="Europe/Berlin"):
        history([entry()], zone="Mars/Olympus")


# -- the pipeline that is guessed ----------------------------------------------------------------------------
def test_actions_without_a_type_are_sources_in_the_first_stage_and_builds_after_it():
    past = history(
        [entry(stage="Source", action="Fetch"), entry(stage="Build", start=5), entry(stage="Prod", start=9)]
    )
    assert str(past.pipeline) == "past: Source → Build → Prod"
    assert [stage.actions[0].category for stage in past.pipeline.stages] == ["Source", "Build", "Build"]


# -- fits ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "draw", "made"),
    [
        ("lognormal", lambda rng: np.exp(1.2 + 0.8 * rng.standard_normal(2000)), LogNormal),
        ("gamma", lambda rng: rng.gamma(3.0, 2.0, 2000), Gamma),
        ("exponential", lambda rng: rng.exponential(5.0, 2000), Exponential),
    ],
)
def test_the_distribution_that_made_the_numbers_is_found_again(kind, draw, made):
    values = draw(np.random.default_rng(4))
    found = fit(list(values))
    assert found.kind == kind
    assert isinstance(found.distribution, made)
    assert found.distribution.mean == pytest.approx(values.mean(), rel=0.05)
    assert found.aic[kind] == min(found.aic.values())


def test_the_fit_is_the_one_of_greatest_likelihood():
    from scipy import stats

    x = np.exp(1 + 0.5 * np.random.default_rng(2).standard_normal(50))
    found = fit(list(x), "lognormal")
    likelihood = stats.lognorm.logpdf(x, found.distribution.sigma, scale=found.distribution.median).sum()
    assert found.aic["lognormal"] == pytest.approx(4 - 2 * likelihood)
    assert found.aic["exponential"] == pytest.approx(2 - 2 * stats.expon.logpdf(x, scale=x.mean()).sum())
    for other in (0.9, 1.1):
        assert (
            stats.lognorm.logpdf(x, found.distribution.sigma * other, scale=found.distribution.median).sum()
            < likelihood
        )


def test_odd_samples_are_fitted_as_far_as_they_go():
    assert fit([2.0, 2.0]).distribution == Constant(2.0)
    assert fit([0.0, 1.0, 5.0]).kind == "exponential"
    assert fit([1.0, 2.0], "empirical").distribution == Empirical((1.0, 2.0))
    with pytest.raises(ValueError, match="never 0"):
        fit([0.0, 1.0], "lognormal")
    with pytest.raises(ValueError, match="best, lognormal"):
        fit([1.0], "normal")
    with pytest.raises(ValueError, match="nothing to fit"):
        fit([])


def test_wilsons_interval():
    low, high = wilson(5, 50)
    assert (round(low, 4), round(high, 4)) == (0.0435, 0.2136)
    assert wilson(0, 10)[0] == 0
    assert wilson(0, 10)[1] > 0.2
    assert wilson(0, 0) == (0, 1)


def test_what_a_retry_undid_was_flaky_and_the_rest_was_not():
    rows = []
    for n in range(20):
        rows.append(entry(f"{n}", start=60.0 * n, status="Failed" if n < 8 else "Succeeded"))
    rows += [entry(f"{n}", start=60.0 * n + 10, status="Succeeded" if n < 3 else "Failed") for n in range(4)]
    found = history(rows).failures()
    assert found.counts["Build/Compile"] == FailureCounts(changes=20, failed=8, retried=4, recovered=3)
    assert found["Build/Compile"] == pytest.approx(0.4 * 0.25)
    persistent, flaky = found["Build/Compile"], found.flaky["Build/Compile"]
    assert 1 - (1 - persistent) * (1 - flaky) == pytest.approx(0.4)  # together they fail as often as was seen
    assert found.frame().loc["Build/Compile", "low"] < 0.4 < found.frame().loc["Build/Compile", "high"]


# -- arrivals ------------------------------------------------------------------------------------------------
def test_office_hours_are_seen_in_the_zone_where_people_work(sample):
    found = sample.arrivals()
    assert isinstance(found, Commits)
    assert str(found.hours).startswith("Mon 9:00 - Mon 17:00, Tue 9:00")
    assert len(found.hours.spans) == 5
    per_week = len(sample.executions) / 4
    assert found.rate * 10080 == pytest.approx(per_week, rel=0.1)


def test_day_and_night_is_a_poisson_process():
    times = np.cumsum(np.random.default_rng(3).exponential(300, 200))
    past = history([entry(f"{n}", start=float(t)) for n, t in enumerate(times)])
    found = past.arrivals()
    assert isinstance(found, Renewal)
    assert found.rate == pytest.approx(1 / 300, rel=0.2)


def test_one_execution_says_nothing_of_a_rate():
    with pytest.raises(ValueError, match="two or more"):
        history([entry()]).arrivals()


# -- the sample ----------------------------------------------------------------------------------------------
def test_the_sample_is_small_and_says_that_it_is_synthetic():
    for path in (ACTIONS, EXECUTIONS):
        assert path.stat().st_size < 200_000
        assert "Synthetic" in json.loads(path.read_text())["synthetic"]


def test_the_sample_gives_back_what_it_was_made_with(sample):
    durations = sample.durations("lognormal")
    for key, median in {"Build/CodeBuild": 3.3, "Test/CodeBuild": 5.0, "Prod/CodeDeploy": 4.0}.items():
        assert durations[key].median == pytest.approx(median, rel=0.2)
        assert durations[key].sigma == pytest.approx(0.4, abs=0.15)
    counts = sample.failures().counts["Build/CodeBuild"]
    assert counts.interval[0] < 0.06 < counts.interval[1]
    assert 0.03 < sample.failures().flaky["Test/CodeBuild"] < 0.25
    assert sample.approval("Mon-Fri 9-17").mean == pytest.approx(40 * 1.2, rel=0.3)


def test_it_shows_itself(sample):
    assert "executions Succeeded" in sample._repr_html_()
    assert "Build/CodeBuild" in sample.durations()._repr_html_()
    assert "Build/CodeBuild" in sample.failures()._repr_html_()
    assert repr(sample) == "<The past of past: 56 executions, 263 runs of actions>"
    frame = sample.frame()
    assert len(frame) == 263
    assert str(frame["started"].dt.tz) == "Europe/Berlin"


def test_an_outlier_is_pointed_at():
    rows = [entry(f"{n}", start=60.0 * n, minutes=3 + n % 3) for n in range(12)]
    rows.append(entry("z", start=5000, minutes=400))
    assert "entry 13 (Build/Compile, 400.0 min)" in history(rows).summary().loc["outliers", "note"]
    assert "outliers" not in history(rows[:-1]).summary().index


def test_an_edit_meanwhile_is_remarked():
    rows = [entry("a", pipelineVersion=1), entry("b", start=60, pipelineVersion=3)]
    assert any("versions 1 to 3" in remark for remark in history(rows).remarks)
    assert copy.deepcopy(rows) == rows  # what is given stays as it is


def test_entries_whose_keys_begin_with_capitals_are_named_with_the_command_to_use():
    with pytest.raises(BadHistory, match="the history given has keys that begin with capitals") as refused:
        history([{"PipelineExecutionId": "1", "StageName": "Prod"}])
    assert "aws codepipeline list-action-executions --pipeline-name NAME" in str(refused.value)
