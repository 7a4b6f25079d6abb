"""Schedules of EventBridge and of its Scheduler start pipelines on the service's clock."""

import json
import logging
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from account import Account, approve, build, commits, error, stage

from cp_teach.aws import mock_aws
from cp_teach.aws.config.service_clock import Clock
from cp_teach.aws.moto_plugin.eventbridge.schedule_expressions import read_schedule

PIPELINE = "arn:aws:codepipeline:us-east-1:123456789012:shop"
START = datetime(2026, 12, 1, 9, 59, 30, tzinfo=UTC)  # a Tuesday


@pytest.fixture
def account():
    with mock_aws(clock=Clock("manual", now=START.timestamp() - 60)) as mock:
        account = Account(mock)
        account.create("shop", stage("Source", commits()), stage("Build", build()), pipelineType="V2")
        yield account


def started(account, kind="CloudWatchEvent"):
    """When executions with this trigger were started, oldest first."""
    return [
        run["startTime"].astimezone(UTC).strftime("%H:%M:%S")
        for run in reversed(account.executions())
        if run["trigger"]["triggerType"] == kind
    ]


def put_rule(account, expression, **more):
    events = account.client("events")
    arn = events.put_rule(Name="timer", ScheduleExpression=expression, **more)["RuleArn"]
    events.put_targets(Rule="timer", Targets=[{"Id": "1", "Arn": PIPELINE, "RoleArn": account.role}])
    return arn


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("cron(0 10 * * ? *)", ["2026-12-01 10:00", "2026-12-02 10:00"]),
        ("cron(5,35 14 * * ? *)", ["2026-12-01 14:05", "2026-12-01 14:35"]),
        (
            "cron(0/20 8-10 ? * MON-FRI *)",
            ["2026-12-01 10:00", "2026-12-01 10:20", "2026-12-01 10:40", "2026-12-02 08:00"],
        ),
        ("cron(0 2 ? * SAT#3 *)", ["2026-12-19 02:00", "2027-01-16 02:00"]),
        ("cron(15 10 ? * 6L *)", ["2026-12-25 10:15", "2027-01-29 10:15"]),
        ("cron(0 8 L * ? *)", ["2026-12-31 08:00", "2027-01-31 08:00"]),
        ("cron(0 8 5W * ? *)", ["2026-12-04 08:00", "2027-01-05 08:00"]),
        ("cron(0 0 1 JAN,JUL ? 2027-2028)", ["2027-01-01 00:00", "2027-07-01 00:00", "2028-01-01 00:00"]),
        (
            "cron(0/30 23-1 ? * TUE *)",
            ["2026-12-01 23:00", "2026-12-01 23:30", "2026-12-08 00:00", "2026-12-08 00:30"],
        ),
        ("cron(15 10 ? * 6L 2002-2005)", []),
        ("rate(1 hour)", ["2026-12-01 10:59", "2026-12-01 11:59"]),
        ("rate(2 days)", ["2026-12-03 09:59", "2026-12-05 09:59"]),
    ],
)
def test_a_schedule_is_due_when_aws_says(expression, times):
    schedule, at, found = read_schedule(expression), START.timestamp(), []
    while len(found) < max(len(times), 1) and (at := schedule.after(at)) is not None:
        found.append(datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M"))
    assert found == times


@pytest.mark.parametrize(
    "expression",
    [
        *("rate(10 seconds)", "rate(1 minutes)", "rate(10 minute)", "rate()", "rate(10)", "rate(0 minutes)"),
        *(
            "rate(-10 minutes)",
            "rate(10 MINUTES)",
            "rate( 10 minutes )",
            " rate(10 minutes)",
            "rate(foo minutes)",
        ),
        *("cron(0 1 * * * *)", "cron(7 20 * * NOT *)", "cron(INVALID)", "cron(0 dummy ? * MON-FRI *)"),
        *("cron(71 8 1 * ? *)", "cron(0 0 ? * 3#1,6#3 *)", "cron(0 0 ? * MON/2 *)", "cron(0 0 0 1 * ? *)"),
        *("cron(0 0 ? * ? *)", "cron(0 25 * * ? *)", "cron(0 0 1W/2 * ? *)", "at(2026-12-01T10:00:00)", "x"),
    ],
)
def test_an_expression_that_aws_refuses_is_refused(account, expression):
    refused = error(account.client("events").put_rule, Name="r", ScheduleExpression=expression)
    assert refused == ("ValidationException", "Parameter ScheduleExpression is not valid.")


def test_a_rate_starts_the_pipeline_again_and_again_each_at_its_time(account):
    rule = put_rule(account, "rate(5 minutes)")
    account.tick(299)
    assert started(account) == []
    account.tick(601)
    begun = account.executions()[0]["startTime"]
    assert len(started(account)) == 3
    assert account.executions()[0]["trigger"] == {"triggerType": "CloudWatchEvent", "triggerDetail": rule}
    assert started(account)[0] == "10:04:30"
    account.client("events").disable_rule(Name="timer")
    account.tick(3600)
    assert len(started(account)) == 3
    account.client("events").enable_rule(Name="timer")
    account.tick(300)
    assert (account.executions()[0]["startTime"] - begun).total_seconds() == 3900
    account.client("events").remove_targets(Rule="timer", Ids=["1"])
    account.client("events").delete_rule(Name="timer")
    account.tick(3600)
    assert len(started(account)) == 4


def test_a_rule_that_loses_its_schedule_or_gets_another_one_follows(account):
    put_rule(account, "rate(5 minutes)")
    account.client("events").put_rule(Name="timer", ScheduleExpression="rate(1 hour)")
    account.tick(1800)
    assert started(account) == []
    account.client("events").put_rule(Name="timer", EventPattern='{"source": ["mine"]}')
    account.tick(7200)
    assert started(account) == []


def test_a_long_tick_runs_each_execution_to_its_end_before_the_next_one_is_due(account):
    put_rule(account, "cron(0 * * * ? *)")
    account.tick(3 * 3600)
    assert started(account) == ["10:00:00", "11:00:00", "12:00:00"]
    assert {run["status"] for run in account.executions()} == {"Succeeded"}


def test_a_scheduled_event_has_the_recorded_form_and_a_transformer_can_use_it(account):
    sqs, events = account.client("sqs"), account.client("events")
    queue = sqs.create_queue(QueueName="seen")["QueueUrl"]
    rule = put_rule(account, "rate(1 minute)")
    arn = "arn:aws:sqs:us-east-1:123456789012:seen"
    template = {"InputPathsMap": {"t": "$.time"}, "InputTemplate": '"<aws.events.rule-name> at <t>"'}
    events.put_targets(
        Rule="timer", Targets=[{"Id": "2", "Arn": arn}, {"Id": "3", "Arn": arn, "InputTransformer": template}]
    )
    account.tick(60)
    bodies = [
        json.loads(each["Body"])
        for each in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    ]
    event = next(body for body in bodies if isinstance(body, dict))
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-12-01T10:00:30Z",
        "region": "us-east-1",
        "resources": [rule],
        "detail": {},
    }
    assert "timer at 2026-12-01T10:00:30Z" in bodies


def test_a_rule_with_only_a_schedule_hears_no_events(account):
    put_rule(account, "rate(1 day)")
    account.client("events").put_events(Entries=[{"Source": "mine", "DetailType": "x", "Detail": "{}"}])
    assert started(account) == []


def test_schedules_that_are_due_too_often_at_once_are_skipped_with_a_word(account, caplog):
    events = account.client("events")
    events.put_rule(Name="nothing", ScheduleExpression="rate(1 minute)")
    with caplog.at_level(logging.WARNING, "cp_teach.eventbridge"):
        account.tick(365 * 86400)
    assert "Let less time pass at once" in caplog.text


def test_a_template_makes_a_rule_that_runs_on_its_schedule(account):
    cloudformation = account.client("cloudformation")
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "ScheduleExpression": "rate(1 hour)",
            "Targets": [{"Id": "1", "Arn": PIPELINE, "RoleArn": account.role}],
        },
    }
    alone = {**rule, "Properties": {"ScheduleExpression": "rate(1 hours)"}}
    refused = error(
        cloudformation.create_stack, StackName="r", TemplateBody=json.dumps({"Resources": {"T": alone}})
    )
    assert refused == ("ValidationError", "Parameter ScheduleExpression is not valid.")
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps({"Resources": {"Timer": rule}}))
    account.tick(3600)
    assert len(started(account)) == 1


# -- EventBridge Scheduler -------------------------------------------------------------------------------------------
OFF = {"Mode": "OFF"}


def create(account, expression, name="s", target=None, **more):
    scheduler = account.client("scheduler")
    target = {"Arn": PIPELINE, "RoleArn": account.role, **(target or {})}
    made = scheduler.create_schedule(
        Name=name, ScheduleExpression=expression, FlexibleTimeWindow=OFF, Target=target, **more
    )
    return scheduler, made["ScheduleArn"]


def test_the_scheduler_starts_a_pipeline_by_cron_in_a_time_zone(account):
    scheduler, arn = create(account, "cron(0 12 * * ? *)", ScheduleExpressionTimezone="Europe/Berlin")
    account.tick(2 * 3600)
    assert started(account) == ["11:00:00"]
    assert account.executions()[0]["trigger"]["triggerDetail"] == arn
    scheduler.update_schedule(
        Name="s",
        ScheduleExpression="cron(30 * * * ? *)",
        FlexibleTimeWindow=OFF,
        Target={"Arn": PIPELINE, "RoleArn": account.role},
    )
    account.tick(3600)
    assert started(account) == ["11:00:00", "12:30:00"]
    scheduler.delete_schedule(Name="s")
    account.tick(3600)
    assert len(started(account)) == 2


def test_a_rate_of_the_scheduler_begins_at_once_and_keeps_to_its_dates(account):
    create(account, "rate(10 minutes)", EndDate=datetime(2026, 12, 1, 10, 15, tzinfo=UTC))
    create(account, "rate(1 day)", "later", StartDate=datetime(2026, 12, 1, 10, 30, tzinfo=UTC))
    create(account, "rate(1 minute)", "off", State="DISABLED")
    account.tick(3600)
    assert started(account) == ["09:59:30", "10:09:30", "10:30:00"]


def test_a_schedule_of_one_time_is_done_once_and_can_delete_itself(account):
    scheduler, _ = create(account, "at(2026-12-01T11:00:00)", ActionAfterCompletion="DELETE")
    create(account, "at(2026-12-01T09:00:00)", "past")
    account.tick(86400)
    assert started(account) == ["11:00:00"]
    assert [each["Name"] for each in scheduler.list_schedules()["Schedules"]] == ["past"]


def test_a_universal_target_calls_start_pipeline_execution(account):
    universal = {
        "Arn": "arn:aws:scheduler:::aws-sdk:codepipeline:startPipelineExecution",
        "Input": json.dumps({"Name": "shop"}),
    }
    create(account, "at(2026-12-01T11:00:00)", target=universal)
    account.tick(7200)
    assert started(account, "StartPipelineExecution") == ["11:00:00"]


def test_the_scheduler_refuses_what_aws_refuses_and_reports_what_it_cannot_deliver(account, caplog):
    assert error(create, account, "rate(1 minutes)")[0] == "ValidationException"
    assert (
        error(create, account, "rate(1 minute)", ScheduleExpressionTimezone="Moon/Sea")[0]
        == "ValidationException"
    )
    create(account, "at(2026-12-01T11:00:00)", target={"Arn": "arn:aws:ecs:us-east-1:123456789012:cluster/c"})
    create(account, "at(2026-12-01T11:00:00)", "none", target={"Arn": f"{PIPELINE}s"})
    create(
        account, "at(2026-12-01T11:00:00)", "queue", target={"Arn": "arn:aws:sqs:us-east-1:123456789012:q"}
    )
    with caplog.at_level(logging.WARNING, "cp_teach.eventbridge"):
        account.tick(7200)
    assert "moto, which simulates EventBridge here, cannot deliver" in caplog.text
    assert "does not have a pipeline with name 'shops'" in caplog.text
    assert "cannot be delivered" not in caplog.text


def test_a_group_takes_its_schedules_with_it(account):
    scheduler = account.client("scheduler")
    scheduler.create_schedule_group(Name="g")
    create(account, "cron(0 * * * ? *)", GroupName="g")
    scheduler.delete_schedule_group(Name="g")
    account.tick(7200)
    assert started(account) == []


# -- clocks --------------------------------------------------------------------------------------------------------
def test_on_a_virtual_clock_a_schedule_is_due_when_time_is_let_pass():
    with mock_aws() as mock:
        account = Account(mock)
        account.create("shop", stage("Source", commits()), stage("Gate", approve()), pipelineType="V2")
        put_rule(account, "rate(10 minutes)")
        before = len(started(account))
        account.tick(1800)
        assert len(started(account)) - before == 3


def test_on_a_clock_that_runs_a_schedule_is_due_at_the_next_request():
    clock = Clock("manual", now=START.timestamp() - 60)
    with mock_aws(clock=clock) as mock:
        account = Account(mock)
        account.create("shop", stage("Source", commits()), stage("Build", build()))
        put_rule(account, "cron(0/30 * * * ? *)")
        clock.tick(3600)  # as a real clock moves: without the service
        assert started(account) == ["10:00:00", "10:30:00", "11:00:00"][: len(started(account))]
        assert len(started(account)) >= 2


def test_the_clock_shows_an_earlier_moment_and_is_back_afterwards():
    clock = Clock("manual", now=1000.0)
    with clock.standing_at(400.0):
        assert clock.now() == 400.0
        clock.reach(500.0)
        assert clock.now() == 500.0
    assert clock.now() == 1000.0
    with clock.standing_at(900.0):
        clock.reach(1200.0)
    assert clock.now() == 1200.0


def test_a_time_zone_with_summer_time_keeps_its_wall_clock():
    schedule = read_schedule("cron(0 8 * * ? *)", ZoneInfo("Europe/Berlin"))
    winter = datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp()
    assert datetime.fromtimestamp(schedule.after(winter), UTC).hour == 6
