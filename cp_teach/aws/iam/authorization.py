"""Who asks, and whether they may: moto's IAM keeps users, roles and policies; here they are held against a request.

A key that belongs to no user and to no assumed role is taken for the account's owner, who may do everything: so are
the made-up keys with which this machine is otherwise spoken to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cp_teach.aws.iam.operation_permissions import asks
from cp_teach.aws.iam.policy_evaluation import BadPolicy, Decision, Policy, decide
from cp_teach.aws.iam.principal import Caller
from cp_teach.aws.protocol.errors import AwsError


def policies_of_key(
    account: str, partition: str, key: str, headers: Mapping[str, str]
) -> tuple[Policy, ...] | None:
    """What the bearer of this access key may do; None for the account's owner."""
    from moto.iam.access_control import CreateAccessKeyFailure, create_access_key

    try:
        bearer = create_access_key(account, partition, key, dict(headers))
    except CreateAccessKeyFailure:
        return None
    return _read(bearer.collect_policies())


def policies_of_role(role: str) -> tuple[Policy, ...]:
    """What a role may do, in whatever account it is; nothing where there is no such role."""
    from moto.iam.exceptions import NotFoundException
    from moto.iam.models import iam_backends

    words = role.split(":")
    try:
        backend = iam_backends[words[4]][words[1]]
        name = backend.get_role_by_arn(role).name
    except (NotFoundException, IndexError):
        return ()
    inline = [backend.get_role_policy(name, each)[1] for each in backend.list_role_policies(name)]
    attached, _ = backend.list_attached_role_policies(name)
    return _read([*inline, *attached])


def authorize(caller: Caller, operation: str, request: Mapping[str, Any], prefix: str) -> None:
    """Raise AccessDeniedException unless the caller may do what this request asks for."""
    if caller.policies is None:
        return
    for ask in asks(operation, request, prefix):
        decision = decide(caller.policies, ask.action, ask.resource, {**_context(caller), **ask.context})
        if not decision:
            raise AwsError("AccessDeniedException", denied(caller.arn, decision))


def denied(arn: str, decision: Decision) -> str:
    """AWS's sentence (IAM user guide: "Troubleshoot access denied error messages")."""
    why = (
        "with an explicit deny in an identity-based policy"
        if decision.denied
        else f"because no identity-based policy allows the {decision.action} action"
    )
    return (
        f"User: {arn} is not authorized to perform: {decision.action} on resource: {decision.resource} {why}"
    )


def _context(caller: Caller) -> dict[str, str]:
    """The condition keys that are known of every request."""
    known = {
        "aws:PrincipalArn": caller.arn,
        "aws:PrincipalAccount": caller.account,
        "aws:RequestedRegion": caller.region,
    }
    return {**known, "aws:username": caller.arn.rpartition("/")[2]} if ":user/" in caller.arn else known


def _read(documents: Iterable[Any]) -> tuple[Policy, ...]:
    """moto hands over a text, a dict with the text in it, or a managed policy with its versions."""
    found = []
    for one in documents:
        if isinstance(one, dict):
            one = one["policy_document"]
        elif not isinstance(one, str):
            one = next(version for version in one.versions if version.is_default).document
        try:
            found.append(Policy.read(one))
        except BadPolicy:  # a document that cannot be read allows nothing
            continue
    return tuple(found)
