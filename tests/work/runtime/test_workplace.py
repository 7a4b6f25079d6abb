"""A workplace: whoever pushes sees it built and deployed, each push is one execution, and nothing is left behind."""

import gc
import subprocess
import sys
import time
import weakref
from pathlib import Path

import pytest

import cp_teach
from cp_teach import Pipeline, load_pipeline, resources
from cp_teach.pipeline import fires
from cp_teach.security.input.input_files import UnreadableFile
from cp_teach.work.runtime import local_pipeline
from cp_teach.work.runtime.local_pipeline import LocalPipeline
from cp_teach.work.sandbox.run_command import NotAllowed

pytestmark = pytest.mark.needs("git")


@pytest.fixture
def opened():
    made = []

    def make(*words, **options):
        made.append(cp_teach.workplace(*words, yes=True, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def git(clone, *words):
    done = subprocess.run(["git", "-C", str(clone), *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def commit(clone, version):
    (clone / "VERSION").write_text(f"{version}\n", encoding="utf-8")
    git(clone, "commit", "--quiet", "--all", "--message", f"Version {version}")
    return git(clone, "rev-parse", "HEAD")


def push(clone, version):
    id = commit(clone, version)
    git(clone, "push", "--quiet")
    return id


def carried(place):
    return [row.revisions[0].id for row in place.run.history.executions.values()]


def pages(place, *names):
    root = "/var/www/shop/index.html"
    return [instance.path(root).read_text("utf-8") for instance in place.fleet(*names).instances.values()]


def test_a_push_is_built_tested_approved_and_deployed(opened):
    place = opened(watching=True)
    id = push(place.clone(), "1.1")
    assert place.settle(60)
    assert carried(place) == [id]
    assert place.run.history.executions[1].trigger == "PollForSourceChanges"
    assert place.run.resolved("Prod", "Approve")["CustomData"] == "Release version 1.1?"
    (build,) = place.builds
    assert build.status == "SUCCEEDED"
    assert [phase.name for phase in build.phases][-1] == "COMPLETED"
    assert place.deployments == []
    place.run.approve()
    assert place.settle(60)
    (deployment,) = place.deployments
    assert deployment.status == "Succeeded"
    assert [page.count("Version 1.1") for page in pages(place)] == [1, 1, 1]
    assert pages(place) == pages(place, "sample-app", "shop-fleet")
    assert place.run.history.executions[1].status == "Succeeded"


def test_what_an_action_has_written_can_be_read(opened):
    place = opened(watching=True)
    clone = place.clone()
    for version in ("1.1", "1.2"):
        push(clone, version)
        assert place.settle(60)
    told = place.output("Build")
    assert "Built version 1.2" in told
    assert "Built version 1.1" in place.output("Build", execution=1)
    assert place.output("Build", "Deploy") == place.output("Nowhere") == []
    assert [build.number for build in place.builds] == [2, 1], "the newest first"


def test_two_pushes_that_follow_at_once_are_two_executions(opened):
    place = opened(watching=True)
    clone = place.clone()
    ids = [push(clone, "1.1"), push(clone, "1.2")]
    assert place.settle(60)
    assert carried(place) == ids
    assert [row.message for row in place.run.executions().itertuples()][-1] == "Version 1.2"
    statuses = [row.status for row in place.run.history.executions.values()]
    assert statuses[0] in ("InProgress", "Superseded"), "it waits for its approval, or was overtaken"
    for _ in range(3):
        place.process_pushes()
    assert len(carried(place)) == 2


def test_several_commits_in_one_push_are_one_execution(opened):
    place = opened(watching=True)
    clone = place.clone()
    commit(clone, "1.1")
    id = push(clone, "1.2")
    assert place.settle(60)
    assert carried(place) == [id]


def test_a_push_is_found_without_a_call_also_after_one_that_cannot_be_processed(opened, monkeypatch, caplog):
    place, faults = opened(watching=True), [RuntimeError("oops")]

    def breaks_once(*words):
        if faults:
            raise faults.pop()
        return fires(*words)

    monkeypatch.setattr(local_pipeline, "fires", breaks_once)
    clone = place.clone()
    push(clone, "1.1")
    place.process_pushes()
    assert carried(place) == []
    assert "refs/heads/main" in caplog.text
    push(clone, "1.2")
    ends = time.monotonic() + 30
    while not carried(place) and time.monotonic() < ends:
        time.sleep(0.05)
    assert len(carried(place)) == 1


def test_another_branch_starts_nothing_and_says_why(opened):
    place = opened(watching=True)
    clone = place.clone()
    git(clone, "switch", "--quiet", "--create", "idea")
    commit(clone, "2.0")
    git(clone, "push", "--quiet", "--set-upstream", "origin", "idea")
    assert place.settle(60)
    assert carried(place) == []
    (why,) = place.pushes
    assert "Source watches only branch main" in why


def test_who_does_not_watch_hears_nothing(opened):
    place = opened()
    push(place.clone(), "1.1")
    assert place.settle(60)
    assert carried(place) == []
    place.run.release()
    assert place.settle(60)
    assert place.run.history.executions[1].revisions[0].message == "Version 1.1", (
        "but a release takes the newest"
    )


def test_a_pipeline_that_takes_no_more_says_so(opened):
    place = opened(watching=True)
    place.run.delete()
    push(place.clone(), "1.1")
    assert place.settle(60)
    assert place.pushes[-1].startswith("The push starts no execution: ")


def test_the_filters_of_a_trigger_decide(opened, content):
    pipeline = load_pipeline("trigger-by-branch")
    place = opened(pipeline, content, watching=True)
    (source,) = place.repositories
    clone = place.clone(source)
    for branch in ("include-this", "exclude1"):
        git(clone, "switch", "--quiet", "--create", branch)
        git(clone, "commit", "--quiet", "--allow-empty", "--message", branch)
        git(clone, "push", "--quiet", "--set-upstream", "origin", branch)
    assert place.settle(60)
    rows = place.run.history.executions
    assert [(row.revisions[0].message, row.trigger) for row in rows.values()] == [
        ("include-this", "WebhookV2")
    ]
    assert len(place.pushes) == 2


def test_a_new_object_starts_too(opened, content, tmp_path):
    place = opened(Pipeline.of("shop", Source="S3", Beta="Manual"), content, watching=True)
    (bucket,) = place.local.buckets.values()
    key = place.run.pipeline.sources[0].settings["S3ObjectKey"]
    file = tmp_path / "new.zip"
    file.write_bytes(b"a new page")
    version = bucket.put(key, file, "A new page")
    bucket.put("another.zip", file, "Nobody watches this")
    assert place.settle(60)
    assert carried(place) == [version]
    place.process_pushes()
    assert carried(place) == [version], "each version is processed once"


def test_the_deployment_configuration_can_be_chosen(opened):
    place = opened()
    place.group().configuration = "CodeDeployDefault.AllAtOnce"
    place.run.release()
    assert place.settle(60)
    place.run.approve()
    assert place.settle(60)
    assert place.deployments[0].configuration == "CodeDeployDefault.AllAtOnce"


# -- what is left behind ---------------------------------------------------------------------------------------
def test_a_temporary_folder_goes_with_the_workplace(opened):
    with cp_teach.workplace(yes=True, watching=True) as place:
        folder = place.folder
        assert place.clone().is_relative_to(folder)
    assert not folder.exists()
    assert repr(place) == "Workplace(sample-app, closed)"
    place.close()  # again, and nothing happens


def test_a_workplace_that_nobody_uses_goes_by_itself():
    place = cp_teach.workplace(yes=True, watching=True)
    folder, seen, ended = place.folder, weakref.ref(place), place._watching.ended
    del place
    for _ in range(100):
        gc.collect()
        if seen() is None:
            break
        time.sleep(0.05)  # its look may be under way
    assert seen() is None
    assert ended.is_set()
    assert not folder.exists()


def test_a_folder_of_ones_own_stays_and_is_taken_up_again(opened, tmp_path):
    with cp_teach.workplace(yes=True, folder=tmp_path / "mine", watching=True) as place:
        id = push(place.clone(), "1.1")
    again = opened(folder=tmp_path / "mine")
    assert again.repositories["Source"].head("main").id == id
    assert again.clone() != again.clone(), "a clone is never written over"


# -- mistakes --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("yes", [False, 1, "yes", None])
def test_nothing_is_made_without_a_yes(yes, tmp_path):
    with pytest.raises(NotAllowed, match="pass yes=True") as no:
        cp_teach.workplace(yes=yes, folder=tmp_path / "mine")
    assert not (tmp_path / "mine").exists()
    assert "\n" not in str(no.value)
    with pytest.raises(NotAllowed):
        LocalPipeline(load_pipeline("sample-app"), resources.sample_app(), yes=yes)


def test_mistakes_are_told_in_a_sentence(opened, content, tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no folder nowhere"):
        opened("sample-app", "nowhere")
    with pytest.raises(FileNotFoundError, match="the kit has: "):
        opened("no-such-pipeline", content)
    with pytest.raises(ValueError, match="Give a folder of files"):
        opened("demo")
    with pytest.raises(LookupError, match="The source Source has no content"):
        opened("sample-app", {"Other": content})
    broken = tmp_path / "broken.json"
    broken.write_text("{}", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="is not a pipeline"):
        opened(broken, content)
    place = opened()
    with pytest.raises(LookupError, match="Sources with a repository: Source"):
        place.clone("Nobody")
    with pytest.raises(LookupError, match="is not a valid application or deployment group name"):
        place.group("../..", "x")


def test_where_there_are_several_groups_one_is_named(opened, content):
    place = opened(Pipeline.of("pair", Source="CodeCommit", Beta="CodeDeploy", Prod="CodeDeploy"), content)
    says = [stage.actions[0].settings for stage in place.run.pipeline.stages[1:]]
    if len({tuple(sorted(each.items())) for each in says}) > 1:
        with pytest.raises(LookupError, match="Name the deployment group"):
            place.fleet()
    names = says[0]["ApplicationName"], says[0]["DeploymentGroupName"]
    assert list(place.fleet(*names).instances) == ["i-1", "i-2", "i-3"]


def test_the_examples_of_the_page_are_true():
    """In a Python of its own: a worker there asks for jobs, and would get those that another test has left."""
    page = Path(__file__).parents[3] / "docs" / "work.md"
    code = (
        "import doctest, sys\n"
        "result = doctest.testfile(sys.argv[1], module_relative=False, encoding='utf-8')\n"
        "print(result.attempted)\n"
        "sys.exit(result.failed)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(page)], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout) == page.read_text("utf-8").count(">>> ")


def test_the_sample_is_found_beside_the_other_data():
    assert {"buildspec.yml", "appspec.yml"} <= {path.name for path in Path(resources.sample_app()).iterdir()}
