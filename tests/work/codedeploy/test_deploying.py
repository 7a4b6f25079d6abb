"""Deployments: which events happen where and in which order, and what becomes of a failure."""

import json
from pathlib import Path

import pytest
from deploy_shop import ALL, HALF, ONE, ORDER, Shop, contents, failure, log, statuses, targets

from cp_teach.work.codedeploy.deployment import Deployment, deployment_id
from cp_teach.work.codedeploy.deployment_configuration import configuration
from cp_teach.work.codedeploy.deployment_group import DeploymentGroup
from cp_teach.work.codedeploy.deployment_runner import GroupBusy, deploy
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.sandbox.run_command import NotAllowed


def say(version: str) -> str:
    return f'echo "$LIFECYCLE_EVENT of {version}" >> "$INSTANCE_ROOT/said"\n'


def said(shop: Shop, instance: str = "i-1") -> list[str]:
    path = shop.fleet[instance].root / "said"
    lines = path.read_text().splitlines() if path.exists() else []
    path.unlink(missing_ok=True)
    return lines


# -- one instance in place ---------------------------------------------------------------------------------
def test_a_first_deployment_installs_and_runs_all_but_application_stop(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    events = ("ApplicationStop", "BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService")
    deployment = shop.deploy(shop.revision("one", dict.fromkeys(events, say("1"))))
    assert (deployment.status, deployment.ended) == ("Succeeded", True)
    assert statuses(deployment) == dict.fromkeys(ORDER, "Succeeded")
    assert said(shop) == [f"{event} of 1" for event in events if event != "ApplicationStop"]
    assert "There is none, so nothing runs." in log(deployment, "ApplicationStop")
    assert shop.page() == "one"


def test_application_stop_is_that_of_the_revision_before(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    shop.deploy(shop.revision("one", {"ApplicationStop": say("1")}))
    shop.deploy(shop.revision("two", {"ApplicationStop": say("2"), "BeforeInstall": say("2")}))
    assert said(shop) == ["ApplicationStop of 1", "BeforeInstall of 2"]
    shop.deploy(shop.revision("three"))
    assert said(shop) == ["ApplicationStop of 2"]
    assert shop.page() == "three"


def test_a_failed_revision_never_becomes_the_one_before(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rollback=False)
    shop.deploy(shop.revision("one", {"ApplicationStop": say("1")}))
    bad = shop.revision("two", {"ApplicationStop": say("2"), "ApplicationStart": "exit 1"})
    assert shop.deploy(bad).status == "Failed"
    said(shop)
    assert shop.deploy(shop.revision("three")).status == "Succeeded"
    assert said(shop) == ["ApplicationStop of 1"]


def test_a_script_of_the_old_revision_can_fail_the_new_one(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rollback=False)
    shop.deploy(shop.revision("one", {"ApplicationStop": "exit 3"}))
    deployment = shop.deploy(shop.revision("two"))
    event, code, message = failure(deployment)
    assert (event, code) == ("ApplicationStop", "ScriptFailed")
    assert "failed with exit code 3" in message
    assert shop.page() == "one"


def test_after_a_failed_event_the_rest_is_skipped(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    deployment = shop.deploy(
        shop.revision("one", {"AfterInstall": "echo why; exit 7", "ApplicationStart": say("1")})
    )
    assert statuses(deployment) == {
        **dict.fromkeys(ORDER[:4], "Succeeded"),
        "AfterInstall": "Failed",
        "ApplicationStart": "Skipped",
        "ValidateService": "Skipped",
    }
    assert (deployment.status, deployment.error) == ("Failed", "HEALTH_CONSTRAINTS")
    assert log(deployment, "AfterInstall") == "Script - AfterInstall.sh\nwhy\n"
    assert said(shop) == []
    assert deployment.rollback is None, "there is no revision to go back to"


def test_scripts_know_where_they_are(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    script = (
        'echo "$APPLICATION_NAME|$DEPLOYMENT_ID|$DEPLOYMENT_GROUP_NAME|$DEPLOYMENT_GROUP_ID|$LIFECYCLE_EVENT|'
        '$INSTANCE_ID|$INSTANCE_ROOT"\nls\ncat "$INSTANCE_ROOT/var/www/index.html"'
    )
    deployment = shop.deploy(shop.revision("page", {"ValidateService": script}))
    root = shop.fleet["i-1"].root
    assert log(deployment, "ValidateService").splitlines() == [
        "Script - ValidateService.sh",
        f"shop|{deployment.id}|web|{shop.group.id}|ValidateService|i-1|{root}",
        "ValidateService.sh",
        "appspec.yml",
        "web",
        "page",
    ]


def test_a_failure_later_in_an_event_is_that_of_its_script(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    hooks = {
        "AfterInstall": [{"location": "a.sh"}, {"location": "b.sh", "runas": "web"}, {"location": "c.sh"}]
    }
    files = {"a.sh": "#!/bin/sh\necho a", "b.sh": "#!/bin/sh\nexit 1", "c.sh": "#!/bin/sh\necho c"}
    spec = {"version": 0.0, "os": "linux", "hooks": hooks}
    deployment = shop.deploy(shop.revision(files={**files, "appspec.yml": json.dumps(spec)}))
    event = deployment.targets["i-1"].failure
    assert event is not None
    assert (event.script, event.code) == ("b.sh", "ScriptFailed")
    assert "b.sh would run as the user web on a real instance" in event.log
    assert "Script - c.sh" not in event.log


def test_an_appspec_without_files_only_runs_scripts(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    spec = '{"version": 0.0, "os": "linux", "hooks": {"AfterInstall": [{"location": "AfterInstall.sh"}]}}'
    deployment = shop.deploy(shop.revision(hooks={"AfterInstall": say("1")}, files={"appspec.yml": spec}))
    assert (deployment.status, said(shop), shop.page()) == ("Succeeded", ["AfterInstall of 1"], "")


def test_only_the_last_of_a_long_output_is_kept(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    deployment = shop.deploy(shop.revision(hooks={"AfterInstall": "seq 1 5000"}))
    text = log(deployment, "AfterInstall")
    assert len(text) == 2048
    assert text.endswith("4999\n5000\n")


# -- more instances ----------------------------------------------------------------------------------------
def test_one_at_a_time_waits_for_each(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 3, ONE)
    health: list[tuple[str, ...]] = []

    def changed(deployment: Deployment) -> None:
        health.append(tuple(name for name, status in targets(deployment).items() if status == "InProgress"))

    assert shop.deploy(shop.revision(), on_change=changed).status == "Succeeded"
    assert {names for names in health if names} == {("i-1",), ("i-2",), ("i-3",)}


def test_all_at_once_is_at_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 3, ALL)

    # The scripts of all three wait until all three have begun.
    def watch(deployment: Deployment) -> None:
        running = [
            name
            for name, target in deployment.targets.items()
            if any(event.name == "AfterInstall" and event.status == "InProgress" for event in target.events)
        ]
        if len(running) == 3:
            for name in running:
                (shop.fleet[name].root / "go").touch()

    wait = 'while [ ! -e "$INSTANCE_ROOT/go" ]; do sleep 0.02; done'
    assert shop.deploy(shop.revision(hooks={"AfterInstall": wait}), on_change=watch).status == "Succeeded"


ON_TWO = '[ "$INSTANCE_ID" != i-2 ]'


def test_too_many_failures_end_it_and_the_rest_is_skipped(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 3, ONE)
    deployment = shop.deploy(shop.revision("one", {"BeforeInstall": ON_TWO}))
    assert targets(deployment) == {"i-1": "Succeeded", "i-2": "Failed", "i-3": "Skipped"}
    assert statuses(deployment, "i-3") == dict.fromkeys(ORDER, "Skipped")
    assert (deployment.status, deployment.error) == ("Failed", "HEALTH_CONSTRAINTS")
    assert [shop.fleet[name].health(shop.group.id).healthy for name in targets(deployment)] == [
        True,
        False,
        False,
    ]


def test_the_last_instance_may_fail_and_is_deployed_to_first_the_next_time(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 2, ONE)
    deployment = shop.deploy(shop.revision("one", {"BeforeInstall": ON_TWO}))
    assert (deployment.status, targets(deployment)) == ("Succeeded", {"i-1": "Succeeded", "i-2": "Failed"})
    order: list[str] = []

    def changed(deployment: Deployment) -> None:
        order.extend(name for name, status in targets(deployment).items() if status == "InProgress")

    shop.deploy(shop.revision("two"), on_change=changed)
    assert list(dict.fromkeys(order)) == ["i-2", "i-1"]


def test_an_instance_that_is_switched_off_counts_as_failed(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 2, ALL)
    shop.fleet.switch("i-1", on=False)
    deployment = shop.deploy(shop.revision("one"))
    assert (deployment.status, targets(deployment)) == ("Succeeded", {"i-1": "Failed", "i-2": "Succeeded"})
    assert "i-1 is switched off" in failure(deployment)[2]


def test_an_instance_that_is_switched_off_is_unhealthy_and_comes_first(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 3, ONE)
    shop.deploy(shop.revision("one"))
    shop.fleet.switch("i-3", on=False)
    deployment = shop.deploy(shop.revision("two"))
    assert targets(deployment) == {"i-1": "Skipped", "i-2": "Skipped", "i-3": "Failed"}


def test_what_is_on_an_instance_after_a_failure_nobody_knows(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 1, rollback=False)
    ranks = [shop.group.instance_states(("i-1",))[0].revision]
    for hooks in ({}, {"ValidateService": "exit 1"}, {}):
        shop.deploy(shop.revision("page", hooks))
        ranks.append(shop.group.instance_states(("i-1",))[0].revision)
    assert ranks == ["unknown", "current", "unknown", "current"]


def test_nothing_is_rolled_back_where_nothing_was_deployed(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 1)
    shop.deploy(shop.revision("good"))
    shop.group.configuration = configuration(HALF)
    deployment = shop.deploy(shop.revision("next"))
    assert (deployment.error, deployment.rollback) == ("HEALTH_CONSTRAINTS_INVALID", None)


def test_a_minimum_of_all_lets_nothing_begin(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 1, HALF)
    deployment = shop.deploy(shop.revision("one"))
    assert (deployment.error, targets(deployment)) == ("HEALTH_CONSTRAINTS_INVALID", {"i-1": "Skipped"})
    assert shop.page() == ""


def test_a_fleet_without_instances_is_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 1)
    shop.fleet.terminate(["i-1"])
    assert shop.deploy(shop.revision()).error == "NO_INSTANCES"


def test_a_revision_that_is_not_there_is_told(tmp_path: Path) -> None:
    deployment = Shop(tmp_path).deploy(tmp_path / "no.zip")
    assert (deployment.status, deployment.error) == ("Failed", "REVISION_MISSING")
    assert "no.zip" in deployment.message
    assert str(tmp_path) not in deployment.message


# -- rolling back ------------------------------------------------------------------------------------------
def test_a_rollback_is_a_new_deployment_of_the_last_good_revision(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 3, ONE)
    good = shop.deploy(shop.revision("good", {"ApplicationStart": say("good")}))
    begun: dict[str, Deployment] = {}
    bad = shop.deploy(
        shop.revision("bad", {"ValidateService": ON_TWO}),
        on_change=lambda deployment: begun.setdefault(deployment.id, deployment),
    )
    back = bad.rollback
    assert back is not None
    assert (bad.status, targets(bad)) == ("Failed", {"i-1": "Succeeded", "i-2": "Failed", "i-3": "Skipped"})
    assert (back.status, back.creator, back.rolls_back) == ("Succeeded", "codeDeployRollback", bad.id)
    assert back.revision == good.revision != bad.revision
    assert list(begun) == [bad.id, back.id]
    assert len({good.id, bad.id, back.id}) == 3
    assert targets(back) == dict.fromkeys(("i-1", "i-2", "i-3"), "Succeeded")
    assert [shop.page(name) for name in shop.fleet.instances] == ["good"] * 3
    assert said(shop) == ["ApplicationStart of good"] * 2, "once at first, once when it was taken back"
    assert shop.group.revision == good.revision


def test_a_group_may_do_without_rollbacks(tmp_path: Path) -> None:
    shop = Shop(tmp_path, rollback=False)
    shop.deploy(shop.revision("good"))
    bad = shop.deploy(shop.revision("bad", {"ValidateService": "exit 1"}))
    assert bad.rollback is None
    assert shop.page() == "bad", "the files of a failed revision stay"


def test_a_group_remembers_across_a_restart(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 1)
    shop.deploy(shop.revision("one", {"ApplicationStop": say("1")}))
    (tmp_path / "revision-1.zip").unlink()
    again = DeploymentGroup("shop", "web", Fleet(tmp_path / "fleet"), ALL)
    assert again.revision == shop.group.revision
    deployment = deploy(again, shop.revision("two", {"ValidateService": "exit 1"}), "after", yes=True)
    assert deployment.rollback is not None
    assert (deployment.rollback.status, shop.page()) == ("Succeeded", "one")
    assert said(shop) == ["ApplicationStop of 1"] * 2


def test_bundles_of_the_past_do_not_pile_up(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    for page in "abcd":
        shop.deploy(shop.revision(page))
    archives = list(shop.fleet["i-1"].root.rglob("deployment-archive"))
    assert len(archives) == 1
    assert len(list(shop.group.folder.glob("*.zip"))) == 1


# -- load balancer and blue/green --------------------------------------------------------------------------
def test_behind_a_load_balancer_an_instance_leaves_the_traffic_and_comes_back(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 2, ONE, load_balancer=True)
    serving: list[tuple[str, ...]] = []
    deployment = shop.deploy(shop.revision(), on_change=lambda each: serving.append(each.serving))
    assert list(dict.fromkeys(serving)) == [("i-1", "i-2"), ("i-2",), ("i-1",)]
    assert serving[-1] == ("i-1", "i-2")
    assert list(statuses(deployment)) == [
        "BeforeBlockTraffic",
        "BlockTraffic",
        "AfterBlockTraffic",
        *ORDER,
        "BeforeAllowTraffic",
        "AllowTraffic",
        "AfterAllowTraffic",
    ]


def test_a_failed_instance_gets_no_traffic(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 2, ONE, load_balancer=True)
    shop.deploy(shop.revision("one", {"ValidateService": ON_TWO}))
    assert shop.fleet.serving == ("i-1",)


BLUE = ("BeforeBlockTraffic", "AfterBlockTraffic")


@pytest.mark.parametrize("terminate", [False, True])
def test_blue_green_moves_the_traffic_to_new_instances(tmp_path: Path, terminate: bool) -> None:
    shop = Shop(tmp_path, 2, style="blue/green", terminate=terminate)
    serving: list[tuple[str, ...]] = []
    deployment = shop.deploy(shop.revision("new"), on_change=lambda each: serving.append(each.serving))
    assert deployment.status == "Succeeded"
    assert [(target.instance, target.label) for target in deployment.targets.values()] == [
        ("i-3", "Green"),
        ("i-4", "Green"),
        ("i-1", "Blue"),
        ("i-2", "Blue"),
    ]
    assert list(dict.fromkeys(serving)) == [
        ("i-1", "i-2"),
        ("i-1", "i-2", "i-3"),
        ("i-1", "i-2", "i-3", "i-4"),
        ("i-2", "i-3", "i-4"),
        ("i-3", "i-4"),
    ]
    assert list(statuses(deployment, "i-3")) == [
        *ORDER,
        "BeforeAllowTraffic",
        "AllowTraffic",
        "AfterAllowTraffic",
    ]
    assert list(statuses(deployment, "i-1")) == ["BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"]
    assert ("i-1" in shop.fleet.instances) is not terminate
    assert shop.page("i-3") == "new"


def test_originals_run_the_scripts_that_they_came_with(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 1, style="blue/green")
    shop.deploy(shop.revision("one", {**dict.fromkeys(BLUE, say("1")), "BeforeAllowTraffic": say("1")}))
    assert said(shop, "i-1") == []
    assert said(shop, "i-2") == ["BeforeAllowTraffic of 1"]
    shop.deploy(shop.revision("two", dict.fromkeys(BLUE, say("2"))))
    assert said(shop, "i-2") == ["BeforeBlockTraffic of 1", "AfterBlockTraffic of 1"]
    assert shop.fleet.serving == ("i-3",)


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ("BeforeInstall", "HEALTH_CONSTRAINTS"),
        ("BeforeAllowTraffic", "HOOK_EXECUTION_FAILURE"),
        ("AfterAllowTraffic", "HOOK_EXECUTION_FAILURE"),
    ],
)
def test_after_a_failure_the_traffic_stays_where_it_was(tmp_path: Path, event: str, error: str) -> None:
    shop = Shop(tmp_path, 1, style="blue/green")
    shop.deploy(shop.revision("one"))
    deployment = shop.deploy(shop.revision("two", {event: "exit 1"}))
    assert (deployment.status, deployment.error) == ("Failed", error)
    assert shop.fleet.serving == deployment.serving == ("i-2",)
    assert statuses(deployment, "i-2") == dict.fromkeys(
        ("BeforeBlockTraffic", "BlockTraffic", "AfterBlockTraffic"), "Skipped"
    )
    assert "nothing to roll back" in deployment.notes[0]
    assert "i-3" in shop.fleet.instances, "what went wrong can be looked at"
    assert shop.deploy(shop.revision("three")).status == "Succeeded"
    assert shop.fleet.serving == ("i-3",), "the failed replacement made room for a new one"


def test_an_original_that_cannot_leave_the_traffic_fails_it_all(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 1, style="blue/green")
    shop.deploy(shop.revision("one", {"AfterBlockTraffic": "exit 1"}))
    deployment = shop.deploy(shop.revision("two"))
    assert deployment.message == "i-2 could not be taken out of the traffic."
    assert shop.fleet.serving == ("i-2",)


# -- what is told ------------------------------------------------------------------------------------------
def test_every_change_is_told_in_order(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    told: list[str] = []

    def changed(deployment: Deployment) -> None:
        for line in [f"deployment {deployment.status}"] + [
            f"{event.name} {event.status}"
            for event in (e for t in deployment.targets.values() for e in t.events)
        ]:
            if line not in told and not line.endswith("Pending"):
                told.append(line)

    shop.deploy(shop.revision(), on_change=changed)
    events = [f"{event} {status}" for event in ORDER for status in ("InProgress", "Succeeded")]
    states = ["deployment Created", "deployment Queued", "deployment InProgress"]
    assert told == [*states, *events, "deployment Succeeded"]


def test_a_listener_that_fails_harms_nobody(tmp_path: Path) -> None:
    shop = Shop(tmp_path)

    def broken(deployment: Deployment) -> None:
        raise KeyError("picture")

    deployment = shop.deploy(shop.revision(), on_change=broken)
    assert deployment.status == "Succeeded"
    assert deployment.notes == ["A listener failed: KeyError: 'picture'"]


def test_a_view_is_plain_json(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 2, ONE)
    shop.deploy(shop.revision("good"))
    deployment = shop.deploy(shop.revision("bad", {"BeforeInstall": "exit 1"}))
    view = deployment.view()
    assert json.loads(json.dumps(view)) == view
    assert view["overview"] == {"Failed": 1, "Skipped": 1}
    assert view["rollbackDeploymentId"]
    assert (view["errorCode"], view["creator"], view["serving"]) == (
        "HEALTH_CONSTRAINTS",
        "user",
        ["i-1", "i-2"],
    )
    assert view["instances"][0]["events"][2] == {
        "name": "BeforeInstall",
        "status": "Failed",
        "errorCode": "ScriptFailed",
        "scriptName": "BeforeInstall.sh",
        "message": "Script at specified location: BeforeInstall.sh failed with exit code 1.",
        "logTail": "Script - BeforeInstall.sh\n",
    }


def test_ids_are_like_those_of_aws_and_the_same_for_the_same_work(tmp_path: Path) -> None:
    first, again = (Shop(tmp_path / name) for name in "ab")
    for shop in (first, again):
        shop.folder.mkdir(exist_ok=True)
    assert first.deploy(first.revision()).id == again.deploy(again.revision()).id
    assert len({deployment_id(str(n)) for n in range(500)}) == 500


def test_a_group_has_one_deployment_at_a_time(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    other = shop.revision("other")
    refused: list[str] = []

    def changed(deployment: Deployment) -> None:
        if not refused and deployment.status == "InProgress":
            with pytest.raises(GroupBusy) as told:
                shop.deploy(other)
            refused.append(str(told.value))

    deployment = shop.deploy(shop.revision("one"), on_change=changed)
    assert deployment.id in refused[0]
    assert (deployment.status, shop.page(), deployment.notes) == ("Succeeded", "one", [])
    assert shop.deploy(other).status == "Succeeded"


def test_nothing_runs_without_a_yes(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    before = contents(tmp_path / "fleet")
    with pytest.raises(NotAllowed):
        deploy(shop.group, shop.revision(), "seed", yes=1)  # type: ignore[arg-type]
    assert contents(tmp_path / "fleet") == before


def test_a_group_that_cannot_be_is_told(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    with pytest.raises(ValueError, match="The style 'green' does not exist"):
        DeploymentGroup("shop", "web", fleet, style="green")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="needs the name of an application"):
        DeploymentGroup("", "web", fleet)
    with pytest.raises(ValueError, match="The deployment configuration 'Half' does not exist"):
        DeploymentGroup("shop", "web", fleet, "Half")
    assert DeploymentGroup("shop", "web", fleet).rule.name == ONE
