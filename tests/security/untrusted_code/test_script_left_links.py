"""What a script leaves in its folder is never followed out of it: links, pipes and towers of folders."""

import os
import subprocess
import sys
import threading
import time
import uuid
import zipfile
from types import SimpleNamespace

import pytest

from cp_teach import Pipeline
from cp_teach.work.codebuild import build_runner
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.codebuild.shell_session import plain_text
from cp_teach.work.codedeploy.agent import Agent, DeploymentOrder
from cp_teach.work.codedeploy.appspec import Script
from cp_teach.work.codedeploy.deployment_group import DeploymentGroup
from cp_teach.work.codedeploy.fleet import Fleet
from cp_teach.work.folder_trees import beginning, remove
from cp_teach.work.runtime.action_executor import ActionExecutor
from cp_teach.work.runtime.cloud_actions import parse_function_code
from cp_teach.work.sandbox.run_command import Ended
from cp_teach.work.task import Done, Task
from cp_teach.work.workers import jenkins_worker
from cp_teach.work.workers.jenkins_worker import JenkinsProject, JenkinsWorker
from cp_teach.work.workers.lambda_function import Function

RACER = """
import os
root = os.environ["CODEBUILD_SRC_DIR"] + "/.."
seen = set(os.listdir(root))
while True:
    for name in os.listdir(root):
        if name in seen:
            continue
        seen.add(name)
        for place in (f"{root}/{name}/commands.sh", f"{root}/{name}/output"):
            try:
                os.symlink(VICTIM, place)
            except OSError:
                pass
"""


def build(home, spec, **files):
    """Build these files; what the build has told."""
    source = home / "source.zip"
    with zipfile.ZipFile(source, "w") as archive:
        archive.writestr("buildspec.yml", f"version: 0.2\n{spec}")
        for name, text in files.items():
            archive.writestr(f"{name}.py", text)
    (home / "build").mkdir()
    task = Task(
        pipeline="shop",
        execution=1,
        execution_id=str(uuid.uuid4()),
        stage="Build",
        action="Make",
        attempt=1,
        id=str(uuid.uuid4()),
        configuration={"ProjectName": "shop"},
        inputs={"Source": source},
        outputs=(),
        revisions={},
        folder=home / "build",
        log=lambda line: None,
        stop=threading.Event(),
    )
    return CodeBuild(yes=True)(task)


def test_a_process_that_watches_the_folder_cannot_lead_a_script_of_ours_elsewhere(tmp_path):
    victim = tmp_path / "victim"
    spec = (
        "phases:\n  install:\n    commands:\n      - (python3 racer.py >/dev/null 2>&1 &)\n      - sleep 0.3\n"
        "  build:\n    on-failure: RETRY-30\n    commands:\n      - 'false'\n"
    )
    done = build(tmp_path, spec, racer=RACER.replace("VICTIM", repr(str(victim))))
    assert done.failure == "JobFailed"
    assert not victim.exists()


def test_a_link_under_the_name_of_a_new_script_is_not_followed(tmp_path, monkeypatch):
    victim, numbers = tmp_path / "victim", iter(range(100))
    drawn = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=f"drawn{next(numbers)}"))
    monkeypatch.setattr(build_runner, "uuid", drawn)
    spec = f"phases:\n  install:\n    commands:\n      - ln -s {victim} ../drawn1\n  build:\n    commands: [echo]\n"
    assert build(tmp_path, spec).failure
    assert next(numbers) == 2
    assert not victim.exists()


def test_kept_state_that_is_swapped_for_a_link_while_it_is_read_tells_nothing(tmp_path):
    secret, state = tmp_path / "secret", tmp_path / "state"
    secret.write_text("KEY=secret")
    state.mkdir()
    (state / "exported").write_text("A=b")
    swap = (
        "import os\nwhile True:\n"
        f"    os.symlink({str(secret)!r}, 'l'); os.replace('l', 'exported')\n"
        "    open('n', 'w').write('A=b'); os.replace('n', 'exported')\n"
    )
    racer = subprocess.Popen([sys.executable, "-c", swap], cwd=state)
    try:
        ends, told = time.monotonic() + 1.0, set()
        while time.monotonic() < ends:
            told.add(plain_text(state / "exported"))
    finally:
        racer.kill()
        racer.wait()
    assert told <= {"", "A=b"}


def test_links_pipes_and_devices_have_no_beginning(tmp_path):
    secret, pipe = tmp_path / "secret", tmp_path / "pipe"
    secret.write_text("secret")
    os.mkfifo(pipe)
    (tmp_path / "link").symlink_to(secret)
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "inner").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "inner")
    (tmp_path / "inner" / "file").write_text("inner")
    odd = [tmp_path / name for name in ("pipe", "link", "zero", "inner", "folder/file", "nothing")]
    assert [beginning(path, 10) for path in odd] == [b""] * len(odd)
    assert beginning(secret, 3) == b"sec"


def test_a_hook_that_puts_a_pipe_in_its_own_place_is_not_waited_for(tmp_path):
    pipe = tmp_path / "stop.sh"
    os.mkfifo(pipe)
    fleet = Fleet(tmp_path / "fleet", 1)
    agent = Agent(fleet["i-1"], DeploymentOrder(DeploymentGroup("shop", "prod", fleet), tmp_path / "none"))
    faults = []
    asking = threading.Thread(
        target=lambda: faults.append(agent._script_error(Ended(1), pipe, Script("stop.sh", 60))), daemon=True
    )
    asking.start()
    asking.join(10)
    assert "failed with exit code 1" in str(faults[0])


@pytest.fixture
def jenkins_build(tmp_path, monkeypatch):
    """Does one job with that shell command; what was uploaded."""
    sent = {}

    def upload(store, artifact, path):
        with zipfile.ZipFile(path) as archive:
            sent[artifact["name"]] = archive.namelist()

    monkeypatch.setattr(jenkins_worker, "upload", upload)

    def do(command):
        worker = JenkinsWorker(
            "http://127.0.0.1:1", "Build", "Jenkins", "1", ["true"], folder=tmp_path / "jobs", yes=True
        )
        number, place = worker._new_build_folder(worker.folder)
        data = {"artifactCredentials": {}, "outputArtifacts": [{"name": "Out"}]}
        monkeypatch.setattr(worker._clients, "client", lambda *given: None)
        project = JenkinsProject(("sh", "-c", command))
        worker._build(data, project, number, place, threading.Event())
        return sent

    yield do
    remove(tmp_path / "jobs")  # pytest could not


def test_a_job_that_replaces_its_workspace_uploads_nothing(tmp_path, jenkins_build):
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials").write_text("secret")
    with pytest.raises(jenkins_worker.Failed, match="has replaced it"):
        jenkins_build(f"cd ..; mv workspace away; ln -s {home} workspace")


def test_a_job_that_puts_links_beside_its_workspace_writes_to_none(tmp_path, jenkins_build):
    victim = tmp_path / "victim"
    victim.write_text("mine")
    sent = jenkins_build(f"echo hi > page; for name in Out.zip Out.out.zip; do ln -s {victim} ../$name; done")
    assert sent == {"Out": ["page"]}
    assert victim.read_text() == "mine"


def test_a_tower_of_folders_ends_the_job_that_built_it(jenkins_build):
    with pytest.raises(jenkins_worker.Failed, match="too deep"):
        jenkins_build("for n in $(seq 1200); do mkdir d; cd d; done")


def test_a_link_beside_the_code_of_a_function_brings_no_file_into_its_jail(tmp_path):
    (tmp_path / "credentials").write_text("secret")
    place, folder = tmp_path / "code", tmp_path / "call"
    place.mkdir()
    folder.mkdir()
    (place / "shared").mkdir()
    (place / "shared" / "words.py").write_text("HELLO = 'hello'\n")
    (place / "words.py").symlink_to("shared/words.py")
    (place / "secrets").symlink_to(tmp_path / "credentials")
    (place / "home").symlink_to(tmp_path)
    (place / "zeros").symlink_to("/dev/zero")
    (place / "handler.py").write_text("import words\ndef main(event, context):\n    print(words.HELLO)\n")
    said = []
    answered = Function("smoke", place, "handler.main", "http://127.0.0.1:1", yes=True)(
        {}, folder, said.append
    )
    assert answered.ok
    assert "hello" in said
    left = folder / "code"
    assert all((left / name).is_symlink() for name in ("secrets", "home", "zeros"))


def test_the_code_of_a_function_is_in_the_repository_that_names_it(tmp_path, monkeypatch):
    home, repository = tmp_path / "home", tmp_path / "repository"
    for folder in (home, repository / "real"):
        folder.mkdir(parents=True)
        (folder / "smoke.py").touch()
    (repository / "fn").symlink_to(home)
    (repository / "good").symlink_to("real")
    for here, folders in ((tmp_path, [repository]), (repository, [])):
        monkeypatch.chdir(here)
        with pytest.raises(ValueError, match="is a link that leads to"):
            parse_function_code("fn/smoke.py:smoke.main", folders)
        assert (
            parse_function_code("good/smoke.py:smoke.main", folders).path == repository / "real" / "smoke.py"
        )
    assert parse_function_code(f"{repository}/fn/smoke.py:smoke.main").path == home / "smoke.py"


def test_a_tower_of_folders_ends_the_action_that_built_it(tmp_path):
    def nested(task):
        tower = "import os\nfor _ in range(1200): os.mkdir('d'); os.chdir('d')"
        subprocess.run([sys.executable, "-c", tower], cwd=task.folder, check=True)
        return Done("JobFailed", "It is done.")

    pipeline = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild")
    with ActionExecutor(pipeline, {"CodeCommit": nested}, folder=tmp_path / "shop") as shop:
        shop.run.release("A change")
        assert shop.wait(lambda run: run.history.executions[1].status == "Failed", 20)
    assert not any((tmp_path / "shop" / "work").iterdir())
