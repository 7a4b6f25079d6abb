"""Change sets: create and execute them in moto's CloudFormation, where DescribeChangeSet returns them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cp_teach.aws.local.action_failed import ActionFailed, misconfigured
from cp_teach.aws.local.cloudformation.stack_deployer import Stacks
from cp_teach.aws.local.cloudformation.template_parameters import StackInput
from cp_teach.aws.local.cloudformation.template_validation import Template

if TYPE_CHECKING:
    from moto.cloudformation.models import ChangeSet, Stack

STACK_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
"""The name of a stack or of a change set (API reference: CreateStack, CreateChangeSet)."""
REVIEW = "REVIEW_IN_PROGRESS"
AVAILABLE, DONE = "AVAILABLE", "EXECUTE_COMPLETE"


class ChangeSets:
    """The change sets of the stacks of one Region."""

    def __init__(self, stacks: Stacks) -> None:
        self.stacks = stacks

    def find(self, stack: str, name: str) -> ChangeSet | None:
        """The change set of that name for that stack; None if there is none."""
        change_sets = list(self.stacks.moto.change_sets.values())
        return next((c for c in change_sets if (c.stack_name, c.change_set_name) == (stack, name)), None)

    def replace(self, stack_name: str, name: str, stack_input: StackInput) -> ChangeSet:
        """Create a change set for a new or existing stack, in place of one with this name. Raises ``ActionFailed``."""
        from moto.cloudformation.models import Change

        if not STACK_NAME.fullmatch(name):
            raise misconfigured(
                f"ChangeSetName: {name!r} must begin with a letter and contain only letters, digits and hyphens."
            )
        moto, template, values = self.stacks.moto, stack_input.template, stack_input.parameters
        stack = self.stacks.find(stack_name)
        new = stack is None or stack.status == REVIEW
        if stack is not None and not new:
            self.stacks.require_updatable(stack)
        self.stacks.check(stack_name, stack_input)
        if (old := self.find(stack_name, name)) is not None:
            del moto.change_sets[old.change_set_id]
        kind = "CREATE" if new else "UPDATE"
        tags = stack_input.tags or None
        key, stack_id = moto.create_change_set(
            stack_name, name, template.text, values, "", kind, tags=tags, role_arn=stack_input.role or None
        )
        change_set = moto.change_sets[key]
        if new and stack is not None:  # moto has created a second stack of that name
            del moto.stacks[stack_id]
            change_set.stack, change_set.stack_id = stack, stack.stack_id
        if not new:
            by_action = change_set.stack.resource_map.build_resource_diff(change_set.template_dict, values)
            resources = {**change_set.stack.template_dict["Resources"], **template.resources}
            change_set.changes = [
                Change(action, resource, resources[resource]["Type"])
                for action, names in by_action.items()
                for resource in names
            ]
            if tags and tags != change_set.stack.tags and change_set.execution_status != AVAILABLE:
                change_set.status, change_set.execution_status = "CREATE_COMPLETE", AVAILABLE
                change_set.status_reason = None
        vars(change_set)["stack_policy"] = stack_input.policy  # moto's change sets have none
        return change_set

    def execute(self, stack_name: str, name: str) -> tuple[Stack, bool]:
        """Execute a change set; returns the stack, and whether there were changes. Raises ``ActionFailed``."""
        change_set = self.find(stack_name, name)
        if change_set is None:
            change_sets = self.stacks.moto.change_sets.values()
            names = [other.change_set_name for other in change_sets if other.stack_name == stack_name]
            raise ActionFailed(
                f"ChangeSet [{name}] does not exist for the stack {stack_name}. It has: {', '.join(names) or 'none'}. "
                "Create it by an action with CHANGE_SET_REPLACE and the same names, in an earlier run order."
            )
        stack = change_set.stack
        if change_set.status == "FAILED":  # it is empty
            return stack, False
        if change_set.execution_status != AVAILABLE:
            raise ActionFailed(
                f"ChangeSet [{change_set.change_set_id}] cannot be executed in its current execution status of "
                f"[{change_set.execution_status}]. Create it again with CHANGE_SET_REPLACE."
            )
        stack_input = StackInput(
            Template(change_set.template),
            dict(change_set.parameters),
            dict(change_set.tags or {}),
            getattr(change_set, "stack_policy", ""),
            change_set.role_arn or "",
        )
        change_set.execution_status = "EXECUTE_FAILED"
        if change_set.change_set_type == "CREATE":
            if stack.status != REVIEW:
                raise ActionFailed(
                    f"Failed to execute change set {name}. Current stack status: {stack.status}. "
                    "It was created before the stack existed. Create it again with CHANGE_SET_REPLACE."
                )
            self.stacks.check(stack_name, stack_input)
            stack.role_arn = change_set.role_arn
            self.stacks.fill(stack, stack_input)
        else:
            self.stacks.update(stack, stack_input)
        change_set.execution_status = DONE
        # CloudFormation deletes the other change sets of the stack, because they refer to its earlier state.
        for key, other in list(self.stacks.moto.change_sets.items()):
            if other.stack_id == stack.stack_id and other is not change_set:
                del self.stacks.moto.change_sets[key]
        return stack, True
