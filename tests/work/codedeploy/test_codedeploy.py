"""The action CodeDeploy, as a pipeline meets it: what it needs, how it fails, what it says."""

import doctest
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from deploy_shop import ONE, Shop, packed

from cp_teach.work.codedeploy import deployment
from cp_teach.work.codedeploy import provider as module
from cp_teach.work.codedeploy.provider import CodeDeploy
from cp_teach.work.sandbox.run_command import NotAllowed
from cp_teach.work.task import Done, Task

Make = Callable[..., Task]


@pytest.fixture
def task(tmp_path: Path) -> Make:
    """A task of a deploy action; every one is another run."""
    made: list[int] = []

    def task(
        *bundles: Path,
        application: str = "shop",
        group: str = "web",
        said: list[str] | None = None,
        **more: str,
    ) -> Task:
        made.append(1)
        folder = tmp_path / f"task-{len(made)}"
        folder.mkdir()
        configuration = {"ApplicationName": application, "DeploymentGroupName": group, **more}
        return Task(
            pipeline="p",
            execution=1,
            execution_id="e",
            stage="Deploy",
            action="Web",
            attempt=len(made),
            id=f"run-{len(made)}",
            configuration={key: value for key, value in configuration.items() if value},
            inputs={f"Artifact{n}": bundle for n, bundle in enumerate(bundles)},
            outputs=(),
            revisions={},
            folder=folder,
            log=(said if said is not None else []).append,
        )

    return task


@pytest.mark.parametrize("each", [module, deployment])
def test_the_examples_are_true(each: object) -> None:
    result = doctest.testmod(each)  # type: ignore[arg-type]
    assert result.attempted
    assert not result.failed


def test_a_revision_is_deployed(tmp_path: Path, task: Make) -> None:
    shop = Shop(tmp_path, 3, ONE)
    provider, said = CodeDeploy([shop.group], yes=True), list[str]()
    done = provider(task(shop.revision("hello"), said=said))
    assert done == Done(external_id=next(iter(provider.deployments)))
    kept = provider.deployments[done.external_id]
    assert (kept.status, len(kept.targets), shop.page("i-3")) == ("Succeeded", 3, "hello")
    assert said == [
        f"Deployment {kept.id} of revision {kept.revision} to web",
        f"Deployment {kept.id}: Succeeded",
    ]


def test_a_failure_says_where_why_and_what_became_of_it(tmp_path: Path, task: Make) -> None:
    shop = Shop(tmp_path, 2)
    provider = CodeDeploy([shop.group], yes=True)
    provider(task(shop.revision("good")))
    done = provider(task(shop.revision("bad", {"ValidateService": "exit 4"})))
    bad = provider.deployments[done.external_id]
    assert bad.rollback is not None
    assert done.failure == "JobFailed"
    assert done.message == (
        f"Deployment {bad.id} failed: The deployment succeeded on no instance. It must succeed on at least one. "
        "(HEALTH_CONSTRAINTS) On i-1 and 1 more, ValidateService: ScriptFailed: Script at specified location: "
        f"ValidateService.sh failed with exit code 4. Deployment {bad.rollback.id} "
        "restored the last successful revision: Succeeded."
    )
    assert list(provider.deployments)[1:] == [bad.id, bad.rollback.id]


def test_the_same_revision_again_is_another_deployment(tmp_path: Path, task: Make) -> None:
    shop = Shop(tmp_path)
    provider, bundle = CodeDeploy([shop.group], yes=True), shop.revision()
    assert provider(task(bundle)).external_id != provider(task(bundle)).external_id


def bundle_of(shop: Shop, fault: str) -> Path:
    if fault == "script missing":
        hooks = '{"AfterInstall": [{"location": "gone.sh"}]}'
        return packed(
            shop.folder / "b.zip", {"appspec.yml": f'{{"version": 0.0, "os": "linux", "hooks": {hooks}}}'}
        )
    if fault == "source missing":
        return packed(
            shop.folder / "b.zip",
            {
                "appspec.yml": "version: 0.0\nos: linux\nfiles:\n- source: my-app.jar\n  destination: /tmp\n",
                "target/my-app.jar": "",
            },
        )
    if fault == "no appspec":
        return packed(shop.folder / "b.zip", {"index.html": ""})
    if fault == "corrupt":
        bundle = shop.revision()
        bundle.write_bytes(bundle.read_bytes()[:-30])
        return bundle
    if fault == "no run bit":
        return shop.revision(hooks={"AfterInstall": ":"}, executable=False)
    return shop.folder / "gone.zip"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("gone", "The revision is missing: gone.zip is not a file. (REVISION_MISSING)"),
        ("corrupt", "On i-1, DownloadBundle: UnknownError:"),
        ("no appspec", "there is no appspec.yml at the root of the revision. Add one; if a build makes"),
        ("source missing", "On i-1, Install: UnknownError: The source my-app.jar is not in the revision."),
        ("no run bit", "On i-1, AfterInstall: ScriptNotExecutable: AfterInstall.sh is not executable."),
        ("script missing", "On i-1, AfterInstall: ScriptMissing: Script does not exist"),
    ],
)
def test_what_can_be_wrong_with_a_revision(tmp_path: Path, task: Make, fault: str, told: str) -> None:
    shop = Shop(tmp_path)
    done = CodeDeploy([shop.group], yes=True)(task(bundle_of(shop, fault)))
    assert done.failure == "JobFailed"
    assert done.message.startswith(f"Deployment {done.external_id} failed: ")
    assert told in done.message
    assert str(tmp_path) not in done.message


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"application": "till"}, "No application found for name: till. The applications: shop."),
        (
            {"group": "beta"},
            "No deployment group found for name: beta. The groups of the application shop: web.",
        ),
        ({"application": ""}, "ApplicationName: it is missing."),
        ({"group": "../../etc"}, "DeploymentGroupName: '../../etc' is not a valid name."),
    ],
)
def test_what_does_not_exist_is_a_configuration_error(
    tmp_path: Path, task: Make, asked: dict[str, str], told: str
) -> None:
    shop = Shop(tmp_path)
    done = CodeDeploy([shop.group], yes=True)(task(shop.revision(), **asked))
    assert (done.failure, done.external_id) == ("ConfigurationError", "")
    assert told in done.message


def test_exactly_one_input_artifact_is_deployed(tmp_path: Path, task: Make) -> None:
    shop = Shop(tmp_path)
    provider = CodeDeploy([shop.group], yes=True)
    assert "it has none" in provider(task()).message
    assert "it has Artifact0, Artifact1" in provider(task(shop.revision(), shop.revision())).message
    assert provider.deployments == {}


def test_a_group_is_made_on_first_use_where_that_was_asked_for(tmp_path: Path, task: Make) -> None:
    shop = Shop(tmp_path)
    provider = CodeDeploy(yes=True, create=tmp_path / "fleets")
    done = provider(task(shop.revision("one"), application="new", group="beta"))
    assert len(provider.deployments[done.external_id].targets) == 3
    assert repr(provider) == "CodeDeploy(new/beta)"
    again = CodeDeploy(yes=True, create=tmp_path / "fleets")
    again(task(shop.revision("two"), application="new", group="beta"))
    assert again.groups["new", "beta"].fleet["i-2"].path("/var/www/index.html").read_text() == "two"


def test_a_group_that_is_busy_fails_the_action(tmp_path: Path, task: Make) -> None:
    shop = Shop(tmp_path)
    provider = CodeDeploy([shop.group], yes=True)
    with shop.group.lock:
        done = provider(task(shop.revision()))
    assert done.failure == "JobFailed"
    assert "DeploymentLimitExceededException" in done.message
    assert provider(task(shop.revision())).failure == ""


def test_a_stopped_action_is_a_stopped_deployment(tmp_path: Path, task: Make) -> None:
    shop = Shop(tmp_path)
    provider, work = (
        CodeDeploy([shop.group], yes=True),
        task(shop.revision(hooks={"AfterInstall": "sleep 605"})),
    )
    threading.Timer(0.2, work.stop.set).start()
    done = provider(work)
    assert done == Done(
        "JobFailed", f"Deployment {done.external_id} was stopped.", external_id=done.external_id
    )


def test_listeners_hear_of_rollbacks_too(tmp_path: Path, task: Make) -> None:
    shop, heard = Shop(tmp_path), dict[str, str]()
    provider = CodeDeploy(
        [shop.group], yes=True, on_change=lambda each: heard.__setitem__(each.creator, each.status)
    )
    provider(task(shop.revision("good")))
    provider(task(shop.revision("bad", {"BeforeInstall": "exit 1"})))
    assert heard == {"user": "Failed", "codeDeployRollback": "Succeeded"}


def test_nothing_is_deployed_without_a_yes() -> None:
    with pytest.raises(NotAllowed, match="yes=True"):
        CodeDeploy()
