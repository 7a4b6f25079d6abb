"""The provider of an action that nothing here can do: it checks what can be checked, and simulates the outcome."""

from __future__ import annotations

from collections.abc import Callable

from cp_teach.pipeline import Action
from cp_teach.work.provider_checks.artifact_reader import Artifacts, CheckFailed, Reader, readers
from cp_teach.work.provider_checks.check_data import provider_checks
from cp_teach.work.provider_checks.configuration_check import check_configuration, unknown_keys
from cp_teach.work.provider_checks.ecs_files import check_blue_green, check_ecs
from cp_teach.work.simulation.artifact_contents import files_of_zip, simulation_note, zip_of_files
from cp_teach.work.task import Done, Task


def check_action(task: Task, action: Action, artifacts: Artifacts | None) -> str:
    """Check the configuration of an action and the files that it reads from ``artifacts``, its input artifacts; with
    None, files are not checked. Returns a sentence about what was found, or "". Raises ``CheckFailed``."""
    check_configuration(task, action, artifacts)
    special = SPECIAL_CHECKS.get((action.category, action.provider))
    if special is None or artifacts is None:
        return ""
    return special(task, readers(artifacts, task.action))


class SimulatedAction:
    """Checks the configuration of an action and the files that it reads, and then simulates its success.

    ``checks.toml`` says what is checked for each provider. The message of the action says that it was simulated; its
    output artifacts hold the files of its inputs, and what later actions read. The run makes up its output variables.
    """

    def __call__(self, task: Task) -> Done:
        """Check and simulate one action; see ``Perform``."""
        action = task.definition
        if action is None:
            return Done(
                "JobFailed", f"{task.action} cannot be simulated, because its declaration is unknown."
            )
        for sentence in unknown_keys(task, action):
            task.log(sentence)
        try:
            found = check_action(task, action, task.inputs)
        except CheckFailed as error:
            return Done(error.failure, str(error))
        check = provider_checks().get((action.category, action.provider))
        simulated = check.simulated if check is not None else f"{action.provider} was not called"
        message = " ".join(filter(None, [f"Simulated: {simulated.replace('`', '')}.", found]))
        task.log(message)
        self._write_outputs(task, action)
        outputs = {name: task.folder / f"{number}.zip" for number, name in enumerate(task.outputs)}
        return Done(message=message, outputs=outputs)

    def _write_outputs(self, task: Task, action: Action) -> None:
        files: dict[str, bytes] = {}
        for path in task.inputs.values() if task.outputs else ():
            files |= files_of_zip(path.read_bytes())
        if action.category != "Source":
            files |= simulation_note(task.stage, action)
        for number, name in enumerate(task.outputs):
            contents = zip_of_files({**task.needed_files.get(name, {}), **files})
            (task.folder / f"{number}.zip").write_bytes(contents)


def _check_dockerfile(task: Task, reader: Reader) -> str:
    """The Dockerfile of an image must be in the artifact; its location may be its folder."""
    if not task.inputs:
        raise CheckFailed(f"{task.action} has no input artifact. Give it the artifact with the Dockerfile.")
    artifact = reader(next(iter(task.inputs)))
    place = task.configuration.get("DockerFilePath") or "Dockerfile"
    folder = place.strip().removeprefix("./").strip("/")
    candidates = (place, f"{folder}/Dockerfile" if folder not in ("", ".") else "Dockerfile")
    path = next((found for each in candidates if (found := artifact.find(each))), None)
    if path is None:
        raise CheckFailed(
            f"{task.action} finds no Dockerfile at {place}. {artifact.contents()} Set DockerFilePath.",
            "JobFailed",
        )
    tags = task.configuration.get("ImageTags") or "latest"
    return f"It would be {task.configuration['ECRRepositoryName']} with the tags {tags}, from {path}."


def _check_has_files(task: Task, reader: Reader) -> str:
    """The artifact of a deployment must have files."""
    if not task.inputs:
        raise CheckFailed(f"{task.action} has no input artifact. Give it one to deploy.")
    artifact = reader(next(iter(task.inputs)))
    if not artifact.files:
        raise CheckFailed(f"{artifact.contents()} There is nothing to deploy.", "JobFailed")
    return ""


SPECIAL_CHECKS: dict[tuple[str, str], Callable[[Task, Reader], str]] = {
    ("Deploy", "ECS"): check_ecs,
    ("Deploy", "CodeDeployToECS"): check_blue_green,
    ("Build", "ECRBuildAndPublish"): _check_dockerfile,
    ("Deploy", "ElasticBeanstalk"): _check_has_files,
}
"""Checks that need more than the table of ``checks.toml``. Each returns a sentence about what it found."""
