"""What really works, in the view and in the still picture: the fleet, the log, and both as they were at a moment."""

import json
import re

import fleets
import pytest

from cp_teach import Run, Simulated, load_pipeline
from cp_teach.show.diagrams import static_html
from cp_teach.show.offline.recording import views
from cp_teach.show.view.view_model import view
from cp_teach.show.view.work.running_work import LINES

PUT, MAKE = "Prod/Put", "Build/Make"


@pytest.fixture
def prod():
    return fleets.at_prod()


@pytest.fixture
def build():
    return fleets.at_build()


def newest(run):
    return view(run)["work"][PUT]["fleet"][0]


def test_where_nothing_works_there_is_no_such_part_and_no_history_is_asked():
    run = Run(load_pipeline("course-source-build-beta-prod"), Simulated())
    run.release()
    run.settle()
    assert "work" not in view(run)

    from cp_teach.show.view.work.running_work import work

    assert work(run.journal, None, None) == {}, "it does not even look at the stages"


def test_a_fleet_says_who_is_healthy_what_runs_and_how_each_instance_stands(prod):
    fleets.fleet(prod, fleets.deployment("Succeeded", "InProgress", "Pending"))
    seen = newest(prod)
    assert seen["health"] == "2 of 3 healthy"
    assert seen["now"] == "Install on i-2"
    assert [(one["name"], one["status"]) for one in seen["instances"]] == [
        ("i-1", ["succeeded", "Succeeded", "✓"]),
        ("i-2", ["in-progress", "In progress", "▶"]),
        ("i-3", ["waiting", "Pending", "◷"]),
    ]
    assert [(n, one[1]) for n, one in seen["counts"]] == [
        (1, "Succeeded"),
        (1, "In progress"),
        (1, "Pending"),
    ]
    install = next(row for row in seen["events"] if row["name"] == "Install")
    assert [cell[1] for cell in install["cells"]] == ["Succeeded", "In progress", "Pending"]
    assert (seen["faults"], "back" in seen) == ([], False)


def test_a_failure_brings_its_message_and_log_and_the_rollback_stands_first(prod):
    fleets.fleet(prod, fleets.FAILED, fleets.ROLLBACK)
    back, failed = view(prod)["work"][PUT]["fleet"]
    assert (back["back"], back["health"], back["status"][1]) == ("d-ONE", "3 of 3 healthy", "Succeeded")
    assert failed["health"] == "2 of 3 healthy"
    assert failed["said"][0] == "1 of 3 instances failed. (HEALTH_CONSTRAINTS)"
    assert failed["faults"] == [
        {
            "instance": "i-1",
            "event": "ValidateService",
            "code": "ScriptFailed",
            "message": "scripts/validate.sh failed with exit code 1.",
            "log": "no <page>",
        }
    ]


def test_of_twenty_instances_events_are_told_in_few_words_and_the_view_stays_small(prod):
    fleets.fleet(prod, fleets.deployment(*["Failed"] * 12, *["InProgress"] * 8))
    seen = newest(prod)
    assert seen["now"] == "Install on i-13, i-14 and 6 more"
    assert seen["health"] == "0 of 20 healthy"
    assert len(seen["faults"]) == 5
    assert len(json.dumps(seen)) < 20_000


def test_blue_and_green_have_their_own_events_and_health_is_that_of_the_new_ones(prod):
    blue = {**fleets.instance("i-1", label="Blue"), "events": [fleets.event("BlockTraffic")]}
    green = fleets.instance("i-2", "Succeeded", "Green")
    both = fleets.deployment(style="blue/green", instances=[green, blue], healthy=["i-1", "i-2"])
    fleets.fleet(prod, both)
    seen = newest(prod)
    assert seen["health"] == "1 of 1 healthy"
    assert [one["name"] for one in seen["instances"]] == ["i-2 (Green)", "i-1 (Blue)"]
    cells = {row["name"]: row["cells"] for row in seen["events"]}
    assert cells["BlockTraffic"][0] is None
    assert cells["Install"][1] is None


def test_a_deployment_that_has_no_instances_yet(prod):
    fleets.fleet(prod, fleets.deployment(status="Created"))
    assert (newest(prod)["health"], newest(prod)["instances"]) == ("No instances", [])


def test_a_log_is_its_last_lines_and_how_many_came_before(build):
    fleets.log(build, *(f"line {n}" for n in range(LINES)), count=1000)
    build.disable("Prod")
    fleets.log(build, "the last one", count=1001)
    seen = view(build)["work"][MAKE]["log"]
    lines = seen["text"].splitlines()
    assert (len(lines), lines[0], lines[-1]) == (LINES, "line 1", "the last one")
    assert seen["more"] == 801


def test_the_phases_of_a_build_have_a_status_that_can_be_drawn(build):
    words = ("SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED", "IN_PROGRESS")
    fleets.phases(build, **{f"PHASE_{word}": word for word in words})
    seen = [one["status"] for one in view(build)["work"][MAKE]["phases"]]
    assert [one[1] for one in seen] == ["Succeeded", "Failed", "Fault", "Timed out", "Stopped", "In progress"]
    assert [one[0] for one in seen] == ["succeeded", "failed", "failed", "failed", "stopped", "in-progress"]


def test_each_recorded_moment_has_the_fleet_and_the_log_of_then(build):
    fleets.log(build, "compiling")
    build.succeed("Build")
    fleets.fleet(build, fleets.deployment("InProgress", "Pending", "Pending"))
    build.disable("Prod")
    fleets.fleet(build, fleets.FAILED, fleets.ROLLBACK)
    build.fail("Prod")
    pictures = views(build, build.journal.copy(build.journal.total))
    total = len(pictures) - 1
    work = [one.get("work", {}) for one in pictures]
    assert work[total - 3] == {}, "the build has begun and told nothing"
    assert work[total - 2][MAKE]["log"]["text"] == "compiling"
    assert PUT not in work[total - 2], "the deployment has begun and told nothing"
    assert work[total - 1][PUT]["fleet"][0]["now"] == "Install on i-1"
    assert [one["id"] for one in work[total][PUT]["fleet"]] == ["d-TWO", "d-ONE"]


def test_an_execution_that_has_not_run_the_action_shows_nothing_of_its_forerunner(prod):
    fleets.fleet(prod, fleets.ROLLBACK)
    prod.succeed("Prod")
    prod.release("Two")
    assert view(prod)["work"][PUT]["n"] == 1
    prod.succeed("Source")
    prod.succeed("Build")
    assert PUT not in view(prod).get("work", {})


def test_the_still_picture_has_the_fleet_the_table_and_the_reason(prod):
    fleets.fleet(prod, fleets.FAILED, fleets.ROLLBACK)
    html = static_html.html(view(prod))
    text = " ".join(re.sub("<[^>]+>", " ", html).split())
    assert "✓ i-1 ✓ i-2 ✓ i-3. 3 of 3 healthy. rollback of d-ONE: Succeeded" in text
    assert "Instances and events of Prod/Put, #1" in text
    assert "The instance ✗ Failed ↷ Skipped ↷ Skipped" in text
    assert "i-1, ValidateService : ScriptFailed: scripts/validate.sh failed with exit code 1." in text
    assert "no &lt;page&gt;" in html
    assert "<script" not in html


def test_the_still_picture_has_the_end_of_the_log_and_the_phases(build):
    fleets.log(build, *(f"<{n}>" for n in range(90)))
    fleets.phases(build, BUILD="FAILED")
    html = static_html.html(view(build))
    assert "&lt;89&gt;" in html
    assert "&lt;49&gt;" not in html
    assert "✗ Failed: BUILD, 0.5 s" in html


def test_work_that_really_goes_on_is_not_to_be_ended_by_hand_and_cannot_be_undone():
    from cp_teach import Pipeline
    from cp_teach.work.runtime.provider_worker import ProviderWorker

    run = Run(Pipeline.of("shop", Source="S3", Build="CodeBuild"), ProviderWorker({"S3": lambda task: None}))
    run.forward_only = "What was done is done."
    run.release()
    seen = view(run)
    (action,) = seen["stages"][0]["groups"][0]
    assert "by_hand" not in action
    assert [move["label"] for move in action["finish"]] == [
        "Succeeded #1",
        "Failed #1",
    ]
    assert seen["undo"]["no"] == "What was done is done."
