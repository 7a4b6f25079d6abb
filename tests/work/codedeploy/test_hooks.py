"""Scripts of a revision that misbehave: each fault ends where it began, and leaves nothing behind."""

import json
import signal
import stat
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from deploy_shop import ORDER, Shop, Stopper, contents, failure, log, packed, processes, statuses, targets

from cp_teach.work.codedeploy.deployment import Deployment
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.codedeploy.installer import INSTRUCTIONS
from cp_teach.work.sandbox.run_command import Limits


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """A shop that was deployed to once; afterwards nothing outside of the fleet changed and nothing runs."""
    shop = Shop(tmp_path, rollback=False)
    (tmp_path / "precious").write_text("mine")
    outside = {name: data for name, data in contents(tmp_path).items() if "/fleet/" not in name}
    yield shop
    after = {name: data for name, data in contents(tmp_path).items() if "/fleet/" not in name}
    assert {name: data for name, data in after.items() if "/revision-" not in name} == outside
    assert processes(str(tmp_path)) == []


# -- the four ways in which a script fails -----------------------------------------------------------------
def test_a_script_that_is_missing(shop: Shop) -> None:
    bundle = shop.revision(hooks={"AfterInstall": ":"}, files={"x": ""}, executable=True)
    spec = '{"version": 0.0, "os": "linux", "hooks": {"AfterInstall": [{"location": "scripts/go.sh"}]}}'
    deployment = shop.deploy(packed(bundle, {"appspec.yml": spec}))
    event, code, message = failure(deployment)
    assert (event, code) == ("AfterInstall", "ScriptMissing")
    assert message.startswith("Script does not exist at specified location: scripts/go.sh")


def test_a_script_without_its_run_bit(shop: Shop) -> None:
    deployment = shop.deploy(shop.revision(hooks={"AfterInstall": ":"}, executable=False))
    event, code, message = failure(deployment)
    assert (event, code) == ("AfterInstall", "ScriptNotExecutable")
    assert "git update-index --chmod=+x AfterInstall.sh" in message


def test_a_script_that_takes_longer_than_its_timeout(shop: Shop) -> None:
    deployment = shop.deploy(shop.revision(hooks={"AfterInstall": "sleep 600"}, seconds=1))
    event, code, message = failure(deployment)
    assert (event, code) == ("AfterInstall", "ScriptTimedOut")
    assert "failed to complete in 1 seconds" in message


def test_a_script_with_the_line_endings_of_windows(shop: Shop) -> None:
    bundle = shop.revision(
        hooks={"AfterInstall": ":"}, files={"AfterInstall.sh": b"#!/bin/sh\r\necho hello\r\n"}
    )
    _, code, message = failure(shop.deploy(bundle))
    assert code == "ScriptFailed"
    assert "Windows line endings" in message


def test_a_script_that_does_not_say_its_interpreter_is_run_by_the_shell(shop: Shop) -> None:
    bundle = shop.revision(hooks={"AfterInstall": ":"}, files={"AfterInstall.sh": "echo plain"})
    assert "plain" in log(shop.deploy(bundle), "AfterInstall")


# -- bundles -----------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["../evil", "web/../../../evil", "/evil"])
def test_a_bundle_that_would_write_elsewhere(shop: Shop, name: str) -> None:
    deployment = shop.deploy(shop.revision(files={name: "evil"}))
    event, code, message = failure(deployment)
    assert (event, code) == ("DownloadBundle", "UnknownError")
    assert "evil" in message
    assert not list(shop.folder.rglob("evil*"))


def test_a_bundle_with_links(shop: Shop, tmp_path: Path) -> None:
    bundle = shop.revision()
    with zipfile.ZipFile(bundle, "a") as archive:
        info = zipfile.ZipInfo("web/link")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, str(tmp_path / "precious"))
    event, _, message = failure(shop.deploy(bundle))
    assert event == "DownloadBundle"
    assert "link" in message


def test_a_bundle_that_is_no_zip(shop: Shop) -> None:
    bundle = shop.revision()
    bundle.write_bytes(b"PK no zip at all")
    event, code, message = failure(shop.deploy(bundle))
    assert (event, code) == ("DownloadBundle", "UnknownError")
    assert "not a zip file" in message


def test_a_bundle_that_unpacks_to_more_than_the_disk(shop: Shop) -> None:
    deployment = shop.deploy(shop.revision(files={"big": bytes(5_000_000)}))
    assert failure(deployment)[0] == "DownloadBundle"


@pytest.mark.parametrize("spec", ["version: 0.0", "", "\t"])
def test_an_appspec_that_cannot_be_read(shop: Shop, spec: str) -> None:
    event, code, message = failure(shop.deploy(shop.revision(files={"appspec.yml": spec})))
    assert (event, code) == ("BeforeInstall", "UnknownError")
    assert "The AppSpec file cannot be used" in message


def test_a_bundle_that_was_zipped_with_its_folder(shop: Shop) -> None:
    bundle = packed(shop.revision(), {"shop/appspec.yml": "version: 0.0"})
    assert "Zip what is in the folder" in failure(shop.deploy(bundle))[2]


# -- scripts that take too much ----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "script",
    [
        'yes > "$INSTANCE_ROOT/big"',
        'while :; do i=$((i+1)); head -c 400000 /dev/zero > "$INSTANCE_ROOT/big$i"; done',
    ],
    ids=["one file", "many files"],
)
def test_a_script_that_writes_gigabytes(shop: Shop, script: str) -> None:
    deployment = shop.deploy(shop.revision(hooks={"AfterInstall": script}))
    event, code, message = failure(deployment)
    assert (event, code) == ("AfterInstall", "ScriptFailed")
    assert "wrote more to the disk than the limit (3000000 bytes) allows" in message
    used = sum(path.stat().st_size for path in shop.fleet["i-1"].root.rglob("*") if path.is_file())
    assert used < 1_000_000_000


def test_a_script_that_talks_without_end(shop: Shop) -> None:
    deployment = shop.deploy(
        shop.revision(hooks={"AfterInstall": "yes"}), limits=Limits(20, 100_000, 3_000_000)
    )
    assert "wrote more output than the limit (100000 bytes) allows" in failure(deployment)[2]


def test_a_script_that_forks_and_hangs(shop: Shop) -> None:
    script = "trap '' TERM\nfor n in 1 2 3; do (trap '' TERM; setsid sleep 601 & sleep 602) & done\nwait"
    deployment = shop.deploy(shop.revision(hooks={"AfterInstall": script}, seconds=1))
    assert failure(deployment)[:2] == ("AfterInstall", "ScriptTimedOut")
    assert processes("sleep\x00601") == processes("sleep\x00602") == []


def test_a_script_that_leaves_a_server_behind(shop: Shop) -> None:
    script = "nohup setsid sleep 603 >/dev/null 2>&1 &\necho started"
    assert shop.deploy(shop.revision(hooks={"ApplicationStart": script})).status == "Succeeded"
    assert processes("sleep\x00603") == []


# -- scripts that reach out --------------------------------------------------------------------------------
@pytest.mark.usefixtures("jailed")
def test_in_the_jail_a_script_writes_to_its_instance_alone(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 2)
    (tmp_path / "precious").write_text("mine")
    script = (
        '[ "$INSTANCE_ID" = i-1 ] || exit 0\n'
        f'for place in "{tmp_path}" "$INSTANCE_ROOT/.." "$INSTANCE_ROOT/../../i-2/root" /etc; do\n'
        '  echo evil > "$place/precious" && echo "wrote to $place"\n'
        'done 2>/dev/null\necho done > "$INSTANCE_ROOT/mine"'
    )
    deployment = shop.deploy(shop.revision(hooks={"AfterInstall": script}))
    assert deployment.status == "Succeeded"
    assert (shop.fleet["i-1"].root / "mine").read_text() == "done\n"
    assert (tmp_path / "precious").read_text() == "mine"
    assert [path for path in tmp_path.rglob("precious") if path.parent != tmp_path] == []


@pytest.mark.parametrize("place", ["var", "opt"])
def test_a_script_cannot_make_the_agent_write_elsewhere(shop: Shop, tmp_path: Path, place: str) -> None:
    outside = tmp_path / "fleet" / "outside"
    outside.mkdir()
    trick = f'rm -rf "$INSTANCE_ROOT/{place}"; ln -s "{outside}" "$INSTANCE_ROOT/{place}"'
    deployment = shop.deploy(shop.revision(hooks={"BeforeInstall": trick}))
    assert failure(deployment)[0] == "Install"
    assert "leads out of i-1" in failure(deployment)[2]
    assert list(outside.iterdir()) == []


def test_a_script_cannot_put_another_folder_in_the_place_of_its_revision(shop: Shop) -> None:
    trick = 'here="$PWD"; cd /; rm -rf "$here"; ln -s /etc "$here"'
    event, _, message = failure(shop.deploy(shop.revision(hooks={"BeforeInstall": trick})))
    assert event == "Install"
    assert "The revision at" in message


def test_a_script_is_one_of_the_revision_and_not_of_the_machine(shop: Shop) -> None:
    spec = {"BeforeInstall": [{"location": "BeforeInstall.sh"}], "AfterInstall": [{"location": "sly"}]}
    bundle = shop.revision(
        files={
            "BeforeInstall.sh": "#!/bin/sh\nln -s /bin/true sly",
            "appspec.yml": json.dumps({"version": 0.0, "os": "linux", "hooks": spec}),
        }
    )
    assert failure(shop.deploy(bundle))[:2] == ("AfterInstall", "ScriptMissing")


def test_a_pipe_in_the_revision_does_not_hang_the_agent(shop: Shop) -> None:
    deployment = shop.deploy(shop.revision(hooks={"BeforeInstall": "mkfifo web/pipe"}))
    assert "web/pipe is neither a file nor a folder" in failure(deployment)[2]


def test_a_revision_whose_past_was_removed_says_what_to_do(shop: Shop) -> None:
    shop.deploy(shop.revision(hooks={"ValidateService": 'rm -rf "$INSTANCE_ROOT"/opt/*/*/*-*-*-*/'}))
    event, _, message = failure(shop.deploy(shop.revision("two")))
    assert event == "ApplicationStop"
    assert "Remove the file" in message
    pointer = message.split("Remove the file ")[1].split(",")[0]
    shop.fleet["i-1"].path(pointer).unlink()
    assert shop.deploy(shop.revision("three", file_exists_behavior="OVERWRITE")).status == "Succeeded"


# -- stopping ----------------------------------------------------------------------------------------------
SCRIPTED = ("ApplicationStop", "BeforeInstall", "AfterInstall", "ApplicationStart", "ValidateService")


@pytest.mark.parametrize("event", SCRIPTED)
def test_stopped_in_the_middle_of_a_script(shop: Shop, event: str) -> None:
    hang = {event: 'touch "$INSTANCE_ROOT/at"; sleep 604 & sleep 604'}
    if event == "ApplicationStop":
        shop.deploy(shop.revision(hooks=hang))
        hang = {}
    # "at" is written by the script itself: it is stopped while it runs, not before.
    running = shop.fleet["i-1"].root / "at"
    stop = threading.Event()

    def watch() -> None:
        for _ in range(1000):
            if running.exists():
                break
            time.sleep(0.01)
        stop.set()

    watcher = threading.Thread(target=watch)
    watcher.start()
    deployment = shop.deploy(shop.revision("two", hang), stop=stop)
    watcher.join()
    assert (deployment.status, deployment.error) == ("Stopped", "MANUAL_STOP")
    at = ORDER.index(event)
    assert statuses(deployment) == {
        **dict.fromkeys(ORDER[:at], "Succeeded"),
        event: "Failed",
        **dict.fromkeys(ORDER[at + 1 :], "Skipped"),
    }
    assert failure(deployment) == (event, "UnknownError", "The deployment was stopped.")
    assert targets(deployment) == {"i-1": "Failed"}
    assert processes("sleep\x00604") == []


@pytest.mark.parametrize("event", ["DownloadBundle", "Install"])
def test_stopped_while_the_agent_works_it_ends_after_that_event(shop: Shop, event: str) -> None:
    stopper = Stopper(event)
    deployment = shop.deploy(shop.revision(), stop=stopper.stop, on_change=stopper)
    at = ORDER.index(event) + 1
    assert deployment.status == "Stopped"
    assert list(statuses(deployment).values()) == ["Succeeded"] * at + ["Skipped"] * (len(ORDER) - at)


def test_stopped_before_it_began_touches_nothing(shop: Shop) -> None:
    stop = threading.Event()
    stop.set()
    deployment = shop.deploy(shop.revision(), stop=stop)
    assert (deployment.status, targets(deployment)) == ("Stopped", {"i-1": "Skipped"})
    assert list(shop.fleet["i-1"].root.iterdir()) == []


def test_stopped_in_a_fleet_nobody_else_begins(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 3, "CodeDeployDefault.OneAtATime")
    shop.deploy(shop.revision("good"))
    stopper = Stopper("AfterInstall")
    deployment = shop.deploy(shop.revision("bad"), stop=stopper.stop, on_change=stopper)
    assert targets(deployment) == {"i-1": "Failed", "i-2": "Skipped", "i-3": "Skipped"}
    assert deployment.rollback is None, "who stops a deployment decides what comes next"
    assert shop.deploy(shop.revision("next")).status == "Succeeded"


def test_stopped_blue_green_keeps_the_traffic(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 1, style="blue/green")
    shop.deploy(shop.revision("one"))
    stopper = Stopper("AfterAllowTraffic")
    deployment = shop.deploy(shop.revision("two"), stop=stopper.stop, on_change=stopper)
    assert (deployment.status, shop.fleet.serving) == ("Stopped", ("i-2",))


def test_the_machines_own_variables_are_not_for_scripts(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-mine")
    deployment = shop.deploy(shop.revision(hooks={"AfterInstall": "env"}))
    assert "LIFECYCLE_EVENT=AfterInstall" in log(deployment, "AfterInstall")
    assert "secret-of-mine" not in log(deployment, "AfterInstall")


def test_interrupted_it_ends_and_nobody_takes_the_instance_for_healthy(tmp_path: Path) -> None:
    shop = Shop(tmp_path, 2)
    shop.deploy(shop.revision("good"))
    health: list[Deployment] = []

    def interrupt(deployment: Deployment) -> None:
        if not health and statuses(deployment).get("AfterInstall") == "InProgress":
            health.append(deployment)
            raise KeyboardInterrupt

    hang = {"BeforeInstall": '[ "$INSTANCE_ID" = i-1 ] || sleep 606'}
    with pytest.raises(KeyboardInterrupt):
        shop.deploy(shop.revision("bad", hang), on_change=interrupt)
    (deployment,) = health
    assert (deployment.status, deployment.rollback) == ("Stopped", None)
    assert statuses(deployment)["AfterInstall"] == "Unknown"
    assert targets(deployment) == {"i-1": "Unknown", "i-2": "Failed"}
    assert failure(deployment, "i-2")[2] == "The deployment was stopped."
    assert processes("sleep\x00606") == []
    again = Fleet(tmp_path / "fleet")
    assert not any(again[name].health(shop.group.id).healthy for name in again.instances)
    assert shop.deploy(shop.revision("next")).status == "Succeeded"


def test_ctrl_c_ends_scripts_at_once(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    running = shop.fleet["i-1"].root / "at"
    begun: list[Deployment] = []

    def watch() -> None:
        for _ in range(1000):
            if running.exists():
                break
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    watcher = threading.Thread(target=watch)
    watcher.start()
    with pytest.raises(KeyboardInterrupt):
        shop.deploy(
            shop.revision(hooks={"AfterInstall": 'touch "$INSTANCE_ROOT/at"; sleep 607'}),
            on_change=begun.append,
        )
    watcher.join()
    assert failure(begun[0]) == ("AfterInstall", "UnknownError", "The deployment was stopped.")
    assert processes("sleep\x00607") == []
    assert shop.deploy(shop.revision("next")).status == "Succeeded"


@pytest.mark.parametrize(
    "trick",
    [
        'mkdir "$1.new"; ln -s /etc/passwd "$1"',  # where the agent is going to write its pointer
        'ln -s "$INSTANCE_ROOT/../../../precious" "$1.new"',
    ],
)
def test_a_script_cannot_trick_the_agent_when_it_ends(shop: Shop, trick: str) -> None:
    pointer = f"$INSTANCE_ROOT{INSTRUCTIONS}/{shop.group.id}_last_successful_install"
    deployment = shop.deploy(shop.revision(hooks={"ValidateService": f'set -- "{pointer}"\n{trick}'}))
    assert deployment.status == "Succeeded"
    assert shop.deploy(shop.revision("next")).status == "Succeeded"


def test_what_the_disk_refuses_is_told_with_the_instances_own_path(shop: Shop, tmp_path: Path) -> None:
    trick = f'mkdir -p "$INSTANCE_ROOT{INSTRUCTIONS}/{shop.group.id}_last_successful_install"'
    _, code, message = failure(shop.deploy(shop.revision(hooks={"ValidateService": trick})))
    assert code == "UnknownError"
    assert f"({INSTRUCTIONS}/{shop.group.id}_last_successful_install.new)" in message
    assert str(tmp_path) not in message


def test_what_codedeploy_passes_over_is_said_in_the_log(shop: Shop) -> None:
    deployment = shop.deploy(shop.revision(hook={}))
    assert "hook (line 1): CodeDeploy ignores it. Did you mean hooks?" in log(deployment, "BeforeInstall")
