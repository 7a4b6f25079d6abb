"""Stacks, made and changed as CloudFormation does it: what fails is rolled back, and says in which state it stands.

moto makes the resources; it knows no rollback, so that is done here. Everything is kept in moto's CloudFormation, where
DescribeStacks, DescribeStackEvents and the services of the resources tell of it.
"""

from __future__ import annotations

import threading
import traceback
from typing import Any

from cp_teach.aws.local.action_failed import Wrong
from cp_teach.aws.local.cloudformation.template_parameters import Given
from cp_teach.aws.local.cloudformation.template_validation import Template

FAILED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")
"""States out of which no update leads (CloudFormation user guide: action reference, REPLACE_ON_FAILURE)."""
STEADY = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
"""States in which a stack can be updated."""
LOCK = threading.RLock()
"""Actions work at the same time; moto's CloudFormation is not made for that."""


class Stacks:
    """The stacks of one account in one region. Whatever cannot be done raises ``Wrong``."""

    def __init__(self, account: str, region: str) -> None:
        self.account, self.region = account, region

    @property
    def moto(self) -> Any:
        """moto's CloudFormation; looked up each time, for after a reset there is another one."""
        from moto.cloudformation.models import cloudformation_backends

        return cloudformation_backends[self.account][self.region]

    def find(self, name: str) -> Any:
        """The stack of that name; None where there is none."""
        return next((stack for stack in list(self.moto.stacks.values()) if stack.name == name), None)

    # -- making ------------------------------------------------------------------------------------------
    def create(self, name: str, template: Template, values: dict[str, str], given: Given, role: str) -> Any:
        """Make a stack. One that fails is rolled back, and stays in ROLLBACK_COMPLETE."""
        self.check(name, template, values)
        stack = self.empty(name, role)
        self.moto.stacks[stack.stack_id] = stack
        self.fill(stack, template, values, given)
        return stack

    def empty(self, name: str, role: str) -> Any:
        """A stack without anything in it, which moto does not know yet."""
        from moto.cloudformation.utils import generate_stack_id

        return self._new(generate_stack_id(name, self.region, self.account), name, {}, {}, role)

    def fill(self, stack: Any, template: Template, values: dict[str, str], given: Given) -> None:
        """Make the resources of a stack that has none yet."""
        stack._add_stack_event("CREATE_IN_PROGRESS", resource_status_reason="User Initiated")
        try:
            self._take(stack, template.text, values, given)
            stack.create_resources()
            if (
                stack.status != "CREATE_COMPLETE"
            ):  # moto lets some resources come up later; nobody asks again here
                stack.mark_creation_complete()
            self._export(stack)
            self.outputs(stack)
        except Exception as no:  # moto says in many ways that a resource cannot be made
            who, why = self._failed(stack, no, "CREATE_FAILED")
            self._undo_create(stack)
            raise Wrong(
                f"Failed to create stack {stack.name}. Current stack status: {stack.status}. Reason: {who}{why} "
                "Nothing of it is left, and it cannot be updated: delete it (ActionMode DELETE_ONLY), or replace it "
                "(REPLACE_ON_FAILURE)."
            ) from None

    def update(self, stack: Any, template: Template, values: dict[str, str], given: Given, role: str) -> bool:
        """Bring a stack to that template; False where nothing would change. One that fails goes back to what it was."""
        self.updatable(stack)
        self.check(stack.name, template, values)
        tags = given.tags or dict(stack.tags)
        if stack.has_template(template.text) and dict(stack.parameters) == values and stack.tags == tags:
            return False
        before = stack.template, dict(stack.parameters), dict(stack.tags)
        try:
            self._change(stack, template.text, values, tags, role)
            self._export(stack)
            self.outputs(stack)
            stack.policy = given.policy or stack.policy
        except Exception as no:  # as above
            who, why = self._failed(stack, no, "UPDATE_FAILED")
            self._undo_update(stack, *before)
            raise Wrong(
                f"Failed to update stack {stack.name}. Current stack status: {stack.status}. Reason: {who}{why} "
                "The stack is as it was before. Mend the template, and release again."
            ) from None
        return True

    def delete(self, stack: Any) -> None:
        """Delete a stack with its resources. One that cannot go stays in DELETE_FAILED."""
        if stack.enable_termination_protection:
            raise Wrong(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled. Take it off first."
            )
        try:
            if full := self._full(stack):
                raise ValueError(
                    f"The bucket you tried to delete is not empty: {full}. Empty it, or write DeletionPolicy: Retain."
                )
            self.moto.delete_stack(stack.stack_id)
        except Exception as no:  # as above
            self.moto.stacks[stack.stack_id] = stack  # moto has forgotten it already
            stack.status = "DELETE_FAILED"
            who, why = self._failed(stack, no, "DELETE_FAILED")
            stack._add_stack_event("DELETE_FAILED", resource_status_reason=why)
            raise Wrong(
                f"Failed to delete stack {stack.name}. Current stack status: DELETE_FAILED. Reason: {who}{why}"
            ) from None
        for key, change_set in list(self.moto.change_sets.items()):
            if change_set.stack_id == stack.stack_id:
                del self.moto.change_sets[key]

    def check(self, name: str, template: Template, values: dict[str, str]) -> None:
        """Look whether moto can read the template with these values. Nothing is made."""
        try:
            self._new("", name, template.text, values, "")
        except Exception as no:  # as above
            raise Wrong(f"The template cannot be used: {said(no)}") from None

    @staticmethod
    def updatable(stack: Any) -> None:
        """Look whether the state of a stack lets it be updated."""
        if stack.status not in STEADY:
            way = (
                "Delete it (ActionMode DELETE_ONLY), or replace it (REPLACE_ON_FAILURE)."
                if stack.status in FAILED
                else "Execute its change set, or delete the stack."
            )
            raise Wrong(f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated. {way}")

    @staticmethod
    def outputs(stack: Any) -> dict[str, str]:
        """The outputs of a stack, by name."""
        return {each["OutputKey"]: str(each["OutputValue"]) for each in stack.outputs or ()}

    # -- inside --------------------------------------------------------------------------------------------
    def _new(self, key: str, name: str, template: Any, values: dict[str, str], role: str) -> Any:
        from moto.cloudformation import models

        kind: Any = models.Stack  # mypy takes it for an abstract class
        return kind(
            key,
            name,
            template,
            values,
            self.account,
            self.region,
            role_arn=role or None,
            cross_stack_resources=self.moto.exports,
        )

    def _take(self, stack: Any, text: str, values: dict[str, str], given: Given) -> None:
        stack.template, stack.parameters, stack.tags = text, values, dict(given.tags)
        stack.cross_stack_resources = self.moto.exports
        stack._parse_template()
        stack.resource_map = stack._create_resource_map()
        stack.output_map = stack._create_output_map()
        if given.policy:
            stack.policy = given.policy

    def _change(self, stack: Any, text: str, values: dict[str, str], tags: dict[str, str], role: str) -> None:
        held = stack.resource_map
        held.cross_stack_resources = self.moto.exports
        held.resolved_parameters = {}  # moto would go on telling of parameters that are gone
        # What a condition has kept from being made is looked at anew.
        made = {
            name: says for name, says in held._resource_json_map.items() if name in held._parsed_resources
        }
        held._resource_json_map = made
        stack.update(text, role or stack.role_arn, parameters=values, tags=tags)
        stack.parameters = values
        self._forget(stack)

    @staticmethod
    def _forget(stack: Any) -> None:
        """moto remembers what it has deleted, and would not make it again."""
        held = stack.resource_map
        for name, made in list(held._parsed_resources.items()):
            if hasattr(made, "logical_resource_id") and name not in held._resource_json_map:
                del held._parsed_resources[name]

    def _export(self, stack: Any) -> None:
        exports = self.moto.exports
        mine = {each.name: each for each in stack.exports}
        for name in mine:
            if name in exports and exports[name].exporting_stack_id != stack.stack_id:
                raise ValueError(f"Export with name {name} is already exported by another stack.")
        for name, each in list(exports.items()):
            if each.exporting_stack_id == stack.stack_id and name not in mine:
                del exports[name]
        exports.update(mine)

    def _undo_create(self, stack: Any) -> None:
        stack._add_stack_event(
            "ROLLBACK_IN_PROGRESS", resource_status_reason="The stack could not be created."
        )
        try:
            stack.resource_map.delete()
            stack.status = "ROLLBACK_COMPLETE"
        except Exception:  # what has been made and cannot go
            stack.status = "ROLLBACK_FAILED"
        # moto makes what it is asked for and does not have: a stack that is gone must not come back by being looked at.
        stack.template_dict = {}
        stack.resource_map = stack._create_resource_map()
        stack.output_map = stack._create_output_map()
        stack._add_stack_event(stack.status)

    def _undo_update(self, stack: Any, text: str, values: dict[str, str], tags: dict[str, str]) -> None:
        stack._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS")
        try:
            self._forget(stack)
            self._change(stack, text, values, tags, "")
            self._export(stack)
            stack.status = "UPDATE_ROLLBACK_COMPLETE"
        except Exception:  # it can go neither on nor back
            stack.status = "UPDATE_ROLLBACK_FAILED"
        stack._add_stack_event(stack.status)

    def _full(self, stack: Any) -> str:
        """A bucket of the stack that has objects, which S3 would not delete; "" for none. moto lets it be, silently."""
        held = stack.resource_map
        for name, says in held._resource_json_map.items():
            bucket = held._parsed_resources.get(name)
            kept = says.get("DeletionPolicy") == "Retain"
            if says.get("Type") == "AWS::S3::Bucket" and not kept and getattr(bucket, "keys", None):
                return str(bucket.name)
        return ""

    def _failed(self, stack: Any, no: Exception, status: str) -> tuple[str, str]:
        """Tell the stack's events of the resource that failed; returns the beginning of a sentence, and the reason."""
        from moto.cloudformation.models import Event

        why = said(no)
        name, kind = _resource(stack, no)
        if not name:
            return "", why
        stack.events.append(Event(stack.stack_id, stack.name, name, "", kind, status, why, None))
        return f"The following resource(s) failed: [{name}]: ", why


def said(no: Exception) -> str:
    """What an exception of moto says, as a sentence."""
    from moto.core.exceptions import ServiceException

    if isinstance(no, KeyError):
        return f"There is no {no}."
    if not isinstance(no, ServiceException | ValueError):
        return f"moto cannot do this ({type(no).__name__}: {no}); AWS may."
    words = str(getattr(no, "message", "") or no or type(no).__name__).strip()
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _resource(stack: Any, no: Exception) -> tuple[str, str]:
    """The logical id and the type of the resource at which it happened; moto tells only by where it was."""
    found = ""
    for frame, _ in traceback.walk_tb(no.__traceback__):
        if frame.f_code.co_name in ("parse_and_create_resource", "parse_and_update_resource"):
            found = frame.f_locals["logical_id"]
    says = stack.template_dict.get("Resources", {}).get(found, {})
    return found, says.get("Type", "")
