"""IAM: policy evaluation, the permissions of operations, and the needs of a service role.

>>> from cp_teach.aws.iam import decide
>>> look = {"Statement": {"Effect": "Allow", "Action": "codepipeline:Get*", "Resource": "*"}}
>>> decide(look, "codepipeline:GetPipeline", "arn:aws:codepipeline:us-east-1:123456789012:shop").allowed
True
>>> print(decide(look, "codepipeline:DeletePipeline", "arn:aws:codepipeline:us-east-1:123456789012:shop"))
no: no statement allows codepipeline:DeletePipeline on arn:aws:codepipeline:us-east-1:123456789012:shop
"""

from cp_teach.aws.iam.operation_permissions import RequiredPermission, may, required_permissions
from cp_teach.aws.iam.policy_evaluation import BadPolicy, Decision, Policy, decide
from cp_teach.aws.iam.service_role_permissions import Need, excess, lacking, needs, unlisted

__all__ = [
    "BadPolicy",
    "Decision",
    "Need",
    "Policy",
    "RequiredPermission",
    "decide",
    "excess",
    "lacking",
    "may",
    "needs",
    "required_permissions",
    "unlisted",
]

# Former names, for programs that import them.
Ask = RequiredPermission
asks = required_permissions
