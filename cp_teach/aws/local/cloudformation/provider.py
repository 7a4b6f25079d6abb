"""The provider CloudFormation, for real as far as moto goes: stacks and change sets, made from templates in artifacts.

Source: CodePipeline user guide, action-reference-CloudFormation.
"""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from cp_teach.aws.account.moto_account import World
from cp_teach.aws.backend.artifact_locations import bucket_of, key_of
from cp_teach.aws.backend.region_backend import LOCK as SERVICE
from cp_teach.aws.local.action_failed import Wrong, misconfigured
from cp_teach.aws.local.cloudformation.artifact_lookup import named, text
from cp_teach.aws.local.cloudformation.change_sets import ChangeSets
from cp_teach.aws.local.cloudformation.stack_deployer import FAILED, LOCK, Stacks
from cp_teach.aws.local.cloudformation.template_parameters import Given, given
from cp_teach.aws.local.cloudformation.template_validation import Template
from cp_teach.aws.local.s3_artifact_store import ACCOUNT, REGION
from cp_teach.aws.moto_plugin.template_evaluation import evaluation
from cp_teach.aws.server.serve_run import server
from cp_teach.engine.history.records import ActionRow, action_of
from cp_teach.pipeline.rules.configuration_rules import MODES, NEEDS
from cp_teach.work.artifacts.zip_artifacts import pack_as
from cp_teach.work.task import Done, Task

NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
ROLE = re.compile(r"arn:aws[\w-]*:iam::\d{12}:role/.+")
TRUSTED = "cloudformation.amazonaws.com"


class Place(NamedTuple):
    """Where an action works: its region, and its inputs as (bucket, key)."""

    region: str
    inputs: dict[str, tuple[str, str]]


class CloudFormation:
    """What the provider CloudFormation does with a deploy action: see ``Perform``.

    Its stacks are in moto's CloudFormation, in the action's region; boto3 and the AWS CLI see them and their resources
    at ``url``, the server of this process. They go when the process ends. moto makes some hundred types of resources,
    most of them without every property; a template with another type is refused. A stack policy is kept and not
    enforced, a role has to trust CloudFormation only where moto has it.
    """

    def __init__(self, *, region: str = REGION, account: str = ACCOUNT) -> None:
        self.region, self.account = region, account
        self.url = server().url

    def __call__(self, task: Task) -> Done:
        """Do what the action's mode says."""
        name = task.configuration.get("StackName", "")
        try:
            with LOCK, evaluation():
                return self._done(task, name)
        except Wrong as wrong:
            return Done(wrong.failure, wrong.message, external_id=self._external(task, name))

    def _done(self, task: Task, name: str) -> Done:
        mode = task.configuration.get("ActionMode", "")
        if mode not in MODES:
            raise misconfigured(f"ActionMode: {mode!r} is none of {', '.join(MODES)}.")
        if not NAME.fullmatch(name):
            raise misconfigured(
                f"StackName: {name!r} must begin with a letter, and have up to 128 letters, digits and hyphens."
            )
        if lacking := [key for key in NEEDS[mode] if not task.configuration.get(key)]:
            raise misconfigured(
                f"The mode {mode} needs {' and '.join(lacking)} in the action's configuration."
            )
        place = self._place(task)
        stacks = Stacks(self.account, place.region)
        role = "" if mode == "CHANGE_SET_EXECUTE" else self._role(task, place.region)
        if mode == "DELETE_ONLY":
            return self._delete(stacks, name)
        if mode == "CHANGE_SET_EXECUTE":
            change_set = task.configuration["ChangeSetName"]
            stack, changed = ChangeSets(stacks).execute(name, change_set)
            words = (
                f"Change set {change_set} was executed." if changed else f"Change set {change_set} is empty: "
            )
            return self._ended(task, stacks, stack, words if changed else f"{words}nothing was changed.")
        template, values, more = self._template(task, place)
        if mode == "CHANGE_SET_REPLACE":
            return self._change_set(task, stacks, name, template, values, more, role)
        stack = stacks.find(name)
        if stack is not None and mode == "REPLACE_ON_FAILURE" and stack.status in FAILED:
            task.log(f"The stack {name} is in {stack.status}: it is deleted, and made anew.")
            stacks.delete(stack)
            stack = None
        if stack is None:
            return self._ended(
                task, stacks, stacks.create(name, template, values, more, role), f"Stack {name} was created."
            )
        changed = stacks.update(stack, template, values, more, role)
        return self._ended(
            task,
            stacks,
            stack,
            f"Stack {name} was updated." if changed else "No updates are to be performed.",
        )

    def _delete(self, stacks: Stacks, name: str) -> Done:
        stack = stacks.find(name)
        if stack is None:
            return Done(message=f"There is no stack {name}: nothing was deleted.")
        stacks.delete(stack)
        return Done(message=f"Stack {name} was deleted.", external_id=stack.stack_id)

    def _change_set(
        self,
        task: Task,
        stacks: Stacks,
        name: str,
        template: Template,
        values: dict[str, str],
        more: Given,
        role: str,
    ) -> Done:
        change_set = task.configuration["ChangeSetName"]
        made = ChangeSets(stacks).replace(name, change_set, template, values, more, role)
        for change in made.changes:
            task.log(f"{change.action:7} {change.resource_type}  {change.logical_resource_id}")
        empty = made.status == "FAILED"
        words = "It contains no changes." if empty else f"Changes: {len(made.changes)}."
        stack = stacks.find(name)
        return self._ended(task, stacks, stack, f"Change set {change_set} was created. {words}")

    def _template(self, task: Task, place: Place) -> tuple[Template, dict[str, str], Given]:
        artifact, file = named(task, "TemplatePath")
        template = Template(text(task, artifact, file))
        template.acknowledged(task.configuration.get("Capabilities", ""))

        def where(name: str) -> tuple[str, str]:
            if name not in place.inputs:
                raise misconfigured(
                    f"Nobody knows where the artifact {name} lies: the pipeline is not behind the API. "
                    "Call show_work(workshop, local) before you release."
                )
            return place.inputs[name]

        more = given(task, where, place.region)
        return template, template.values(more.parameters), more

    def _ended(self, task: Task, stacks: Stacks, stack: Any, message: str) -> Done:
        """Hand on the outputs of the stack: as variables, and as a file where one was asked for."""
        outputs = stacks.outputs(stack)
        task.log(f"{stack.name}: {stack.status}")
        for key, value in outputs.items():
            task.log(f"{key} = {value}")
        made = {}
        file = task.configuration.get("OutputFileName", "")
        if file and task.outputs:
            if file.startswith("/") or ".." in file.split("/") or "\\" in file:
                raise misconfigured(
                    f"OutputFileName: {file!r} must be a name within the artifact: outputs.json."
                )
            (task.folder / "outputs.json").write_text(json.dumps(outputs, indent=2) + "\n", encoding="utf-8")
            pack_as(task.folder, {file: "outputs.json"}, task.folder / "outputs.zip")
            made = {task.outputs[0]: task.folder / "outputs.zip"}
        elif task.outputs:
            task.log("Without OutputFileName no output artifact is made.")
        return Done(message=message, outputs=made, variables=outputs, external_id=stack.stack_id)

    def _role(self, task: Task, region: str) -> str:
        role = task.configuration["RoleArn"]
        if not ROLE.fullmatch(role):
            raise misconfigured(
                f"RoleArn: {role!r} is no ARN of a role, as in arn:aws:iam::123456789012:role/deploy."
            )
        if World(self.account, region).trusts(role, TRUSTED) is False:
            raise Wrong(
                f"Role {role} is invalid or cannot be assumed. "
                f"Its trust policy must let {TRUSTED} call sts:AssumeRole.",
                "PermissionError",
            )
        return role

    def _place(self, task: Task) -> Place:
        """Told by the pipeline behind the API; without it the region is our own."""
        with SERVICE:
            hosted = server().region(self.account, self.region).hosted.get(task.pipeline)
            row: ActionRow | None = hosted.ledger.find(task.id) if hosted is not None else None
            if hosted is None or row is None:
                return Place(self.region, {})
            region = action_of(hosted.run.history.executions, row).region or self.region
            bucket = bucket_of(hosted.pipeline, region)
            return Place(region, {one.name: (bucket, key_of(hosted, one)) for one in row.inputs})

    def _external(self, task: Task, name: str) -> str:
        stack = Stacks(self.account, self._place(task).region).find(name)
        return stack.stack_id if stack is not None else ""

    def __repr__(self) -> str:
        return f"CloudFormation({self.region})"
