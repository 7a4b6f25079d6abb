"""The CloudFormation provider: creates stacks and change sets on moto from templates in artifacts.

Source: CodePipeline user guide, action-reference-CloudFormation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from cp_teach.aws.account.artifact_buckets import artifact_bucket_of
from cp_teach.aws.account.moto_account import MotoAccount
from cp_teach.aws.backend.artifact_locations import key_of
from cp_teach.aws.local.action_failed import ActionFailed, misconfigured
from cp_teach.aws.local.cloudformation.artifact_lookup import artifact_and_file, read_text
from cp_teach.aws.local.cloudformation.change_sets import STACK_NAME, ChangeSets
from cp_teach.aws.local.cloudformation.stack_deployer import FAILED, Stacks
from cp_teach.aws.local.cloudformation.template_parameters import Location, read_stack_input
from cp_teach.aws.local.cloudformation.template_validation import Template
from cp_teach.aws.moto_plugin.template_evaluation import evaluation
from cp_teach.aws.server.loopback_server import ACCOUNT, Server
from cp_teach.aws.server.process_server import PROCESS
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.pipeline.rules.configuration_rules import MODES, NEEDS
from cp_teach.security.network.endpoints import REGION
from cp_teach.work.artifacts.zip_artifacts import pack_as
from cp_teach.work.task import Done, Task

if TYPE_CHECKING:
    from moto.cloudformation.models import Stack

Log = Callable[[str], None]

ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")
TRUSTED = "cloudformation.amazonaws.com"


class CloudFormation:
    """Implements deploy actions of the provider CloudFormation: see ``Perform``.

    Its stacks are in moto's CloudFormation, in the action's Region; boto3 and the AWS CLI see them and their resources
    at ``url``, the address of ``server``, which is the one that the process shares if none is given. They exist until
    the process ends. moto supports about a hundred resource types, most of them without all properties; a template with
    another type is refused. A stack policy is stored but not enforced. A role must trust CloudFormation only if moto
    has that role.
    """

    def __init__(self, *, region: str = REGION, server: Server | None = None) -> None:
        self.region, self.server = region, server or PROCESS.get()
        self.url = self.server.url

    def __call__(self, task: Task) -> Done:
        """Run the action in its mode."""
        name = task.configuration.get("StackName", "")
        lines: list[str] = []
        try:
            with self.server.lock, self.server.service.entered(), evaluation():
                done = self._run(task, name, lines.append)
        except ActionFailed as error:
            done = Done(error.failure, error.message, external_id=self._stack_id(task, name))
        for line in lines:  # after the lock is released, because a log can notify listeners that wait for it
            task.log(line)
        return done

    def _run(self, task: Task, name: str, log: Log) -> Done:
        mode = task.configuration.get("ActionMode", "")
        if mode not in MODES:
            raise misconfigured(f"ActionMode: {mode!r} is none of {', '.join(MODES)}.")
        if not STACK_NAME.fullmatch(name):
            raise misconfigured(
                f"StackName: {name!r} must begin with a letter and have up to 128 letters, digits and hyphens."
            )
        if missing := [key for key in NEEDS[mode] if not task.configuration.get(key)]:
            raise misconfigured(
                f"The mode {mode} needs {' and '.join(missing)} in the action's configuration."
            )
        location = self._location(task)
        stacks = Stacks(location.region)
        role = "" if mode == "CHANGE_SET_EXECUTE" else self._role(task, location.region)
        if mode == "DELETE_ONLY":
            return self._delete(stacks, name)
        if mode == "CHANGE_SET_EXECUTE":
            change_set = task.configuration["ChangeSetName"]
            executed, changed = ChangeSets(stacks).execute(name, change_set)
            message = "was executed." if changed else "is empty: nothing was changed."
            return self._output(task, stacks, executed, f"Change set {change_set} {message}", log)
        template = Template(read_text(task, *artifact_and_file(task, "TemplatePath")))
        template.check_capabilities(task.configuration.get("Capabilities", ""))
        stack_input = read_stack_input(task, template, location, role)
        if mode == "CHANGE_SET_REPLACE":
            change_set = task.configuration["ChangeSetName"]
            created = ChangeSets(stacks).replace(name, change_set, stack_input)
            for change in created.changes:
                log(f"{change.action:7} {change.resource_type}  {change.logical_resource_id}")
            empty = created.status == "FAILED"
            changes = "It contains no changes." if empty else f"Changes: {len(created.changes)}."
            message = f"Change set {change_set} was created. {changes}"
            return self._output(task, stacks, created.stack, message, log)
        stack = stacks.find(name)
        if stack is not None and mode == "REPLACE_ON_FAILURE" and stack.status in FAILED:
            log(f"The stack {name} is in {stack.status}: it is deleted and created again.")
            stacks.delete(stack)
            stack = None
        if stack is None:
            stack = stacks.create(name, stack_input)
            return self._output(task, stacks, stack, f"Stack {name} was created.", log)
        changed = stacks.update(stack, stack_input)
        message = f"Stack {name} was updated." if changed else "No updates are to be performed."
        return self._output(task, stacks, stack, message, log)

    def _delete(self, stacks: Stacks, name: str) -> Done:
        stack = stacks.find(name)
        if stack is None:
            return Done(message=f"There is no stack {name}: nothing was deleted.")
        stacks.delete(stack)
        return Done(message=f"Stack {name} was deleted.", external_id=stack.stack_id)

    def _output(self, task: Task, stacks: Stacks, stack: Stack, message: str, log: Log) -> Done:
        """The result with the outputs of the stack: as variables, and as a file if OutputFileName is set."""
        outputs = stacks.outputs(stack)
        log(f"{stack.name}: {stack.status}")
        for key, value in outputs.items():
            log(f"{key} = {value}")
        artifacts = {}
        file = task.configuration.get("OutputFileName", "")
        if file and task.outputs:
            if file.startswith("/") or ".." in file.split("/") or "\\" in file:
                raise misconfigured(
                    f"OutputFileName: {file!r} must be a name within the artifact, such as outputs.json."
                )
            (task.folder / "outputs.json").write_text(json.dumps(outputs, indent=2) + "\n", encoding="utf-8")
            pack_as(task.folder, {file: "outputs.json"}, task.folder / "outputs.zip")
            artifacts = {task.outputs[0]: task.folder / "outputs.zip"}
        elif task.outputs:
            log("The action has no OutputFileName, so it has no output artifact.")
        return Done(message=message, outputs=artifacts, variables=outputs, external_id=stack.stack_id)

    def _role(self, task: Task, region: str) -> str:
        role = task.configuration["RoleArn"]
        if not ROLE.fullmatch(role):
            raise misconfigured(
                f"RoleArn: {role!r} is not the ARN of a role, such as arn:aws:iam::123456789012:role/deploy."
            )
        if MotoAccount(ACCOUNT, region).trusts(role, TRUSTED) is False:
            raise ActionFailed(
                f"Role {role} is invalid or cannot be assumed. "
                f"Its trust policy must allow {TRUSTED} to call sts:AssumeRole.",
                "PermissionError",
            )
        return role

    def _location(self, task: Task) -> Location:
        """The location of the action. Without a pipeline behind the API, only the default Region is known."""
        with self.server.lock:
            hosted = self.server.region(name=self.region).pipelines.get(task.pipeline)
            row: ActionRow | None = hosted.metadata.find(task.id) if hosted is not None else None
            if hosted is None or row is None:
                return Location(self.region, {})
            region = action_of(hosted.run.history.executions, row).region or self.region
            bucket = artifact_bucket_of(hosted.pipeline, region)
            return Location(region, {item.name: (bucket, key_of(hosted, item)) for item in row.inputs})

    def _stack_id(self, task: Task, name: str) -> str:
        stack = Stacks(self._location(task).region).find(name)
        return stack.stack_id if stack is not None else ""

    def __repr__(self) -> str:
        return f"CloudFormation({self.region})"
