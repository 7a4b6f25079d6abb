"""The same pipeline through AWS's own API, on moto: in process and over HTTP (docs/api.md).

>>> from cp_teach.aws import mock_aws
>>> with mock_aws() as mock:
...     import boto3
...     boto3.client("codepipeline", region_name="us-east-1").list_pipelines()["pipelines"]
[]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cp_teach.aws.admin_client import Unreachable
    from cp_teach.aws.box import sandbox
    from cp_teach.aws.connected import Connected, connect
    from cp_teach.aws.mock import mock_aws
    from cp_teach.aws.real.cloudformation import CloudFormation
    from cp_teach.aws.real.function import Lambda
    from cp_teach.aws.real.hired import Hired, hire
    from cp_teach.aws.real.inbox import Inbox
    from cp_teach.aws.real.shown import Shown, show_work
    from cp_teach.aws.real.store import BucketStore
    from cp_teach.aws.served import Served, serve
    from cp_teach.aws.spare import spare_account
    from cp_teach.aws.swap import install, uninstall
    from cp_teach.aws.timing import Clock
    from cp_teach.aws.wizard_widget import wizard_for

_HOMES = {
    "BucketStore": "cp_teach.aws.real.store",
    "Clock": "cp_teach.aws.timing",
    "CloudFormation": "cp_teach.aws.real.cloudformation",
    "Connected": "cp_teach.aws.connected",
    "Hired": "cp_teach.aws.real.hired",
    "Inbox": "cp_teach.aws.real.inbox",
    "Lambda": "cp_teach.aws.real.function",
    "Served": "cp_teach.aws.served",
    "Shown": "cp_teach.aws.real.shown",
    "Unreachable": "cp_teach.aws.admin_client",
    "connect": "cp_teach.aws.connected",
    "hire": "cp_teach.aws.real.hired",
    "install": "cp_teach.aws.swap",
    "mock_aws": "cp_teach.aws.mock",
    "sandbox": "cp_teach.aws.box",
    "serve": "cp_teach.aws.served",
    "show_work": "cp_teach.aws.real.shown",
    "spare_account": "cp_teach.aws.spare",
    "uninstall": "cp_teach.aws.swap",
    "wizard_for": "cp_teach.aws.wizard_widget",
}

__all__ = [
    "BucketStore",
    "Clock",
    "CloudFormation",
    "Connected",
    "Hired",
    "Inbox",
    "Lambda",
    "Served",
    "Shown",
    "Unreachable",
    "connect",
    "hire",
    "install",
    "mock_aws",
    "sandbox",
    "serve",
    "show_work",
    "spare_account",
    "uninstall",
    "wizard_for",
]


def __getattr__(name: str) -> Any:
    """moto and boto3 are heavy: they are imported when something of them is wanted."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
