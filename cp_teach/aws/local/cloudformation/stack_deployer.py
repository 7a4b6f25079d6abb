"""Create, update, and delete stacks as CloudFormation does: a failed operation is rolled back.

moto creates the resources but has no rollback, so this module adds it. Everything is stored in moto's CloudFormation,
where DescribeStacks, DescribeStackEvents and the services of the resources return it. Callers hold the service's lock,
because moto's CloudFormation does not support concurrent operations.

moto's stack has no public method for most of these steps, so this module calls private ones (``_add_stack_event``,
``_parse_template``, ``_create_resource_map``, ``_create_output_map``, ``_resource_json_map``, ``_parsed_resources``).
tests/aws/local/test_real_stacks.py fails if moto changes them.
"""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

from cp_teach.aws.local.action_failed import ActionFailed
from cp_teach.aws.local.cloudformation.template_parameters import StackInput
from cp_teach.aws.server.loopback_server import ACCOUNT

if TYPE_CHECKING:
    from moto.cloudformation.models import CloudFormationBackend, Stack

FAILED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")
"""States in which a stack can never be updated (CloudFormation user guide: action reference, REPLACE_ON_FAILURE)."""
STEADY = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
"""States in which a stack can be updated."""


class Stacks:
    """The stacks of one Region. An operation that fails raises ``ActionFailed``."""

    def __init__(self, region: str) -> None:
        self.region = region

    @property
    def moto(self) -> CloudFormationBackend:
        """moto's CloudFormation. It is not stored, because a reset replaces it."""
        from moto.cloudformation.models import cloudformation_backends

        return cloudformation_backends[ACCOUNT][self.region]

    def find(self, name: str) -> Stack | None:
        """The stack of that name; None if there is none."""
        return next((stack for stack in list(self.moto.stacks.values()) if stack.name == name), None)

    # -- operations --------------------------------------------------------------------------------------
    def create(self, name: str, stack_input: StackInput) -> Stack:
        """Create a stack. If that fails, it is rolled back and remains in ROLLBACK_COMPLETE."""
        from moto.cloudformation.utils import generate_stack_id

        self.check(name, stack_input)
        key = generate_stack_id(name, self.region, ACCOUNT)
        stack = self.moto.stacks[key] = self._new(key, name, {}, {}, stack_input.role)
        self.fill(stack, stack_input)
        return stack

    def fill(self, stack: Stack, stack_input: StackInput) -> None:
        """Create the resources of an empty stack."""
        stack._add_stack_event("CREATE_IN_PROGRESS", resource_status_reason="User Initiated")
        try:
            self._set_template(stack, stack_input)
            stack.create_resources()
            if stack.status != "CREATE_COMPLETE":  # moto completes some resources at a later request
                stack.mark_creation_complete()
            self._export(stack)
            self.outputs(stack)
        except Exception as error:  # moto raises many types for a resource that it cannot create
            reason = self._record_failure(stack, error, "CREATE_FAILED")
            self._undo_create(stack)
            raise ActionFailed(
                f"Failed to create stack {stack.name}. Current stack status: {stack.status}. Reason: {reason} "
                "Its resources were deleted, and it cannot be updated: delete it (ActionMode DELETE_ONLY), or replace "
                "it (REPLACE_ON_FAILURE)."
            ) from None

    def update(self, stack: Stack, stack_input: StackInput) -> bool:
        """Update a stack; False if nothing would change. If the update fails, it is rolled back."""
        self.require_updatable(stack)
        self.check(stack.name, stack_input)
        text, values = stack_input.template.text, stack_input.parameters
        tags = stack_input.tags or dict(stack.tags)
        if stack.has_template(text) and dict(stack.parameters) == values and stack.tags == tags:
            return False
        template_before: Any = stack.template  # moto declares a dictionary, too, but stores only text
        before = template_before, dict(stack.parameters), dict(stack.tags)
        try:
            self._change(stack, text, values, tags, stack_input.role)
            self._export(stack)
            self.outputs(stack)
            stack.policy = stack_input.policy or stack.policy
        except Exception as error:  # as above
            reason = self._record_failure(stack, error, "UPDATE_FAILED")
            self._undo_update(stack, *before)
            raise ActionFailed(
                f"Failed to update stack {stack.name}. Current stack status: {stack.status}. Reason: {reason} "
                "The stack is in its earlier state. Correct the template, and release again."
            ) from None
        return True

    def delete(self, stack: Stack) -> None:
        """Delete a stack and its resources. If that fails, the stack remains in DELETE_FAILED."""
        if stack.enable_termination_protection:
            raise ActionFailed(
                f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled. Disable it first."
            )
        try:
            if bucket := self._bucket_with_objects(stack):
                raise ValueError(
                    f"The bucket you tried to delete is not empty: {bucket}. Empty it, or write DeletionPolicy: Retain."
                )
            self.moto.delete_stack(stack.stack_id)
        except Exception as error:  # as above
            self.moto.stacks[stack.stack_id] = stack  # moto has already removed it
            stack.status = "DELETE_FAILED"
            reason = self._record_failure(stack, error, "DELETE_FAILED")
            stack._add_stack_event("DELETE_FAILED", resource_status_reason=reason_of(error))
            raise ActionFailed(
                f"Failed to delete stack {stack.name}. Current stack status: DELETE_FAILED. Reason: {reason}"
            ) from None
        for key, change_set in list(self.moto.change_sets.items()):
            if change_set.stack_id == stack.stack_id:
                del self.moto.change_sets[key]

    def check(self, name: str, stack_input: StackInput) -> None:
        """Check that moto can parse the template with these values, without creating anything."""
        try:
            self._new("", name, stack_input.template.text, stack_input.parameters, "")
        except Exception as error:  # as above
            raise ActionFailed(f"The template cannot be used: {reason_of(error)}") from None

    @staticmethod
    def require_updatable(stack: Stack) -> None:
        """Raises ``ActionFailed`` if a stack in this state cannot be updated."""
        if stack.status not in STEADY:
            advice = (
                "Delete it (ActionMode DELETE_ONLY), or replace it (REPLACE_ON_FAILURE)."
                if stack.status in FAILED
                else "Execute its change set, or delete the stack."
            )
            raise ActionFailed(
                f"Stack:{stack.stack_id} is in {stack.status} state and can not be updated. {advice}"
            )

    @staticmethod
    def outputs(stack: Stack) -> dict[str, str]:
        """The outputs of a stack, by name."""
        return {output["OutputKey"]: str(output["OutputValue"]) for output in stack.outputs or ()}

    # -- steps ---------------------------------------------------------------------------------------------
    def _new(self, key: str, name: str, template: Any, values: dict[str, str], role: str) -> Stack:
        from moto.cloudformation import models

        kind: Any = models.Stack  # an abstract class to mypy
        stack: Stack = kind(
            key,
            name,
            template,
            values,
            ACCOUNT,
            self.region,
            role_arn=role or None,
            cross_stack_resources=self.moto.exports,
        )
        return stack

    def _set_template(self, stack: Stack, stack_input: StackInput) -> None:
        stack.template, stack.parameters = stack_input.template.text, stack_input.parameters
        stack.tags = dict(stack_input.tags)
        stack.cross_stack_resources = self.moto.exports
        stack._parse_template()
        stack.resource_map = stack._create_resource_map()
        stack.output_map = stack._create_output_map()
        if stack_input.policy:
            stack.policy = stack_input.policy

    def _change(
        self, stack: Stack, text: str, values: dict[str, str], tags: dict[str, str], role: str
    ) -> None:
        resources = stack.resource_map
        resources.cross_stack_resources = self.moto.exports
        resources.resolved_parameters = {}  # otherwise moto would still return parameters that no longer exist
        # Resources that a condition has excluded are evaluated again.
        resources._resource_json_map = {
            name: definition
            for name, definition in resources._resource_json_map.items()
            if name in resources._parsed_resources
        }
        stack.update(text, role or stack.role_arn, parameters=values, tags=tags)
        stack.parameters = values
        self._forget_deleted(stack)

    @staticmethod
    def _forget_deleted(stack: Stack) -> None:
        """Remove deleted resources from moto's records, because moto would not create them again."""
        resources = stack.resource_map
        for name, resource in list(resources._parsed_resources.items()):
            if hasattr(resource, "logical_resource_id") and name not in resources._resource_json_map:
                del resources._parsed_resources[name]

    def _export(self, stack: Stack) -> None:
        exports = self.moto.exports
        own = {export.name: export for export in stack.exports}
        for name in own:
            if name in exports and exports[name].exporting_stack_id != stack.stack_id:
                raise ValueError(f"Export with name {name} is already exported by another stack.")
        for name, export in list(exports.items()):
            if export.exporting_stack_id == stack.stack_id and name not in own:
                del exports[name]
        exports.update(own)

    def _undo_create(self, stack: Stack) -> None:
        stack._add_stack_event(
            "ROLLBACK_IN_PROGRESS", resource_status_reason="The stack could not be created."
        )
        try:
            stack.resource_map.delete()
            stack.status = "ROLLBACK_COMPLETE"
        except Exception:  # a resource cannot be deleted
            stack.status = "ROLLBACK_FAILED"
        # moto creates missing resources when a client reads the stack, so the stack must not refer to any.
        stack.template_dict = {}
        stack.resource_map = stack._create_resource_map()
        stack.output_map = stack._create_output_map()
        stack._add_stack_event(stack.status)

    def _undo_update(self, stack: Stack, text: str, values: dict[str, str], tags: dict[str, str]) -> None:
        stack._add_stack_event("UPDATE_ROLLBACK_IN_PROGRESS")
        try:
            self._forget_deleted(stack)
            self._change(stack, text, values, tags, "")
            self._export(stack)
            stack.status = "UPDATE_ROLLBACK_COMPLETE"
        except Exception:  # neither the new nor the old template works
            stack.status = "UPDATE_ROLLBACK_FAILED"
        stack._add_stack_event(stack.status)

    def _bucket_with_objects(self, stack: Stack) -> str:
        """A bucket of the stack that has objects, which S3 would not delete; "" for none. moto silently skips it."""
        resources = stack.resource_map
        for name, definition in resources._resource_json_map.items():
            bucket: Any = resources._parsed_resources.get(name)
            retained = definition.get("DeletionPolicy") == "Retain"
            if definition.get("Type") == "AWS::S3::Bucket" and not retained and getattr(bucket, "keys", None):
                return str(bucket.name)
        return ""

    def _record_failure(self, stack: Stack, error: Exception, status: str) -> str:
        """Add an event for the resource that failed; returns the reason as one or two sentences."""
        from moto.cloudformation.models import Event

        reason = reason_of(error)
        name, kind = _failed_resource(stack, error)
        if not name:
            return reason
        stack.events.append(Event(stack.stack_id, stack.name, name, "", kind, status, reason, None))
        return f"The following resource(s) failed: [{name}]: {reason}"


def reason_of(error: Exception) -> str:
    """The message of an exception of moto, as a sentence."""
    from moto.core.exceptions import ServiceException

    if isinstance(error, KeyError):
        return f"There is no {error}."
    if not isinstance(error, ServiceException | ValueError):
        return f"moto cannot do this ({type(error).__name__}: {error}); AWS might."
    message = str(getattr(error, "message", "") or error or type(error).__name__).strip()
    return message if message.endswith((".", "!", "?")) else f"{message}."


def _failed_resource(stack: Stack, error: Exception) -> tuple[str, str]:
    """The logical ID and type of the resource that failed. moto's exception does not have them, so they come from the
    traceback: a local variable of the function that was creating or updating the resource."""
    logical_id = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_name in ("parse_and_create_resource", "parse_and_update_resource"):
            logical_id = frame.f_locals["logical_id"]
    definition = stack.template_dict.get("Resources", {}).get(logical_id, {})
    return logical_id, definition.get("Type", "")
