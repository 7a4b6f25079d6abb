"""The workshop: real work drives a run, artifacts are handed on, and whatever goes wrong ends in a true status."""

import threading
import zipfile

import pytest

from cp_teach import Pipeline
from cp_teach.engine import Refused
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.task import Done


def zipped(task, name, **files):
    path = task.folder / f"{name}.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return path


def source(task):
    task.log("fetching")
    return Done(
        outputs={name: zipped(task, name, page="hello") for name in task.outputs},
        variables={"CommitId": "abc"},
    )


def build(task):
    (given,) = task.inputs.values()
    with zipfile.ZipFile(given) as archive:
        text = archive.read("page").decode()
    return Done(outputs={task.outputs[0]: zipped(task, "out", page=text.upper())}, external_id="shop:1")


@pytest.fixture
def shop():
    return Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Beta="CodeDeploy")


@pytest.fixture
def workshop(tmp_path, shop):
    made = []

    def make(pipeline=shop, **providers):
        one = ActionExecutor(
            pipeline, {"CodeCommit": source, "CodeBuild": build, **providers}, folder=tmp_path / "shop"
        )
        made.append(one)
        return one

    yield make
    for one in made:
        one.close()


def test_artifacts_go_from_action_to_action(workshop):
    seen = []

    def deploy(task):
        (given,) = task.inputs.values()
        seen.append(zipfile.ZipFile(given).read("page"))
        return Done(external_id="d-1")

    here = workshop(CodeDeploy=deploy)
    here.run.release("New logo")
    assert here.settle(20)
    assert here.run.history.executions[1].status == "Succeeded"
    assert seen == [b"HELLO"]
    rows = here.run.history.newest
    assert rows[1, "Build", "CodeBuild"].external_id == "shop:1"
    assert dict(rows[1, "Source", "CodeCommit"].variables) == {"CommitId": "abc"}


def test_who_is_not_named_is_simulated_and_quick(workshop):
    here = workshop()
    here.run.release("New logo")
    assert here.settle(20)
    assert here.run.history.executions[1].status == "Succeeded"


def test_a_failure_is_told_and_can_be_retried(workshop):
    luck = iter([Done("JobFailed", "The tests failed."), Done(external_id="d-2")])
    here = workshop(CodeDeploy=lambda task: next(luck))
    here.run.release("New logo")
    assert here.settle(20)
    row = here.run.history.newest[1, "Beta", "CodeDeploy"]
    assert (row.status, row.failure, row.message) == ("Failed", "JobFailed", "The tests failed.")
    here.run.retry("Beta")
    assert here.settle(20)
    assert here.run.history.executions[1].status == "Succeeded"


def test_a_fault_of_a_provider_ends_the_action_and_not_the_workshop(workshop):
    def broken(task):
        raise ZeroDivisionError("never mind")

    here = workshop(CodeDeploy=broken)
    here.run.release("New logo")
    assert here.settle(20)
    row = here.run.history.newest[1, "Beta", "CodeDeploy"]
    assert row.status == "Failed"
    assert "ZeroDivisionError: never mind" in row.message


def test_an_artifact_that_nobody_made_fails_who_takes_it(workshop):
    here = workshop(CodeBuild=lambda task: Done())
    here.run.release("New logo")
    assert here.settle(20)
    rows = here.run.history.newest
    assert rows[1, "Build", "CodeBuild"].status == "Succeeded"
    assert here.run.history.executions[1].status == "Succeeded", "a simulated deployment takes nothing"
    strict = workshop(CodeBuild=lambda task: Done(), CodeDeploy=lambda task: Done())
    strict.run.release("New logo")
    assert strict.settle(20)
    row = strict.run.history.newest[1, "Beta", "CodeDeploy"]
    assert (row.status, row.failure) == ("Failed", "ConfigurationError")
    assert "input artifact" in row.message


def waits(begun, ended):
    def perform(task):
        begun.set()
        stopped = task.stop.wait(20)
        ended.append(stopped)
        return Done("JobFailed", "stopped")

    return perform


def test_who_abandons_an_execution_stops_its_work(workshop):
    begun, ended = threading.Event(), []
    here = workshop(CodeDeploy=waits(begun, ended))
    here.run.release("New logo")
    assert begun.wait(20)
    here.run.stop(1, abandon=True)
    assert here.wait(lambda run: ended == [True], 20)
    assert here.settle(20)
    assert here.run.history.executions[1].status == "Stopped"


def test_closing_stops_all_work(workshop):
    begun, ended = threading.Event(), []
    here = workshop(CodeDeploy=waits(begun, ended))
    here.run.release("New logo")
    assert begun.wait(20)
    here.close()
    assert ended == [True]
    assert here.run.state.executions, "it stays in progress: somebody may stop it"


def test_real_work_cannot_be_undone(workshop):
    here = workshop()
    here.run.release("New logo")
    assert here.settle(20)
    with pytest.raises(Refused, match="cannot be undone"):
        here.run.undo()


def test_several_actions_work_at_the_same_time(workshop):
    together = threading.Barrier(2, timeout=20)

    def meets(task):
        together.wait()
        return Done()

    pipeline = Pipeline.of("pair", Source="CodeCommit", Beta="One:CodeDeploy and Two:CodeDeploy")
    here = workshop(pipeline, CodeDeploy=meets)
    here.run.release("New logo")
    assert here.settle(20)
    assert here.run.history.executions[1].status == "Succeeded"


def test_each_run_of_an_action_has_an_empty_folder_that_is_gone_afterwards(workshop, tmp_path):
    folders = []

    def looks(task):
        folders.append((task.folder, list(task.folder.iterdir())))
        (task.folder / "x").write_text("x")
        return Done()

    here = workshop(CodeDeploy=looks)
    for message in ("One", "Two"):
        here.run.release(message)
        assert here.settle(20)
    assert len({folder for folder, _ in folders}) == 2
    assert all(found == [] for _, found in folders)
    assert not any(folder.exists() for folder, _ in folders)


def test_who_listens_to_the_output_and_fails_ends_no_work(tmp_path, shop, caplog):
    def tired(row, line):
        raise BrokenPipeError("nobody reads this")

    providers = {"CodeCommit": source, "CodeBuild": build}
    with ActionExecutor(shop, providers, folder=tmp_path / "shop", log=tired) as here:
        here.run.release("New logo")
        assert here.settle(20)
        assert here.run.history.executions[1].status == "Succeeded"
    assert len([each for each in caplog.records if "nobody reads this" in str(each.exc_info)]) == 1


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (Done("NoSuchFailure", "It broke."), "'NoSuchFailure' is not one of AWS's failure types"),
        (Done(variables={"Answer": 42}), "Give (name, value) pairs of text."),
        (Done(external_id=7), "external_id: 7 is not valid"),
        (None, "The worker itself failed: AttributeError"),
    ],
)
def test_a_result_that_cannot_be_fails_the_action_and_does_not_leave_it_running(workshop, result, said):
    here = workshop(CodeDeploy=lambda task: result)
    here.run.release("New logo")
    assert here.settle(20)
    row = here.run.history.newest[1, "Beta", "CodeDeploy"]
    assert (row.status, row.failure) == ("Failed", "JobFailed")
    assert said in row.message
    assert not here.busy


def test_a_message_that_is_no_text_is_told_as_one(workshop):
    here = workshop(CodeDeploy=lambda task: Done(message=ValueError("odd")))
    here.run.release("New logo")
    assert here.settle(20)
    assert here.run.history.newest[1, "Beta", "CodeDeploy"].message == "odd"
