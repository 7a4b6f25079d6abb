"""Change sets: what a template would change in a stack, kept until somebody executes it.

They lie in moto's CloudFormation, where DescribeChangeSet tells of them.
"""

from __future__ import annotations

import re
from typing import Any

from cp_teach.aws.local.action_failed import Wrong, misconfigured
from cp_teach.aws.local.cloudformation.stack_deployer import Stacks
from cp_teach.aws.local.cloudformation.template_parameters import Given
from cp_teach.aws.local.cloudformation.template_validation import Template

NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
REVIEW = "REVIEW_IN_PROGRESS"
AVAILABLE, DONE = "AVAILABLE", "EXECUTE_COMPLETE"


class ChangeSets:
    """The change sets of the stacks of one account in one region."""

    def __init__(self, stacks: Stacks) -> None:
        self.stacks = stacks

    def find(self, stack: str, name: str) -> Any:
        """The change set of that name for that stack; None where there is none."""
        found = list(self.stacks.moto.change_sets.values())
        return next((one for one in found if (one.stack_name, one.change_set_name) == (stack, name)), None)

    def replace(
        self, stack_name: str, name: str, template: Template, values: dict[str, str], given: Given, role: str
    ) -> Any:
        """Make a change set, for a stack that there is or shall be; one of that name goes. Raises ``Wrong``."""
        from moto.cloudformation.models import Change

        if not NAME.fullmatch(name):
            raise misconfigured(
                f"ChangeSetName: {name!r} must begin with a letter, and have letters, digits and hyphens only."
            )
        moto = self.stacks.moto
        stack = self.stacks.find(stack_name)
        new = stack is None or stack.status == REVIEW
        if stack is not None and not new:
            self.stacks.updatable(stack)
        self.stacks.check(stack_name, template, values)
        if (old := self.find(stack_name, name)) is not None:
            del moto.change_sets[old.change_set_id]
        kind = "CREATE" if new else "UPDATE"
        tags = given.tags or None
        key, made = moto.create_change_set(
            stack_name, name, template.text, values, "", kind, tags=tags, role_arn=role or None
        )
        found = moto.change_sets[key]
        if new and stack is not None:  # moto has made a second stack of that name
            del moto.stacks[made]
            found.stack, found.stack_id = stack, stack.stack_id
        if not new:
            by_action = found.stack.resource_map.build_resource_diff(found.template_dict, values)
            known = {**found.stack.template_dict["Resources"], **template.resources}
            found.changes = [
                Change(action, one, known[one]["Type"])
                for action, names in by_action.items()
                for one in names
            ]
            if tags and tags != found.stack.tags and found.execution_status != AVAILABLE:
                found.status, found.execution_status, found.status_reason = "CREATE_COMPLETE", AVAILABLE, None
        found.given = given  # what moto has no place for: the stack policy
        return found

    def execute(self, stack_name: str, name: str) -> tuple[Any, bool]:
        """Execute a change set; returns the stack, and whether anything was to be changed. Raises ``Wrong``."""
        found = self.find(stack_name, name)
        if found is None:
            have = [
                one.change_set_name
                for one in self.stacks.moto.change_sets.values()
                if one.stack_name == stack_name
            ]
            raise Wrong(
                f"ChangeSet [{name}] does not exist for the stack {stack_name}. It has: {', '.join(have) or 'none'}. "
                "An action with CHANGE_SET_REPLACE, in an earlier run order, makes one of the same names."
            )
        stack = found.stack
        if found.status == "FAILED":  # it is empty
            return stack, False
        if found.execution_status != AVAILABLE:
            raise Wrong(
                f"ChangeSet [{found.change_set_id}] cannot be executed in its current execution status of "
                f"[{found.execution_status}]. Make it anew with CHANGE_SET_REPLACE."
            )
        template = Template(found.template)
        given = getattr(found, "given", None) or Given(tags=dict(found.tags or {}))
        found.execution_status = "EXECUTE_FAILED"
        if found.change_set_type == "CREATE":
            if stack.status != REVIEW:
                raise Wrong(
                    f"Failed to execute change set {name}. Current stack status: {stack.status}. "
                    "It was made for a stack that there was not yet. Make it anew with CHANGE_SET_REPLACE."
                )
            self.stacks.check(stack_name, template, dict(found.parameters))
            stack.role_arn = found.role_arn
            self.stacks.fill(stack, template, dict(found.parameters), given)
        else:
            self.stacks.update(stack, template, dict(found.parameters), given, found.role_arn or "")
        found.execution_status = DONE
        # CloudFormation deletes a stack's other change sets: they were made against what is no more.
        for key, one in list(self.stacks.moto.change_sets.items()):
            if one.stack_id == stack.stack_id and one is not found:
                del self.stacks.moto.change_sets[key]
        return stack, True
