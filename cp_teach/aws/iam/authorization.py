"""Authorization of requests with the users, roles, and policies in moto's IAM.

A key that belongs to neither a user nor an assumed role, such as an example key, counts as the account's owner, to whom
everything is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from cp_teach.aws.iam.operation_permissions import required_permissions
from cp_teach.aws.iam.policy_evaluation import BadPolicy, Decision, Policy, decide
from cp_teach.aws.iam.principal import Principal
from cp_teach.aws.protocol.errors import AwsError


def policies_of_key(
    account: str, partition: str, key: str, headers: Mapping[str, str]
) -> tuple[Policy, ...] | None:
    """The policies of the user or role with this access key; None for the account's owner."""
    from moto.iam.access_control import CreateAccessKeyFailure, create_access_key

    try:
        access_key = create_access_key(account, partition, key, dict(headers))
    except CreateAccessKeyFailure:
        return None
    return _read(access_key.collect_policies())


def policies_of_role(role: str) -> tuple[Policy, ...]:
    """The policies of a role in any account; () if the role does not exist."""
    from moto.iam.exceptions import NotFoundException
    from moto.iam.models import iam_backends

    parts = role.split(":")
    try:
        backend = iam_backends[parts[4]][parts[1]]
        name = backend.get_role_by_arn(role).name
    except (NotFoundException, IndexError):
        return ()
    inline = [backend.get_role_policy(name, each)[1] for each in backend.list_role_policies(name)]
    attached, _ = backend.list_attached_role_policies(name)
    return _read([*inline, *attached])


def authorize(caller: Principal, operation: str, request: Mapping[str, Any], prefix: str) -> None:
    """Raises AccessDeniedException unless the caller has the permissions that a request needs.

    ``prefix`` is ``arn:aws:codepipeline:REGION:ACCOUNT:``.
    """
    if caller.policies is None:
        return
    for ask in required_permissions(operation, request, prefix):
        decision = decide(caller.policies, ask.action, ask.resource, {**_context(caller), **ask.context})
        if not decision:
            raise AwsError("AccessDeniedException", access_denied_message(caller.arn, decision))


def access_denied_message(arn: str, decision: Decision) -> str:
    """AWS's message for a denied request (IAM user guide: "Troubleshoot access denied error messages")."""
    why = (
        "with an explicit deny in an identity-based policy"
        if decision.denied
        else f"because no identity-based policy allows the {decision.action} action"
    )
    return (
        f"User: {arn} is not authorized to perform: {decision.action} on resource: {decision.resource} {why}"
    )


def _context(caller: Principal) -> dict[str, str]:
    """The condition keys that every request has."""
    values = {
        "aws:PrincipalArn": caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:RequestedRegion": caller.region,
    }
    if ":user/" in caller.arn:
        values["aws:username"] = caller.arn.rpartition("/")[2]
    return values


def _read(documents: Iterable[Any]) -> tuple[Policy, ...]:
    """The valid policies among moto's documents: texts, dicts with the text, or managed policies with versions."""
    policies = []
    for document in documents:
        if isinstance(document, dict):
            document = document["policy_document"]
        elif not isinstance(document, str):
            document = next(version for version in document.versions if version.is_default).document
        with suppress(BadPolicy):  # an invalid document allows nothing
            policies.append(Policy.read(document))
    return tuple(policies)
