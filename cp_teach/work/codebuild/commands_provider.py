"""The provider of the action Commands: it runs the shell commands of the action itself, as a build without a project.

Source: user guide, action-reference-Commands. On AWS, CodeBuild runs the commands in a container that CodePipeline
manages. Here they run like the commands of a buildspec: on this machine, in the jail, and within the limits of builds.
"""

from __future__ import annotations

from cp_teach.pipeline import Action
from cp_teach.work.codebuild.build_request import BuildRequest, InvalidConfiguration, missing_inputs
from cp_teach.work.codebuild.buildspec import NAME, ArtifactFiles, Buildspec, Phase
from cp_teach.work.codebuild.provider import CodeBuild
from cp_teach.work.task import Done, Task

ALL_FILES = ("**/*",)
"""The files of an output artifact that lists none."""


class Commands:
    """Runs the commands of Commands actions with the limits, the jail, and the list of builds of ``builds``.

    The commands find the files of the first input artifact in their folder, and those of another one in
    ``$CODEBUILD_SRC_DIR_NAME``. One shell runs them all; the first that fails ends the action with the message that AWS
    gives. The files that match ``files`` become the output artifact, and the environment variables that
    ``outputVariables`` names become its output variables.
    """

    def __init__(self, builds: CodeBuild) -> None:
        self.builds = builds

    def __call__(self, task: Task) -> Done:
        """Run the commands of one action; see ``Perform``."""
        try:
            request = commands_request(task)
        except InvalidConfiguration as error:
            return Done("ConfigurationError", str(error))
        done = self.builds.build(task, request, f"{task.pipeline}-{task.action}".replace(".", "-"))
        declared = request.spec.exported if request.spec is not None else ()
        return done._replace(
            variables={name: value for name, value in done.variables.items() if name in declared}
        )


def commands_request(task: Task) -> BuildRequest:
    """The build that runs the commands of a Commands action. Raises ``InvalidConfiguration``."""
    action = task.definition
    if action is None or not action.commands:
        raise InvalidConfiguration(f"{task.action} has no commands. List at least one under commands.")
    if problem := missing_inputs(task):
        raise InvalidConfiguration(problem)
    if not task.inputs:
        raise InvalidConfiguration(
            f"{task.action} has no input artifact. Give it an output artifact of an earlier action."
        )
    primary = task.configuration.get("PrimarySource") or next(iter(task.inputs))
    if primary not in task.inputs:
        raise InvalidConfiguration(
            f"PrimarySource is {primary!r}, which is not one of the input artifacts: {', '.join(task.inputs)}."
        )
    names = action.output_variables or ()
    if invalid := [name for name in names if not NAME.fullmatch(name)]:
        raise InvalidConfiguration(
            f"outputVariables has {invalid[0]!r}, which no shell can set. Use letters, digits, and _, with no digit "
            "first."
        )
    spec = Buildspec(
        "0.2", {"build": Phase(action.commands)}, exported=tuple(names), secondary=_output_files(action)
    )
    return BuildRequest(task.inputs, primary, task.outputs, "", _environment(action), spec)


def _output_files(action: Action) -> dict[str, ArtifactFiles]:
    return {output.name: ArtifactFiles(output.files or ALL_FILES) for output in action.outputs or ()}


def _environment(action: Action) -> dict[str, str]:
    values = {}
    for variable in action.environment_variables or ():
        if (variable.type or "PLAINTEXT") != "PLAINTEXT":
            raise InvalidConfiguration(
                f"The environment variable {variable.name} is of type {variable.type}, which needs AWS. Here, give a "
                "value that is not secret, of type PLAINTEXT."
            )
        values[variable.name] = variable.value
    return values
