"""Builds: the phases that CodeBuild goes through, what a build makes, and what is told of one that fails."""

import json
import os
import threading
import uuid
import zipfile
from pathlib import Path

import pytest
from build_workshop import BEFORE, Workshop, phases_of, zipped
from hypothesis import given
from hypothesis import strategies as st

from cp_teach.work.codebuild import provider
from cp_teach.work.codebuild.artifact_files import NoMatch, collect
from cp_teach.work.codebuild.build_request import Project
from cp_teach.work.codebuild.buildspec import ArtifactFiles
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.sandbox import bubblewrap
from cp_teach.work.sandbox.run_command import Limits, NotAllowed


@pytest.fixture
def workshop(tmp_path):
    made = Workshop(tmp_path)
    yield made
    for pid in made.left():
        os.kill(int(pid), 9)


def contents(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


# -- the way through the phases ----------------------------------------------------------------------------
def test_a_build_that_succeeds(workshop):
    done = workshop(
        phases_of(
            install="echo i",
            pre_build="echo p",
            build="mkdir target; echo jar > target/app.jar",
            post_build="echo q",
        )
        + "\nartifacts: {files: [target/app.jar, appspec.yml], discard-paths: yes}",
        {"appspec.yml": "version: 0.0"},
        outputs=["Built"],
    )
    assert done.failure == ""
    assert contents(done.outputs["Built"]) == {"app.jar": "jar\n", "appspec.yml": "version: 0.0"}
    assert workshop.said == ["i", "p", "q"]
    assert workshop.build.status == "SUCCEEDED"
    assert set(workshop.states().values()) == {"SUCCEEDED"}
    assert list(workshop.states()) == [
        "INSTALL",
        "PRE_BUILD",
        "BUILD",
        "POST_BUILD",
        "UPLOAD_ARTIFACTS",
        "FINALIZING",
    ]
    assert done.external_id == workshop.build.id == done.variables["CODEBUILD_BUILD_ID"]
    assert done.external_id.startswith("shop-build:")
    assert all(phase.seconds >= 0 and phase.start > 0 for phase in workshop.build.phases)


ALL = {name: f"echo {name}" for name in ("install", "pre_build", "build", "post_build")}


@pytest.mark.parametrize(
    ("broken", "on_failure", "after"),
    [
        ("install", "", ["FINALIZING"]),
        ("pre_build", "", ["FINALIZING"]),
        ("build", "", ["POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"]),
        ("post_build", "", ["UPLOAD_ARTIFACTS", "FINALIZING"]),
        ("build", "ABORT", ["FINALIZING"]),
        ("post_build", "ABORT", ["FINALIZING"]),
        ("install", "CONTINUE", ["PRE_BUILD", "BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"]),
        ("pre_build", "CONTINUE", ["BUILD", "POST_BUILD", "UPLOAD_ARTIFACTS", "FINALIZING"]),
    ],
)
def test_where_a_failed_phase_leads(workshop, broken, on_failure, after):
    more = {f"{broken}__on-failure": on_failure} if on_failure else {}
    done = workshop.sh(**{**ALL, broken: ["exit 7", "echo never"]}, **more)
    states = workshop.states()
    name = broken.upper()
    assert list(states)[list(states).index(name) + 1 :] == after
    assert states.pop(name) == "FAILED"
    assert set(states.values()) == {"SUCCEEDED"}
    assert "never" not in workshop.said
    assert workshop.build.status == "FAILED"
    assert done.failure == "JobFailed"
    assert done.message == (
        f"Build terminated with state: FAILED. Phase: {name}, Code: COMMAND_EXECUTION_ERROR, "
        "Message: Error while executing command: exit 7. Reason: exit status 7"
    )


def test_finally_runs_after_a_failure_and_its_own_failure_fails_the_phase(workshop):
    workshop.sh(build=["false", "echo never"], build__finally=["echo tidy"])
    assert workshop.said == ["tidy"]
    assert workshop.states()["BUILD"] == "FAILED"
    done = workshop.sh(build=["echo fine"], build__finally=["echo tidy", "(exit 2)", "echo never"])
    assert workshop.said == ["fine", "tidy"]
    assert "command: (exit 2). Reason: exit status 2" in done.message


def test_whether_the_build_succeeds_can_be_asked(workshop):
    ask = "echo $CODEBUILD_BUILD_SUCCEEDING"
    workshop.sh(build=[ask, "export CODEBUILD_BUILD_SUCCEEDING=5", "false"], post_build=ask)
    assert workshop.said == ["1", "0"]


def test_the_package_is_made_although_the_tests_failed(workshop):
    """The course's trap: `mvn package` in post_build, and the artifact is uploaded, after `mvn test` has failed."""
    done = workshop(
        phases_of(build="false", post_build="echo jar > app.jar") + "\nartifacts: {files: [app.jar]}",
        outputs=["Built"],
    )
    assert workshop.states()["POST_BUILD"] == workshop.states()["UPLOAD_ARTIFACTS"] == "SUCCEEDED"
    assert (done.failure, done.outputs) == ("JobFailed", {})


@pytest.mark.parametrize(
    ("retry", "runs", "ends"),
    [
        ("RETRY", 3, ""),
        ("RETRY-1", 2, "JobFailed"),
        ("RETRY-.*busy", 3, ""),
        ("RETRY-9-calm", 1, "JobFailed"),
    ],
)
def test_a_phase_is_tried_again(workshop, retry, runs, ends):
    """It fails twice, and says that it is busy."""
    command = "echo try >> tries; echo busy; [ $(wc -l < tries) -ge 3 ]"
    done = workshop.sh(build=command, **{"build__on-failure": retry})
    assert workshop.said == ["busy"] * runs
    assert done.failure == ends


# -- the shell ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("shell", ["bash", "/bin/sh"])
def test_one_shell_for_all_commands_and_phases(workshop, shell):
    done = workshop(
        f"env: {{shell: {shell}}}\n"
        + phases_of(
            install=[
                'mkdir -p "a b/it\'s"',
                'cd "a b/it\'s"',
                'export WORD="x \'y\' \\"z\\""',
                "local_one=1",
                "greet() { echo hello; }",
            ],
            build=['echo "$WORD"', 'basename "$PWD"', 'export WORD="$WORD!"', "unset -v NOTHING"],
            build__finally=['echo "$WORD"'],
            post_build=["cd ..", 'basename "$PWD"', 'echo "${local_one:-lost}"', "greet"],
        )
    )
    assert done.failure == ""
    assert workshop.said == ["x 'y' \"z\"", "it's", "x 'y' \"z\"!", "a b", "1", "hello"]


def test_version_0_1_gives_each_command_a_shell_of_its_own(workshop):
    done = workshop(
        "version: 0.1\n"
        + phases_of(
            build=["mkdir a; cd a; export X=1", "basename $PWD; echo ${X:-gone}", "false", "echo never"]
        )
    )
    assert workshop.said == ["src", "gone"]
    assert "command: false" in done.message


def test_bash_is_bash(workshop):
    assert workshop("env: {shell: bash}\n" + phases_of(build="[[ ab == a* ]] && echo yes")).failure == ""
    assert workshop.said == ["yes"]


@pytest.mark.parametrize(
    ("commands", "code", "at"),
    [
        (["set -e", "echo a; false; echo b", "echo c"], 1, "echo a; false; echo b"),
        (["echo a", "no-such-program --now"], 127, "no-such-program --now"),
        (["echo a", "kill -9 $$", "echo c"], 137, "kill -9 $$"),
        (["echo a", "if then", "echo c"], 2, "if then"),
        (["echo a", "sh -c 'exit 9'", "echo c"], 9, "sh -c 'exit 9'"),
    ],
)
def test_the_command_that_failed_is_named(workshop, commands, code, at):
    done = workshop.sh(build=commands)
    assert done.message.endswith(f"command: {at}. Reason: exit status {code}")
    assert "c" not in workshop.said


def test_leaving_the_shell_well_ends_the_phase_well_and_is_told(workshop):
    assert workshop.sh(build=["exit 0", "echo never"]).failure == ""
    assert workshop.said == []
    assert any("has left the shell" in line for line in workshop.log)


def test_the_log_reads_like_codebuild_s(workshop):
    workshop.sh(build=["echo hello", "false"])
    at = workshop.log.index("[Container] Entering phase BUILD")
    assert workshop.log[at : at + 7] == [
        "[Container] Entering phase BUILD",
        "[Container] Running command echo hello",
        "hello",
        "[Container] Running command false",
        "[Container] Command did not exit successfully false exit status 1",
        "[Container] Phase complete: BUILD State: FAILED",
        (
            "[Container] Phase context status code: COMMAND_EXECUTION_ERROR Message: Error while executing command: "
            "false. Reason: exit status 1"
        ),
    ]


# -- variables ---------------------------------------------------------------------------------------------
def test_codebuild_s_own_variables(workshop):
    spec = phases_of(build="env | grep -E '^(CODEBUILD|AWS)_' | sort")
    workshop(spec)
    workshop(spec)
    found = dict(line.split("=", 1) for line in workshop.said)
    folder = Path(found.pop("CODEBUILD_SRC_DIR"))
    assert folder.name == "src"
    assert int(found.pop("CODEBUILD_START_TIME")) > 1e12
    build, number = workshop.build.id, workshop.build.id.partition(":")[2]
    assert uuid.UUID(found.pop("CODEBUILD_PROJECT_UUID"))
    console = "https://us-east-1.console.aws.amazon.com/codebuild/home?region=us-east-1"
    assert found == {
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "CODEBUILD_BUILD_ARN": f"arn:aws:codebuild:us-east-1:123456789012:build/{build}",
        "CODEBUILD_BUILD_ID": build,
        "CODEBUILD_BUILD_IMAGE": "aws/codebuild/amazonlinux2-x86_64-standard:5.0",
        "CODEBUILD_BUILD_NUMBER": "2",
        "CODEBUILD_BUILD_SUCCEEDING": "1",
        "CODEBUILD_BUILD_URL": f"{console}#/builds/{build}/view/new",
        "CODEBUILD_CI": "true",
        "CODEBUILD_INITIATOR": "codepipeline/shop",
        "CODEBUILD_KMS_KEY_ID": "arn:aws:kms:us-east-1:123456789012:alias/aws/s3",
        "CODEBUILD_LOG_PATH": number,
        "CODEBUILD_PROJECT_ARN": "arn:aws:codebuild:us-east-1:123456789012:project/shop-build",
        "CODEBUILD_RESOLVED_SOURCE_VERSION": "4711abc",
        "CODEBUILD_SOURCE_REPO_URL": "",
        "CODEBUILD_SOURCE_VERSION": "4711abc",
    }


def test_the_action_goes_before_the_project_and_the_project_before_the_buildspec(workshop):
    workshop.provider = CodeBuild(
        {"shop-build": Project(variables={"B": "project", "C": "project"})}, yes=True
    )
    action = json.dumps([{"name": "C", "value": "action", "type": "PLAINTEXT"}])
    workshop(
        "env: {variables: {A: spec, B: spec, C: spec}}\n" + phases_of(build="echo $A $B $C"),
        EnvironmentVariables=action,
    )
    assert workshop.said == ["spec project action"]


def test_exported_variables_become_output_variables(workshop):
    done = workshop(
        "env: {exported-variables: [TAG, GIVEN, LATE, NEVER, CODEBUILD_BUILD_NUMBER], variables: {GIVEN: g}}\n"
        + phases_of(build=["export TAG='1 = 2'", "export LATE=a"], post_build=["export LATE='b\nc'", "false"])
    )
    own = {"CODEBUILD_BUILD_ID": workshop.build.id, "CODEBUILD_BUILD_NUMBER": "1"}
    assert done.variables == {"TAG": "1 = 2", "GIVEN": "g", "LATE": "b\nc", **own}
    assert done.failure == "JobFailed"


def test_a_secret_is_not_looked_for_but_can_be_given(workshop):
    spec = "env: {parameter-store: {PASSWORD: /shop/password}}\n" + phases_of(build="echo $PASSWORD")
    done = workshop(spec)
    assert done.failure == "JobFailed"
    assert "PASSWORD (parameter-store /shop/password)" in done.message
    assert workshop.build.reason.name == "DOWNLOAD_SOURCE"
    assert workshop(spec, EnvironmentVariables='[{"name": "PASSWORD", "value": "none"}]').failure == ""
    assert workshop.said == ["none"]


# -- sources and artifacts ---------------------------------------------------------------------------------
def test_several_inputs(workshop, tmp_path):
    spec = "version: 0.2\n" + phases_of(build='cat here "$CODEBUILD_SRC_DIR_Other/there"')
    inputs = {
        "Other": zipped(tmp_path / "o.zip", {"there": "there\n"}),
        "Main": zipped(tmp_path / "m.zip", {"here": "here\n", "buildspec.yml": spec}),
    }
    assert workshop(None, inputs=inputs, PrimarySource="Main").failure == ""
    assert workshop.said == ["here", "there"]
    assert "PrimarySource is one of Other, Main" in workshop(None, inputs=inputs).message
    done = workshop(None, inputs=inputs, PrimarySource="Third")
    assert done.failure == "ConfigurationError"
    assert "not one of the input artifacts: Other, Main" in done.message


def test_a_secondary_artifact_whose_name_is_no_identifier_fails_in_awss_words(workshop, tmp_path):
    spec = "version: 0.2\n" + phases_of(build="echo ok")
    words = "identifier must contain only alphanumeric characters and underscores"
    for names in (("Main", "the-other"), ("the-main", "Other")):
        inputs = {name: zipped(tmp_path / f"{name}.zip", {"buildspec.yml": spec}) for name in names}
        done = workshop(None, inputs=inputs, PrimarySource=names[0])
        assert done.failure == ("ConfigurationError" if "-" in names[1] else "")
        assert (words in done.message) == ("-" in names[1])
    files = "\nartifacts: {files: ['**/*']}"
    assert words in workshop(phases_of(build="echo ok") + files, outputs=["One", "the-other"]).message
    assert workshop(phases_of(build="echo ok > a") + files, outputs=["the-only"]).failure == ""


def test_several_outputs(workshop):
    done = workshop(
        phases_of(build="echo a > a; echo b > b; echo c > c")
        + "\nartifacts: {files: [a], secondary-artifacts: {Two: {files: [b]}, Three: {files: [c]}}}",
        outputs=["One", "Two", "Three"],
    )
    assert {name: contents(path) for name, path in done.outputs.items()} == {
        "One": {"a": "a\n"},
        "Two": {"b": "b\n"},
        "Three": {"c": "c\n"},
    }


@pytest.mark.parametrize(
    ("artifacts", "words"),
    [
        ("", "does not list its files; list them under artifacts."),
        (
            "artifacts: {files: [target/*.jar]}",
            "no matching artifact paths found: target/*.jar. The folder contains: a, b",
        ),
        ("artifacts: {files: [a, c]}", "no matching artifact paths found: c. The folder contains"),
        ("artifacts: {files: [a], base-directory: out}", "base-directory 'out' does not exist"),
        ("artifacts: {files: [a]}", "artifacts.secondary-artifacts.Second"),
    ],
)
def test_an_artifact_that_cannot_be_made_fails_the_upload(workshop, artifacts, words):
    outputs = ["Built", "Second"] if "Second" in words else ["Built"]
    done = workshop(phases_of(build="touch a b") + "\n" + artifacts, outputs=outputs)
    assert workshop.states()["UPLOAD_ARTIFACTS"] == "FAILED"
    assert "Phase: UPLOAD_ARTIFACTS, Code: CLIENT_ERROR" in done.message
    assert words in done.message


TREE = [
    "app.jar",
    ".hidden",
    "target/app.jar",
    "target/deep/lib.jar",
    "build1/one",
    "build2/two",
    "build2/sub/three",
]


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (ArtifactFiles(("**/*",)), {name: name for name in TREE}),
        (ArtifactFiles(("*",)), {"app.jar": "app.jar", ".hidden": ".hidden"}),
        (ArtifactFiles(("target/*.jar",)), {"target/app.jar": "target/app.jar"}),
        (ArtifactFiles(("./target/**/*",)), {name: name for name in TREE if name.startswith("target/")}),
        (
            ArtifactFiles(("**/*",), "target"),
            {"app.jar": "target/app.jar", "deep/lib.jar": "target/deep/lib.jar"},
        ),
        # The two examples of the user guide for base-directory.
        (ArtifactFiles(("*/three",), "build2"), {"sub/three": "build2/sub/three"}),
        (
            ArtifactFiles(("**/*",), "build*", discard_paths=True),
            {"one": "build1/one", "two": "build2/two", "three": "build2/sub/three"},
        ),
        (
            ArtifactFiles(("**/*.jar",), exclude_paths=("**/deep/**",)),
            {"app.jar": "app.jar", "target/app.jar": "target/app.jar"},
        ),
        (ArtifactFiles(("**/lib.jar",), discard_paths=True), {"lib.jar": "target/deep/lib.jar"}),
    ],
)
def test_which_files_make_an_artifact(tmp_path, files, found):
    for name in TREE:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert collect(files, tmp_path.resolve()) == found


def test_of_two_files_with_one_name_in_the_artifact_the_log_says_which_is_kept(tmp_path):
    for base in ("build1", "build2"):
        (tmp_path / base).mkdir()
        (tmp_path / base / "one").touch()
    said: list[str] = []
    found = collect(ArtifactFiles(("**/*",), "build*", discard_paths=True), tmp_path.resolve(), said.append)
    assert found == {"one": "build2/one"}
    assert said == ["build2/one replaces build1/one: both are one in the artifact."]


def test_a_link_to_a_folder_outside_is_no_base(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "password").touch()
    (tmp_path / "src" / "out").symlink_to("../secret")
    with pytest.raises(NoMatch, match="does not exist"):
        collect(ArtifactFiles(("**/*",), "out"), (tmp_path / "src").resolve())


def test_a_source_that_was_replaced_by_a_link_is_told(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "src").symlink_to("real")
    with pytest.raises(NoMatch, match="moved or replaced it"):
        collect(ArtifactFiles(("**/*",)), tmp_path.resolve() / "src")


NAMES = st.lists(st.sampled_from(["a", "b.x", ".c", "d e"]), min_size=1, max_size=3, unique=True).map(
    "/".join
)


@given(st.sets(NAMES, min_size=1, max_size=5))
def test_everything_is_every_file(tmp_path_factory, names):
    home = tmp_path_factory.mktemp("tree").resolve()
    for name in sorted(names):
        place = home / name
        if not any(parent.is_file() for parent in place.parents) and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
    there = {path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()}
    assert set(collect(ArtifactFiles(("**/*",)), home)) == there
    assert set(collect(ArtifactFiles(("**",)), home)) == there


# -- what the configuration or the input has wrong ---------------------------------------------------------
@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"ProjectName": ""}, "no ProjectName"),
        ({"EnvironmentVariables": "{"}, "is not valid JSON"),
        ({"EnvironmentVariables": "[" * 100_000}, "is not valid JSON"),
        ({"EnvironmentVariables": '{"name": "A"}'}, "must be a list"),
        ({"EnvironmentVariables": '[{"name": "A"}]'}, "without a valid name or value"),
        ({"EnvironmentVariables": '[{"name": "A B", "value": "c"}]'}, "without a valid name or value"),
        ({"EnvironmentVariables": '[{"name": "A", "value": "\\ud800"}]'}, "half a surrogate pair"),
        (
            {"EnvironmentVariables": '[{"name": "A", "value": "b", "type": "SECRETS_MANAGER"}]'},
            "SECRETS_MANAGER",
        ),
    ],
)
def test_a_wrong_configuration(workshop, configuration, words):
    done = workshop(phases_of(build="touch a"), **configuration)
    assert done.failure == "ConfigurationError"
    assert words in done.message
    assert workshop.provider.builds == {}


def test_a_missing_input(workshop, tmp_path):
    done = workshop(None, inputs={"Source": tmp_path / "none.zip"})
    assert done.failure == "ConfigurationError"
    assert "Source is not in the artifact store" in done.message
    assert "needs an input artifact" in workshop(None, inputs={}).message


@pytest.mark.parametrize(
    ("spec", "code", "words"),
    [
        (
            None,
            "YAML_FILE_ERROR",
            "YAML file does not exist: put buildspec.yml at the top of the source artifact",
        ),
        ("version: 0.2\nphases: [", "YAML_FILE_ERROR", "this is not YAML (line 2)"),
        ("version: 0.2\n", "YAML_FILE_ERROR", "phases are missing"),
    ],
)
def test_a_wrong_buildspec_fails_the_download(workshop, spec, code, words):
    done = workshop(spec, {"other": ""})
    assert done.failure == "JobFailed"
    assert f"Phase: DOWNLOAD_SOURCE, Code: {code}, Message: " in done.message
    assert words in done.message
    assert workshop.states() == {"FINALIZING": "SUCCEEDED"}


def test_a_listener_that_fails_is_told_in_the_log_and_changes_nothing(workshop):
    def fails(build):
        raise LookupError("nobody is at home")

    workshop.provider.on_change = fails
    assert "YAML_FILE_ERROR" in workshop("phases: 7").message
    assert "[Container] A listener failed: LookupError: nobody is at home" in workshop.log


def test_a_corrupt_input_fails_the_download(workshop, tmp_path):
    (tmp_path / "bad.zip").write_text("hello")
    done = workshop(None, inputs={"Source": tmp_path / "bad.zip"})
    assert done.failure == "JobFailed"
    assert "the input artifact Source cannot be used. bad.zip is not a zip file" in done.message


def test_a_project_has_its_buildspec_elsewhere_or_in_itself(workshop):
    workshop.provider = CodeBuild({"shop-build": Project("ci/spec.yml")}, yes=True)
    assert workshop(None, {"ci/spec.yml": "version: 0.2\n" + phases_of(build="echo there")}).failure == ""
    assert workshop.said == ["there"]
    assert "does not exist" in workshop(phases_of(build="true")).message
    workshop.provider = CodeBuild({"shop-build": Project("../../etc/passwd")}, yes=True)
    assert "does not exist" in workshop(phases_of(build="true")).message
    workshop.provider = CodeBuild(
        {"shop-build": Project("version: 0.2\n" + phases_of(build="echo own"))}, yes=True
    )
    assert workshop(None, {"a": ""}).failure == ""
    assert workshop.said == ["own"]


def test_nothing_is_built_without_a_yes():
    with pytest.raises(NotAllowed, match="a buildspec's commands"):
        CodeBuild()


# -- ends before the end -----------------------------------------------------------------------------------
SLEEP = "(exec -a {mark} sleep 300) & exec -a {mark} sleep 300"


@pytest.mark.parametrize(
    ("phase", "block"),
    [("install", "commands"), ("pre_build", "finally"), ("build", "commands"), ("post_build", "finally")],
)
def test_stopped_in_any_phase_it_leaves_no_process(way, workshop, phase, block):
    workshop.on_line = lambda line: workshop.stop.set() if line == "now" else None
    commands = {f"{phase}__finally": [], phase: ["true"]}
    commands[phase if block == "commands" else f"{phase}__finally"] = [
        "echo now",
        SLEEP.format(mark=workshop.mark),
    ]
    done = workshop("env: {shell: bash}\n" + phases_of(**commands))
    assert not workshop.left()
    assert workshop.build.status == "STOPPED"
    assert workshop.states()[phase.upper()] == "STOPPED"
    assert list(workshop.states())[-1] == phase.upper()
    assert (done.failure, "the build was stopped" in done.message) == ("JobFailed", True)


@pytest.mark.parametrize("name", [*BEFORE, "UPLOAD_ARTIFACTS", "FINALIZING"])
def test_stopped_between_commands_it_runs_none_any_more(workshop, name):
    workshop.on_line = lambda line: workshop.stop.set() if line.endswith(f"Entering phase {name}") else None
    workshop.sh(build="echo ran")
    assert workshop.build.status == "STOPPED"
    assert workshop.build.phases[-2].name == name
    assert ("ran" in workshop.said) == (name not in BEFORE)


def test_out_of_time(way, workshop):
    workshop.provider = CodeBuild(yes=True, limits=Limits(seconds=0.3))
    done = workshop(
        "env: {shell: bash}\n"
        + phases_of(
            build=SLEEP.format(mark=workshop.mark), build__finally="echo never", post_build="echo never"
        )
    )
    assert workshop.build.status == workshop.states()["BUILD"] == "TIMED_OUT"
    assert "state: TIMED_OUT. Phase: BUILD" in done.message
    assert "out of time after 0.3 seconds" in done.message
    assert workshop.said == []
    assert not workshop.left()


@pytest.mark.parametrize(
    ("command", "limits", "words"),
    [
        ("yes", Limits(output=5000), "more than 5000 bytes of output"),
        ("head -c 900000 /dev/zero > a; cp a b", Limits(disk=1_000_000), "grew to more than 1000000 bytes"),
    ],
)
def test_too_much(workshop, command, limits, words):
    workshop.provider = CodeBuild(yes=True, limits=limits)
    done = workshop.sh(build=command, **{"build__on-failure": "RETRY"})
    assert done.failure == "JobFailed"
    assert words in done.message
    assert list(workshop.states()) == ["INSTALL", "PRE_BUILD", "BUILD"]


def test_output_is_counted_over_the_whole_build(workshop):
    workshop.provider = CodeBuild(yes=True, limits=Limits(output=1500))
    done = workshop.sh(install="printf '%0999d\\n' 1", build="printf '%0999d\\n' 2")
    assert "Phase: BUILD, Code: LIMIT" in done.message


def test_a_build_that_forks_and_ends_does_not_hang(way, workshop):
    done = workshop("env: {shell: bash}\n" + phases_of(build=f"(exec -a {workshop.mark} sleep 300) &"))
    assert done.failure == ""
    assert not workshop.left()


def test_a_pattern_that_would_take_for_ever_takes_the_build_s_time_only(workshop):
    workshop.provider = CodeBuild(yes=True, limits=Limits(seconds=0.6))
    done = workshop.sh(build=f"echo {'a' * 60}; false", **{"build__on-failure": "RETRY-2-^(a+)+$x"})
    assert done.failure == "JobFailed"


def test_a_fault_of_the_machine_is_no_fault_of_the_build(workshop, monkeypatch):
    def full(*args, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cp_teach.work.codebuild.build_runner.Running", full)
    done = workshop.sh(build="true")
    assert done.failure == "SystemUnavailable"
    assert "No space left" in done.message
    assert workshop.build.phases[-1].status == workshop.build.status == "FAULT"


# -- commands that mean harm -------------------------------------------------------------------------------
@pytest.mark.parametrize("then", ["false", "true", "exit 0"])
@pytest.mark.parametrize(
    "trick",
    [
        "cd ..; mv src away; ln -s $SECRET src",
        "ln -s $SECRET/password app.jar",
        "ln -s $SECRET out",
        "cd ..; rm -rf state; ln -s $SECRET state",
        "cd ..; rm -f state/exported; ln -s $SECRET/exported state/exported",
        "cd ..; rm -f state/at state/exported; mkfifo state/at state/exported; exit 0",  # who reads it would wait
    ],
)
def test_a_link_to_a_file_of_yours_brings_nothing_of_it(workshop, tmp_path, trick, then):
    """What the jail hides must not come out through what is read after the commands."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "password").write_text("hunter2")
    (secret / "exported").write_text("TAG=hunter2\0")
    (secret / "at").write_text("hunter2")
    before = {path.name: path.read_text() for path in secret.iterdir()}
    action = json.dumps([{"name": "SECRET", "value": str(secret)}])
    done = workshop(
        "env: {exported-variables: [TAG]}\n"
        + phases_of(build=f"{trick}; {then}")
        + "\nartifacts: {files: ['**/*']}",
        {"app.txt": ""},
        outputs=["Built"],
        EnvironmentVariables=action,
    )
    assert "hunter2" not in str(done)
    for path in done.outputs.values():
        assert "hunter2" not in str(contents(path))
    if bubblewrap.working_bwrap():
        assert {path.name: path.read_text() for path in secret.iterdir()} == before


# -- what a face shows -------------------------------------------------------------------------------------
def test_builds_are_remembered_up_to_a_number(workshop, monkeypatch):
    monkeypatch.setattr(provider, "KEPT_BUILDS", 2)
    ids = [workshop.sh(build="true").external_id for _ in range(3)]
    assert list(workshop.provider.builds) == ids[1:]
    assert [build.number for build in workshop.provider.builds.values()] == [2, 3]


def test_a_build_can_be_watched_while_it_runs(workshop):
    seen = []
    workshop.on_line = lambda line: (
        seen.append((workshop.build.status, workshop.build.phases[-1])) if line == "x" else None
    )
    workshop.sh(build="echo x")
    ((status, phase),) = seen
    assert (status, phase.name) == ("IN_PROGRESS", "BUILD")


def test_two_builds_at_a_time_do_not_meet(workshop, tmp_path):
    others = [Workshop(tmp_path / name) for name in "ab"]
    for other in others:
        other.home.mkdir()
        other.provider = workshop.provider
    threads = [
        threading.Thread(target=other.sh, kwargs={"build": f"echo {number} > f; sleep 0.1; cat f"})
        for number, other in enumerate(others)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [other.said for other in others] == [["0"], ["1"]]
    assert sorted(build.number for build in workshop.provider.builds.values()) == [1, 2]
