"""AWS's managed policies for CodePipeline, added to an account of moto, which has none by default.

Source: user guide, "AWS managed policies": the two names of 2015 were replaced on 2022-11-17 and can no longer be
attached. In the edition of the course they can.
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
UNCHANGED = ("AWSCodePipelineApproverAccess", "AWSCodePipelineCustomActionAccess")


@cache
def _documents() -> dict[str, Any]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    documents = json.loads(aws_managed_policies_data)
    return {name: documents[name] for name in (*OLD.values(), *UNCHANGED)}


def add_managed_policies(account: str, edition: str) -> None:
    """Add the policies of an edition to an account."""
    from moto.iam.models import AWSManagedPolicy, iam_backends

    backend = iam_backends[account]["aws"]
    names = {name: name for name in (*OLD.values(), *UNCHANGED)}
    if edition == "course":
        names = {**OLD, **{name: name for name in UNCHANGED}}
    for name, source in names.items():
        policy = AWSManagedPolicy.from_data(name, account, "aws", _documents()[source])
        backend.managed_policies[policy.arn] = policy
        backend.aws_managed_policies.append(policy)
