"""Commands actions: their commands run like a build, and what they leave becomes artifacts and variables."""

import dataclasses
import json
import uuid
import zipfile

import pytest
from build_workshop import zipped

from cp_teach.pipeline import Action, ActionType, Pipeline
from cp_teach.pipeline.model.action import EnvironmentVariable, OutputArtifact
from cp_teach.work.codebuild.commands_provider import Commands
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.runtime.local_pipeline import LocalPipeline
from cp_teach.work.task import Task

COMMANDS = ActionType("Compute", "AWS", "Commands")


@pytest.fixture
def commands(tmp_path):
    """Run an action with these commands; returns what it has done, and what the commands have written."""

    def run(*lines, inputs=None, files=None, variables=(), environment=(), configuration=None):
        log = []
        folder = tmp_path / uuid.uuid4().hex
        folder.mkdir()
        sources = inputs or {"Source": {"page.txt": "hello"}}
        outputs = (OutputArtifact("Made", files),) if files is not None else ()
        task = Task(
            pipeline="shop",
            execution=1,
            execution_id=str(uuid.uuid4()),
            stage="Pack",
            action="Pack",
            attempt=1,
            id=str(uuid.uuid4()),
            configuration=configuration or {},
            inputs={name: zipped(folder / f"{name}.zip", content) for name, content in sources.items()},
            outputs=tuple(output.name for output in outputs),
            revisions={"Checkout": "4711abc"},
            folder=folder,
            definition=Action(
                "Pack",
                COMMANDS,
                commands=lines,
                outputs=outputs or None,
                output_variables=tuple(variables) or None,
                environment_variables=tuple(environment) or None,
            ),
            log=log.append,
        )
        done = Commands(CodeBuild(yes=True))(task)
        return done, [line for line in log if not line.startswith("[Container]")]

    return run


def test_the_commands_share_a_shell_that_begins_in_the_input_artifact(commands):
    done, written = commands("cat page.txt", "export A=1", "mkdir out && cd out", 'echo "$A in ${PWD##*/}"')
    assert done.failure == ""
    assert written == ["hello", "1 in out"]


def test_a_failing_command_fails_the_action_as_on_aws_and_is_the_last(commands):
    done, written = commands("echo one", "exit 3", "echo two")
    assert done.failure == "JobFailed"
    assert done.message == (
        "Build terminated with state: FAILED. Phase: BUILD, Code: COMMAND_EXECUTION_ERROR, "
        "Message: Error while executing command: exit 3. Reason: exit status 3"
    )
    assert written == ["one"]


def test_the_files_that_match_become_the_output_artifact(commands):
    done, _ = commands(
        "mkdir -p dist/css", "echo a > dist/a.js; echo b > dist/css/b.css", files=("dist/**/*",)
    )
    with zipfile.ZipFile(done.outputs["Made"]) as archive:
        assert sorted(archive.namelist()) == ["dist/a.js", "dist/css/b.css"]
    missing, _ = commands("true", files=("dist/*.js",))
    assert missing.failure == "JobFailed"
    assert "no matching artifact paths found: dist/*.js" in missing.message


def test_only_declared_variables_are_output_variables(commands):
    done, _ = commands("export TAG=1.2 OTHER=x", variables=("TAG", "CODEBUILD_BUILD_ID", "NEVER"))
    assert done.variables == {"TAG": "1.2", "CODEBUILD_BUILD_ID": done.external_id}


def test_environment_variables_and_further_inputs_reach_the_commands(commands):
    done, written = commands(
        'echo "$STAGE"',
        'cat "$CODEBUILD_SRC_DIR_Config/c.txt"',
        inputs={"Source": {"page.txt": ""}, "Config": {"c.txt": "configured\n"}},
        environment=[EnvironmentVariable("STAGE", "beta")],
    )
    assert (done.failure, written) == ("", ["beta", "configured"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"lines": ()}, "has no commands"),
        ({"variables": ("A-B",)}, "outputVariables has 'A-B', which no shell can set"),
        (
            {"environment": [EnvironmentVariable("KEY", "shop/key", "SECRETS_MANAGER")]},
            "SECRETS_MANAGER, which needs AWS",
        ),
        (
            {"configuration": {"PrimarySource": "Nope"}},
            "'Nope', which is not one of the input artifacts: Source",
        ),
    ],
)
def test_what_cannot_run_is_a_configuration_error(commands, given, words):
    lines = given.pop("lines", ("true",))
    done, _ = commands(*lines, **given)
    assert done.failure == "ConfigurationError"
    assert words in done.message


def test_variables_of_the_pipeline_are_filled_in_and_handed_on_in_a_workplace(tmp_path, content):
    pipeline = Pipeline.of("shop", Source="CodeCommit", Build="CodeBuild", Use="CodeBuild")
    source, build, use = pipeline.stages
    checkout = dataclasses.replace(source.actions[0], namespace="Code")
    pack = Action(
        "Pack",
        COMMANDS,
        inputs=checkout.output_names,
        namespace="Packed",
        commands=('export SHORT=$(echo "#{Code.CommitId}" | cut -c1-7)', 'echo "$SHORT #{Code.BranchName}"'),
        output_variables=("SHORT",),
    )
    then = Action("Then", COMMANDS, inputs=checkout.output_names, commands=("echo got #{Packed.SHORT}",))
    pipeline = dataclasses.replace(
        pipeline,
        pipeline_type="V2",
        stages=(
            dataclasses.replace(source, actions=(checkout,)),
            dataclasses.replace(build, actions=(pack,)),
            dataclasses.replace(use, actions=(then,)),
        ),
    )
    with LocalPipeline(pipeline, content, tmp_path / "place", yes=True) as place:
        assert place.simulated == []
        place.run.release("Pack it")
        assert place.settle(60)
        row = place.run.history.executions[1]
        assert row.status == "Succeeded"
        short = row.revisions[0].id[:7]
        assert f"{short} main" in place.output("Build")
        assert f"got {short}" in place.output("Use")
        assert json.dumps(dict(place.run.history.newest[1, "Build", "Pack"].variables)) == json.dumps(
            {"SHORT": short}
        )
        assert [build.status for build in place.builds] == ["SUCCEEDED", "SUCCEEDED"]
