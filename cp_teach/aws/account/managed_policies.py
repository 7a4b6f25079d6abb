"""AWS's managed policies for CodePipeline, in an account of moto, which knows none unless told.

Source: user guide, "AWS managed policies": the two names of 2015 were replaced on 2022-11-17 and cannot be attached
any more; in the edition of the course they can.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

OLD = {
    "AWSCodePipelineFullAccess": "AWSCodePipeline_FullAccess",
    "AWSCodePipelineReadOnlyAccess": "AWSCodePipeline_ReadOnlyAccess",
}
"""The course's name of a policy -> its successor."""
KEPT = ("AWSCodePipelineApproverAccess", "AWSCodePipelineCustomActionAccess")


@cache
def _documents() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    told = json.loads(aws_managed_policies_data)
    return {name: told[name] for name in (*OLD.values(), *KEPT)}


def provide(account: str, edition: str) -> None:
    """Let that account have the policies of that edition."""
    from moto.iam.models import AWSManagedPolicy, iam_backends

    backend = iam_backends[account]["aws"]
    names = {name: name for name in (*OLD.values(), *KEPT)}
    if edition == "course":
        names = {**OLD, **{name: name for name in KEPT}}
    for name, source in names.items():
        policy = AWSManagedPolicy.from_data(name, account, "aws", _documents()[source])
        backend.managed_policies[policy.arn] = policy
        backend.aws_managed_policies.append(policy)
